"""``manage.py whatsapp_queue``: what each number has to send, since when, and why it waits."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from whatsapp.management import queue_report, screen
from whatsapp.management.operators import OperatorCommand, number_called
from whatsapp.services.sending import queue_view
from whatsapp.services.sending.queue_view import NumberQueue

INTERRUPTED = 130  # exit code, as shells have it


class Command(OperatorCommand):
    help = (
        "Show what waits to be sent: by business number and kind, since when and why. --watch "
        "follows until all that leaves by itself has left; what is scheduled, or waits for a "
        "person, stays."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--number", help="only this one: its id at Meta, its digits or name")
        parser.add_argument("--json", action="store_true", help="an object a line for each look")
        parser.add_argument("--watch", action="store_true", help="follow while messages leave")
        parser.add_argument("--interval", type=float, default=1.0, help="seconds between looks")

    def handle(self, *args: Any, number: str | None, **options: Any) -> None:
        self._number_id = number_called(number).pk if number else None
        if options["watch"]:
            self._watch(as_json=options["json"], interval=options["interval"])
        elif options["json"]:
            self._write_json(self._look())
        if not options["json"]:
            self._write_text(self._look())

    def _look(self) -> list[NumberQueue]:
        return queue_view.look(now=timezone.now(), number_id=self._number_id)

    def _watch(self, *, as_json: bool, interval: float) -> None:
        left = 0
        try:
            with screen.Drain(self.stdout) as drain:
                while left := self._left(drain, as_json=as_json):
                    time.sleep(interval)
        except KeyboardInterrupt:
            words = _("Stopped watching; %(n)d are left.") % {"n": left}
            raise CommandError(words, returncode=INTERRUPTED) from None

    def _left(self, drain: screen.Drain, *, as_json: bool) -> int:
        """Look once, show it, and say how many have still to leave."""
        queues = self._look()
        left = sum(queue.leaving for queue in queues)
        if as_json:
            self._write_json(queues)
        else:
            drain.show(left=left, words=queue_report.standstill(queues))
        return left

    def _write_json(self, queues: Sequence[NumberQueue]) -> None:
        sent = queue_view.sent_last_minute()
        records = [queue_report.record(q, sent=sent.get(q.sender.number.pk, 0)) for q in queues]
        self.stdout.write(json.dumps({"at": timezone.now().isoformat(), "numbers": records}))

    def _write_text(self, queues: Sequence[NumberQueue]) -> None:
        sent = queue_view.sent_last_minute()
        for queue in queues:
            number_id = queue.sender.number.pk
            self.stdout.write(queue_report.text(queue, sent=sent.get(number_id, 0)) + "\n")
