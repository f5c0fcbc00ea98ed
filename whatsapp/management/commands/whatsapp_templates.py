"""``manage.py whatsapp_templates push|sync|status|lint``: templates from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.markup import escape

from whatsapp.errors import WhatsAppError
from whatsapp.management import screen
from whatsapp.models import Template
from whatsapp.services import template_push, templates
from whatsapp.services.template_push import Pushed


class Command(BaseCommand):
    help = (
        "push: make the ready-made templates and submit them; sync: read statuses from Meta; "
        "status: show what we know; lint: show what Meta would refuse."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=("push", "sync", "status", "lint"))

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        actions = {
            "push": self._push,
            "sync": self._sync,
            "status": self._status,
            "lint": self._lint,
        }
        try:
            actions[action]()
        except WhatsAppError as error:
            raise CommandError(error.message) from error

    def _push(self) -> None:
        done: list[Pushed] = []
        with screen.progress() as progress:
            task = progress.add_task("Reading Meta's list …")
            templates.sync_statuses(now=timezone.now())
            for pushed in template_push.push():
                progress.update(task, description=f"{pushed.name} ({pushed.language})")
                done.append(pushed)
        rows = [(each.name, each.language, each.status, escape(each.error)) for each in done]
        self.stdout.write(screen.table("Template", "Language", "Status", "Error", rows=rows))
        if any(each.error for each in done):
            raise CommandError("Some templates were not submitted; the table says why.")

    def _sync(self) -> None:
        report = templates.sync_statuses(now=timezone.now())
        self._status()
        self.stdout.write(
            f"{report.added} added, {report.changed} changed, {report.vanished} vanished."
        )
        if report.failures:
            raise CommandError("; ".join(f"{waba}: {why}" for waba, why in report.failures.items()))

    def _status(self) -> None:
        rows = [
            (
                row.name,
                row.language,
                row.category,
                row.status,
                row.quality,
                escape(row.rejected_reason),
            )
            for row in Template.objects.present()
        ]
        headings = ("Template", "Language", "Category", "Status", "Quality", "Reason")
        self.stdout.write(screen.table(*headings, rows=rows))

    def _lint(self) -> None:
        rows: list[tuple[str, ...]] = []
        for row, problems in template_push.lint():
            found = [(problem.field, escape(problem.message)) for problem in problems]
            rows += [(row.name, row.language, *each) for each in found or [("", "sound")]]
        self.stdout.write(screen.table("Template", "Language", "Field", "Problem", rows=rows))
        if any(row[2] for row in rows):
            raise CommandError("Meta would refuse some templates; the table says why.")
