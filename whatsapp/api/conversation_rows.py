"""A conversation as JSON: in the inbox, alone, and as the answer to a move."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from whatsapp.api.expand_conversations import ConversationExpandedSerializer
from whatsapp.api.fields import moment, named
from whatsapp.api.people import ContactSerializer, NamedSerializer
from whatsapp.domain.conversation import window_closes_at
from whatsapp.models import Conversation


class ConversationSerializer(serializers.ModelSerializer[Conversation]):
    """A conversation. Free text may be sent until `window_closes_at`."""

    contact = ContactSerializer()
    customer = NamedSerializer(allow_null=True)
    assigned_to = NamedSerializer(allow_null=True)
    window_closes_at = serializers.DateTimeField(allow_null=True)
    expanded_with = ConversationExpandedSerializer

    class Meta:
        model = Conversation
        fields = (
            *("id", "number", "status", "priority", "tags", "contact", "customer", "assigned_to"),
            *("unread_count", "message_count", "last_message_at", "last_message_preview"),
            *("last_message_direction", "last_inbound_at", "window_closes_at", "waiting_since"),
            *("response_due_at", "sla_breached_at", "first_response_at", "assigned_at"),
            *("resolved_at", "archived_at", "created_at"),
        )
        read_only_fields = fields

    def to_representation(self, row: Conversation) -> dict[str, Any]:
        """Write the row down field by field: a page of them is what a list costs."""
        contact, agent = row.contact, row.assigned_to
        newest = row.newest_inbound_at  # type: ignore[attr-defined]
        return {
            "id": row.pk,
            "number": row.number_id,
            "status": row.status,
            "priority": row.priority,
            "tags": row.tags,
            "contact": {
                "id": contact.pk,
                "display_name": contact.display_name,
                "phone": contact.phone,
                "username": contact.username,
                "customer_id": contact.customer_id,
            },
            "customer": contact.customer and named(contact.customer),
            "assigned_to": agent and named(agent),
            "unread_count": row.unread_count,
            "message_count": row.message_count,
            "last_message_at": moment(row.last_message_at),
            "last_message_preview": row.last_message_preview,
            "last_message_direction": row.last_message_direction,
            "last_inbound_at": moment(row.last_inbound_at),
            "window_closes_at": moment(newest and window_closes_at(newest)),
            "waiting_since": moment(row.waiting_since),
            "response_due_at": moment(row.response_due_at),
            "sla_breached_at": moment(row.sla_breached_at),
            "first_response_at": moment(row.first_response_at),
            "assigned_at": moment(row.assigned_at),
            "resolved_at": moment(row.resolved_at),
            "archived_at": moment(row.archived_at),
            "created_at": moment(row.created_at),
        }
