"""``manage.py whatsapp_stats``: how current the statistics are; and count a period anew."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date, timedelta
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from whatsapp.management.operators import OperatorCommand
from whatsapp.services.statistics import rollup
from whatsapp.services.statistics.rollup import midnight


class Command(OperatorCommand):
    help = (
        "Count what has changed, as beat has it done each minute, and say up to when all is "
        "counted. --since counts whole days of the shop anew, changed or not: after rows were "
        "written past the triggers, or after the SLA's time was set otherwise."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", type=_day, help="the first day to count anew: 2026-11-01")
        parser.add_argument("--until", type=_day, help="the last one; today unless told otherwise")

    def handle(self, *args: Any, since: date | None, until: date | None, **options: Any) -> None:
        now = timezone.now()
        if since is None and until is not None:
            raise CommandError("Say --since, too.")
        if since is not None:
            last = until or timezone.localdate(now, rollup.SHOP_ZONE)
            rollup.mark(start=midnight(day=since), end=midnight(day=last + timedelta(days=1)))
        hours = rollup.roll_up(now=now)
        self.stdout.write(f"{hours} hours counted; all up to {rollup.counted_until():%F %T %Z}.")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day such as 2026-11-01") from None
