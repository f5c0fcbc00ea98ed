"""``manage.py whatsapp_templates push|pull|status|lint``: templates from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.markup import escape

from whatsapp.domain.standard_templates import STANDARD_TEMPLATES
from whatsapp.errors import WhatsAppError
from whatsapp.management import screen
from whatsapp.models import Template
from whatsapp.services import template_push, templates
from whatsapp.services.shared import accounts
from whatsapp.services.template_push import Pushed
from whatsapp.services.templating.template_words import problem_in_words, reason_in_words


class Command(BaseCommand):
    help = (
        "push: make the ready-made templates and submit them; pull: read Meta's list; "
        "status: show what we know; lint: show what Meta would refuse, and warnings. "
        "Exits with 1 when something was refused or could not be read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=("push", "pull", "status", "lint"))
        parser.add_argument(
            "--account",
            default="",
            metavar="WABA",
            help="id of one WhatsApp account; push: the default one, all others: every account",
        )

    def handle(self, *args: Any, action: str, account: str, **options: Any) -> None:
        actions = {
            "push": self._push,
            "pull": self._pull,
            "status": self._status,
            "lint": self._lint,
        }
        try:
            actions[action](account)
        except WhatsAppError as error:
            raise CommandError(error.message) from error

    def _push(self, account: str) -> None:
        waba_id = account or accounts.default_account()
        report = templates.sync_statuses(now=timezone.now(), waba_id=waba_id)
        if report.failures:  # what is there already cannot be told from what is missing
            raise CommandError(_failures(report.failures))
        done: list[Pushed] = []
        with screen.bar(total=len(STANDARD_TEMPLATES)) as bar:
            for pushed in template_push.push(waba_id=waba_id):
                done.append(pushed)
                (task,) = bar.task_ids
                bar.update(task, advance=1, description=f"{pushed.name} ({pushed.language})")
        rows = [(each.name, each.language, each.status, escape(each.error)) for each in done]
        self.stdout.write(screen.table("Template", "Language", "Status", "Error", rows=rows))
        failed = sum(bool(each.error) for each in done)
        if failed:
            raise CommandError(f"{failed} of {len(done)} templates were not submitted; see above.")

    def _pull(self, account: str) -> None:
        report = templates.sync_statuses(now=timezone.now(), waba_id=account)
        self._status(account)
        self.stdout.write(
            f"{report.added} added, {report.changed} changed, {report.vanished} vanished."
        )
        if report.failures:
            raise CommandError(_failures(report.failures))

    def _status(self, account: str) -> None:
        rows = [
            (
                row.waba_id,
                row.name,
                row.language,
                row.category,
                row.status,
                row.quality,
                escape(reason_in_words(status=row.status, reason=row.rejected_reason)),
            )
            for row in Template.objects.present().filter(**_of(account))
        ]
        headings = ("Account", "Template", "Language", "Category", "Status", "Quality", "Reason")
        self.stdout.write(screen.table(*headings, rows=rows))

    def _lint(self, account: str) -> None:
        rows: list[tuple[str, ...]] = []
        errors = 0
        for row, problems in template_push.lint(waba_id=account):
            errors += sum(not problem.is_warning for problem in problems)
            found = [
                (
                    "warning" if problem.is_warning else "error",
                    problem.field,
                    escape(problem_in_words(problem=problem)),
                )
                for problem in problems
            ]
            rows += [(row.name, row.language, *each) for each in found or [("sound", "", "")]]
        headings = ("Template", "Language", "Verdict", "Field", "Problem")
        self.stdout.write(screen.table(*headings, rows=rows))
        if errors:
            raise CommandError(f"Meta would refuse some templates; errors: {errors}.")


def _of(account: str) -> dict[str, str]:
    return {"waba_id": account} if account else {}


def _failures(failures: dict[str, str]) -> str:
    return "; ".join(f"{waba}: {why}" for waba, why in failures.items())
