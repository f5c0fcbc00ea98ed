"""What ``expand`` knows of conversations."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from whatsapp.api.expand import (
    ExpandedSerializer,
    Expansion,
    Found,
    Rows,
    customers,
    numbers,
    orders,
    through,
)
from whatsapp.api.message_rows import MessageSerializer
from whatsapp.models import Message

# The newest order that one of the last messages is about; a thread may have thousands without one
_ORDERS = """
    SELECT wanted.id, found.order_id FROM unnest(%s::bigint[]) AS wanted(id)
    CROSS JOIN LATERAL (
        SELECT recent.order_id FROM (
            SELECT order_id, happened_at, id FROM whatsapp_messages
            WHERE conversation_id = wanted.id ORDER BY happened_at DESC, id DESC LIMIT 200
        ) AS recent
        WHERE recent.order_id IS NOT NULL ORDER BY happened_at DESC, id DESC LIMIT 1
    ) AS found
"""
_LAST = """
    SELECT wanted.id, found.id FROM unnest(%s::bigint[]) AS wanted(id)
    CROSS JOIN LATERAL (
        SELECT id FROM whatsapp_messages
        WHERE conversation_id = wanted.id ORDER BY happened_at DESC, id DESC LIMIT 1
    ) AS found
"""


class ConversationExpandedSerializer(ExpandedSerializer):
    """What `expand` asked for, and only that."""

    last_message = MessageSerializer(allow_null=True, required=False)


def _pairs(statement: str, rows: Rows) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [[row["id"] for row in rows]])
        return dict(cursor.fetchall())


def _orders_of_threads(rows: Rows, request: Request) -> Found:
    newest = _pairs(_ORDERS, rows)
    return through(rows, lambda row: newest.get(row["id"]), orders)


def _last_messages(rows: Rows, request: Request) -> Found:
    if not request.user.has_perm("whatsapp.view_message"):
        raise PermissionDenied
    last = _pairs(_LAST, rows)
    messages = Message.objects.filter(pk__in=last.values()).select_related("media")
    shown = MessageSerializer(messages, many=True, context={"request": request}).data
    by_id = {one["id"]: dict(one) for one in shown}
    return {pk: by_id.get(message) for pk, message in last.items()}


OF_CONVERSATIONS: Mapping[str, Expansion] = {
    "customer": lambda rows, _: through(rows, lambda row: row["contact"]["customer_id"], customers),
    "order": _orders_of_threads,
    "number": lambda rows, _: through(rows, lambda row: row["number"], numbers),
    "last_message": _last_messages,
}
