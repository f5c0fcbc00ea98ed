"""The rows of the inbox, read as plain values."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Max, OuterRef, QuerySet, Subquery

from whatsapp.api.pagination import Position, after, prepared_page
from whatsapp.api.plain_rows import Host, Part, side_by_side
from whatsapp.models import Contact, Conversation
from whatsapp.models.contact import PersonNames

KEYSET = ("last_message_at", "id")

_CONTACT = Part(
    ("id", "customer_id", "profile_name", "phone", "username", "bsuid", "wa_id"),
    way="contact",
    joined=("customer",),
    base=PersonNames,
)
_CONVERSATION = Part(
    (
        *("id", "number_id", "status", "priority", "tags", "unread_count", "message_count"),
        *("last_message_at", "last_message_preview", "last_message_direction"),
        *("newest_inbound_at", "assigned_to_id"),
    ),
    times=(
        *("last_inbound_at", "waiting_since", "response_due_at", "sla_breached_at"),
        *("first_response_at", "assigned_at", "resolved_at", "archived_at", "created_at"),
    ),
    joined=("contact", "assigned_to"),
)
_ASKED = side_by_side(_CONVERSATION, _CONTACT)
_CUSTOMER, _AGENT = _ASKED.index("contact__customer_id"), _ASKED.index("assigned_to_id")


def listed() -> QuerySet[Conversation]:
    """What a row shows; made once, since it takes as long as reading a dozen rows."""
    # Meta's window belongs to number and contact, not to one of their conversations
    siblings = Conversation.objects.order_by().filter(
        number=OuterRef("number"), contact=OuterRef("contact")
    )
    newest = siblings.values("contact").annotate(newest=Max("last_inbound_at")).values("newest")
    return Conversation.objects.for_inbox().annotate(newest_inbound_at=Subquery(newest))


def page(
    rows: QuerySet[Conversation] | None, *, limit: int, position: Position | None
) -> list[Any]:
    """Read a page of these conversations, or of all; each a plain row."""
    if rows is None:
        values = prepared_page(_all, KEYSET, limit=limit, position=position)
    else:
        values = list(_asked(after(rows, KEYSET, position)[:limit]))
    customers, agents = _hosts()
    customer = customers.rows(of_row[_CUSTOMER] for of_row in values)
    agent = agents.rows(of_row[_AGENT] for of_row in values)
    return [
        _CONVERSATION.read(
            of_row,
            _CONTACT.read(of_row, customer.get(of_row[_CUSTOMER])),
            agent.get(of_row[_AGENT]),
        )
        for of_row in values
    ]


def _all() -> QuerySet[Any, Any]:
    return _asked(listed())


def _asked(rows: QuerySet[Conversation]) -> QuerySet[Any, Any]:
    return rows.values_list(*_ASKED)


@cache
def _hosts() -> tuple[Host, Host]:
    """Of customers and of agents."""
    return Host(Contact._meta.get_field("customer").related_model), Host(get_user_model())
