"""Messages of one day, and their roll-up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.factories import MessageFactory
from whatsapp.models import Message
from whatsapp.services.statistics import rollup

NOON = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def at(moment: datetime, **given) -> Message:
    return MessageFactory(created_at=moment, happened_at=moment, **given)


def roll_up() -> int:
    return rollup.roll_up(now=NOON)
