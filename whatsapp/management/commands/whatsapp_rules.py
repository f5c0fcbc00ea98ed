"""``manage.py whatsapp_rules``: try every active notice rule on the newest orders, and show it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.markup import escape

from whatsapp.management import screen
from whatsapp.management.operators import REFUSED, OperatorCommand
from whatsapp.services.notices import checks as notice_checks


class Command(OperatorCommand):
    help = "Try every active notice rule on the newest orders; ends with 1 if one would fail."

    def handle(self, *args: Any, **options: Any) -> None:
        checks = notice_checks.check(now=timezone.now())
        rows = [
            (
                escape(_(check.rule.name)),
                check.rule.template,
                str(check.looked_at),
                str(check.failed),
                escape("; ".join(r.said(translate=_) for r in notice_checks.problems_of(check))),
            )
            for check in checks
        ]
        names = (_("Rule"), _("Template"), _("Orders"), _("Failed"), _("Problems"))
        self.stdout.write(screen.table(*names, rows=rows))
        if any(check.problems for check in checks):
            raise CommandError(_("Some rules would not tell their customers."), returncode=REFUSED)
