"""Cursor pages: the next page begins after the last row's key, whatever was inserted meanwhile.

No count and no offset, so the thousandth page costs what the first does.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db.models import Model, Q, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from whatsapp.models.prepared import Build, Prepared

PAGE_SIZE = 50
MAX_PAGE_SIZE = 100
BIGGEST_ID = 2**63 - 1
DIGITS = len(str(BIGGEST_ID))  # Python refuses to read numbers of some thousands
Position = Sequence[Any]  # a row's keys
_SAMPLES = (datetime(1, 2, 3, tzinfo=UTC), BIGGEST_ID - 1)  # of a time and an id


class KeysetPagination(BasePagination):
    """Newest first by the view's ``keyset``: ``("id",)``, or a time and ``"id"``."""

    next_url: str | None = None

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        keys: Sequence[str] = view.keyset  # type: ignore[union-attr]
        limit = _limit(request)
        raw = request.query_params.get("cursor")
        position = _read_cursor(raw, length=len(keys)) if raw else None
        page = view.page  # type: ignore[union-attr]
        rows: list[Any] = page(queryset, limit=limit + 1, position=position)
        if len(rows) > limit:
            cursor = write_cursor(rows[limit - 1], keys)
            self.next_url = replace_query_param(request.build_absolute_uri(), "cursor", cursor)
        return rows[:limit]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.next_url})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {
                "results": schema,
                "next": {
                    "type": ["string", "null"],
                    "format": "uri",
                    "example": None,
                    "description": "Address of the next page; null on the last one.",
                },
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        return [
            {
                "name": "cursor",
                "in": "query",
                "description": "Where the page begins, taken from `next`.",
                "schema": {"type": "string"},
            },
            {
                "name": "limit",
                "in": "query",
                "description": "Rows per page.",
                "schema": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": MAX_PAGE_SIZE,
                    "default": PAGE_SIZE,
                },
            },
        ]


def _limit(request: Request) -> int:
    raw = request.query_params.get("limit")
    if raw is None:
        return PAGE_SIZE
    field = serializers.IntegerField(min_value=1, max_value=MAX_PAGE_SIZE)
    try:
        return int(field.run_validation(raw))
    except ValidationError as error:
        raise ValidationError({"limit": error.detail}) from error


def after(rows: QuerySet[Any], keys: Sequence[str], position: Position | None) -> QuerySet[Any]:
    """Order rows by their keys, and leave those up to the position out."""
    rows = rows.order_by(*(f"-{key}" for key in keys))
    if position is None:
        return rows
    if len(keys) == 1:
        return rows.filter(**{f"{keys[0]}__lt": position[0]})
    first, second = keys
    # the plain bound on the first key is what lets PostgreSQL enter the index at the right place
    return rows.filter(
        Q(**{f"{first}__lt": position[0]}) | Q(**{f"{second}__lt": position[1]}),
        **{f"{first}__lte": position[0]},
    )


def prepared_page(
    build: Build, keys: Sequence[str], *, limit: int, position: Position | None, **values: int
) -> list[Any]:
    """Read a page of the whole list that ``build`` makes of these values, as `after` would."""
    query = _prepared(build, tuple(keys), limit, position is not None, tuple(values))
    return query.read(**values, **dict(zip(keys, position or (), strict=False)))


@cache
def _prepared(
    build: Build, keys: tuple[str, ...], limit: int, is_later: bool, names: tuple[str, ...]
) -> Prepared:
    bounds = dict(zip(keys, _SAMPLES[-len(keys) :], strict=True)) if is_later else {}
    others = {name: BIGGEST_ID - 2 - place for place, name in enumerate(names)}

    def page(**samples: Any) -> QuerySet[Any]:
        rows = build(**{name: samples[name] for name in names})
        return after(rows, keys, [samples[key] for key in keys] if is_later else None)[:limit]

    return Prepared(page, **bounds, **others)


def write_cursor(row: Model, keys: Sequence[str]) -> str:
    """Say where the page after this row begins."""
    values = [getattr(row, key) for key in keys]
    plain = json.dumps([v.isoformat() if isinstance(v, datetime) else v for v in values])
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _read_cursor(raw: str, *, length: int) -> Sequence[Any]:
    """Take a cursor apart; one that we did not write is a bad request, not an empty page."""
    try:
        padded = raw.encode() + b"=" * (-len(raw) % 4)
        *times, last = json.loads(base64.urlsafe_b64decode(padded))
        position = [*(_moment(time) for time in times), _id(last)]
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise _not_ours() from error
    if len(position) != length:
        raise _not_ours()
    return position


def _moment(raw: str) -> datetime:
    moment = datetime.fromisoformat(raw)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC)  # PostgreSQL knows no zone beyond 16 hours


def _id(raw: int) -> int:
    if type(raw) is not int or not 0 <= raw <= BIGGEST_ID:
        raise ValueError("no id")
    return raw


def _not_ours() -> ValidationError:
    return ValidationError({"cursor": ["This cursor was not given out here; follow `next`."]})
