"""A message as JSON: in lists, alone, and as the answer to a send."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from whatsapp.api.attempts import AttemptSerializer
from whatsapp.api.expand import MessageExpandedSerializer
from whatsapp.api.fields import moment
from whatsapp.api.media import MediaSerializer
from whatsapp.api.message_details import DetailsSerializer
from whatsapp.models import Message


class FailureSerializer(serializers.Serializer[Any]):
    """Why a message failed; with Meta's code if it was Meta."""

    code = serializers.IntegerField(allow_null=True)
    text = serializers.CharField()


class MessageSerializer(DetailsSerializer):
    """A message. The ids of ERP rows end in `_id`; the others are of WhatsApp's own rows."""

    type = serializers.CharField()
    status = serializers.CharField(allow_null=True, help_text="Null for received ones.")
    error = FailureSerializer(allow_null=True)
    media = MediaSerializer(allow_null=True)
    customer_id = serializers.IntegerField(allow_null=True)
    user_id = serializers.IntegerField(allow_null=True)
    order_id = serializers.IntegerField(allow_null=True)
    quote_id = serializers.IntegerField(allow_null=True)
    supplier_order_id = serializers.IntegerField(allow_null=True)
    expanded_with = MessageExpandedSerializer

    class Meta(DetailsSerializer.Meta):
        fields: tuple[str, ...] = (
            *("id", "uuid", "direction", "type", "status", "error", "phone_number"),
            *("conversation", "contact", "number", "template", "reply_to", "media"),
            *DetailsSerializer.Meta.fields,
            *("customer_id", "user_id", "order_id", "quote_id", "supplier_order_id"),
            *("external_message_id", "attempts"),
            *("happened_at", "created_at", "sent_at", "delivered_at", "read_at", "played_at"),
            *("failed_at", "send_at", "expires_at"),
        )
        read_only_fields = fields

    def to_representation(self, message: Message) -> dict[str, Any]:
        """Write the row down field by field: a page of them is what a list costs."""
        shown = self.amended(message)
        return {
            "id": message.pk,
            "uuid": str(message.uuid),
            "direction": message.direction,
            "type": message.message_type,
            "status": message.delivery_status,
            "error": _failure(message),
            "phone_number": message.phone_number,
            "conversation": message.conversation_id,
            "contact": message.contact_id,
            "number": message.number_id,
            "template": message.template_id,
            "reply_to": message.reply_to_id,
            "media": None if self.hides(shown) else _file(message),
            **self.details_of(message, shown),
            "customer_id": message.customer_id,
            "user_id": message.user_id,
            "order_id": message.order_id,
            "quote_id": message.quote_id,
            "supplier_order_id": message.supplier_order_id,
            "external_message_id": message.external_message_id,
            "attempts": message.attempts,
            "happened_at": moment(message.happened_at),
            "created_at": moment(message.created_at),
            "sent_at": moment(message.sent_at),
            "delivered_at": moment(message.delivered_at),
            "read_at": moment(message.read_at),
            "played_at": moment(message.played_at),
            "failed_at": moment(message.failed_at),
            "send_at": moment(message.send_at),
            "expires_at": moment(message.expires_at),
        }


def _failure(message: Message) -> dict[str, Any] | None:
    if message.error_code is None and not message.error_text:
        return None
    return {"code": message.error_code, "text": message.error_text}


def _file(message: Message) -> dict[str, Any] | None:
    file = getattr(message, "media", None)  # one-to-one from the other side: may be absent
    return file and {
        "id": file.pk,
        "message": file.message_id,
        "mime_type": file.mime_type,
        "filename": file.filename,
        "size": file.size,
        "state": file.state,
        "error": file.error,
    }


class MessageDetailSerializer(MessageSerializer):
    """A message with the story of its attempts."""

    attempt_log = AttemptSerializer(
        many=True,
        read_only=True,
        help_text="Only those that did not end in plain acceptance.",
    )
    surprise = serializers.BooleanField(
        help_text="Whether Meta took it twice; the customer has it twice, or will."
    )

    class Meta(MessageSerializer.Meta):
        fields = (*MessageSerializer.Meta.fields, "attempt_log", "surprise")

    def to_representation(self, message: Message) -> dict[str, Any]:
        attempts = message.attempt_rows.all()
        return {
            **super().to_representation(message),
            "attempt_log": AttemptSerializer(attempts, many=True).data,
            "surprise": attempts.surprises().exists(),
        }
