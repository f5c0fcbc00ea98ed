"""The same figures by counting the rows at each look, as is usual: nothing to keep, all to read."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count
from django.db.models.functions import TruncDate

from whatsapp.models import Message
from whatsapp.services.statistics.rollup import SHOP_ZONE

ALLOWED = timedelta(hours=2)

_RESPONSES = """
WITH question AS (
    SELECT asked.happened_at, (
        SELECT answer.happened_at FROM whatsapp_messages answer
        WHERE answer.conversation_id = asked.conversation_id
          AND answer.direction = 'SENT' AND answer.user_id IS NOT NULL
          AND (answer.happened_at, answer.id) > (asked.happened_at, asked.id)
        ORDER BY answer.happened_at, answer.id LIMIT 1
    ) AS answered_at
    FROM whatsapp_messages asked
    WHERE asked.direction = 'RECEIVED'
      AND asked.created_at >= %(start)s AND asked.created_at < %(end)s
      AND 'RECEIVED' IS DISTINCT FROM (
        SELECT earlier.direction FROM whatsapp_messages earlier
        WHERE earlier.conversation_id = asked.conversation_id
          AND (earlier.direction = 'RECEIVED' OR earlier.user_id IS NOT NULL)
          AND (earlier.happened_at, earlier.id) < (asked.happened_at, asked.id)
        ORDER BY earlier.happened_at DESC, earlier.id DESC LIMIT 1
      )
)
SELECT count(*), count(answered_at),
    count(*) FILTER (WHERE answered_at - happened_at > %(allowed)s),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY answered_at - happened_at),
    percentile_cont(0.9) WITHIN GROUP (ORDER BY answered_at - happened_at)
FROM question
"""


def counts(*, start: datetime, end: datetime) -> int:
    """Messages by day, direction, type and status, and what is charged; give how many."""
    rows = Message.objects.filter(created_at__gte=start, created_at__lt=end)
    grouped = rows.annotate(day=TruncDate("created_at", tzinfo=SHOP_ZONE)).values(
        "day", "direction", "message_type", "delivery_status"
    )
    charged = rows.filter(pricing_type="regular").values("pricing_category")
    list(charged.annotate(n=Count("id")))
    return sum(row["n"] for row in grouped.annotate(n=Count("id")))


def responses(*, start: datetime, end: datetime) -> tuple[int, timedelta, timedelta]:
    """How many questions, and the median and ninetieth of the time to their answers."""
    with connection.cursor() as cursor:
        cursor.execute(_RESPONSES, {"start": start, "end": end, "allowed": ALLOWED})
        questions, _, _, median, p90 = cursor.fetchone()
    return questions, median, p90
