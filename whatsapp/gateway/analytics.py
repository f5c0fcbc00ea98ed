"""What Meta counted: the ``analytics`` field of an account (Graph v25.0, reference WABA Analytics).

Only what the shop sent is counted; there is no count of what customers wrote.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from whatsapp.gateway.errors import unreadable_answer
from whatsapp.gateway.reading import elements, integer, record
from whatsapp.ports import DayCount, GatewayError


def field(*, phone: str, start: datetime, end: datetime) -> str:
    """Ask for one number's days; ``phone`` in digits."""
    numbers = json.dumps([phone])
    span = f"start({int(start.timestamp())}).end({int(end.timestamp())})"
    return f"analytics.{span}.granularity(DAY).phone_numbers({numbers})"


def read(answer: Mapping[str, Any]) -> list[DayCount]:
    """Read the data points. An account nothing was sent from answers without any analytics."""
    points = elements(record(answer.get("analytics")).get("data_points"))
    return [_day(record(point)) for point in points]


def _day(point: dict[str, Any]) -> DayCount:
    """A point without its times or counts is no answer: GatewayError, AMBIGUOUS."""
    numbers = [integer(point.get(name)) for name in ("start", "end", "sent", "delivered")]
    if None in numbers:
        raise GatewayError(unreadable_answer(http_status=200, missing="A day's counts"))
    start, end, sent, delivered = (number or 0 for number in numbers)
    try:
        return DayCount(
            start=datetime.fromtimestamp(start, tz=UTC),
            end=datetime.fromtimestamp(end, tz=UTC),
            sent=max(sent, 0),
            delivered=max(delivered, 0),
        )
    except (OverflowError, OSError, ValueError) as error:
        raise GatewayError(unreadable_answer(http_status=200, missing="A day's time")) from error
