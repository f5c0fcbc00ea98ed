"""Messages of one month, and what is measured of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from tests.factories import MessageFactory
from whatsapp.models import Conversation
from whatsapp.services import stats
from whatsapp.services.statistics.figures import ResponseStats

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
NOON = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SILENCE = ResponseStats(questions=0, answered=0, median=None, p90=None, sla_kept=None)


def said(conversation: Conversation, *, at: datetime, **given):
    return MessageFactory(conversation=conversation, happened_at=at, created_at=at, **given)


def asked(conversation: Conversation, *, at: datetime):
    return said(conversation, at=at, received=True)


def measured(**given) -> stats.MessageStats:
    return stats.message_stats(first=FIRST, last=LAST, **given)
