"""``manage.py whatsapp_demo``: a number and approved templates. A second run changes nothing."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from whatsapp.errors import WhatsAppError
from whatsapp.management import screen
from whatsapp.models import BusinessNumber, Template
from whatsapp.services import health, template_push, templates
from whatsapp.services.shared import accounts
from whatsapp.services.template_push import Pushed

PATIENCE = 20.0  # seconds to wait for Meta's verdict; the simulator takes two
PAUSE = 0.5


class Command(BaseCommand):
    help = "Set up the environment's number and the ready-made templates, and wait for approval."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            number, pushed = self._set_up()
        except WhatsAppError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Number {number} {number.display_number} ({number.phone_number_id})")
        status_of = {
            (row.name, row.language): row.status
            for row in Template.objects.present().order_by("id")
        }
        for each in pushed:
            status = each.error or status_of[each.name, each.language]
            self.stdout.write(f"Template {each.name} ({each.language}): {status}")
        if any(each.error for each in pushed):
            raise CommandError("Some templates were not submitted.")

    def _set_up(self) -> tuple[BusinessNumber, list[Pushed]]:
        with screen.progress() as progress:
            task = progress.add_task("Setting up the number …")
            number = accounts.set_up_number(name="Magazin demo")
            health.check_numbers(now=timezone.now())
            progress.update(task, description="Submitting templates …")
            templates.sync_statuses(now=timezone.now())
            pushed = list(template_push.push())
            progress.update(task, description="Waiting for approval …")
            self._wait_for_verdicts()
        number.refresh_from_db()
        return number, pushed

    def _wait_for_verdicts(self) -> None:
        until = time.monotonic() + PATIENCE
        while template_push.in_review() and time.monotonic() < until:
            time.sleep(PAUSE)
            templates.sync_statuses(now=timezone.now())
