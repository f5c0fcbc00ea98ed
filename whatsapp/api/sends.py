"""What a client may ask to be sent. The validated values are the keywords of the service."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from whatsapp.api.fields import RowIdField
from whatsapp.conf import whatsapp_settings
from whatsapp.domain import content_limits as limits
from whatsapp.domain.content import MediaKind
from whatsapp.domain.documents import DocumentKind
from whatsapp.errors import MediaTooLargeError
from whatsapp.models import Message


class EnvelopeSerializer(serializers.Serializer[Any]):
    """Who gets it, exactly one of the first three, and what it belongs to."""

    phone_number = serializers.CharField(
        required=False, max_length=32, help_text="In any spelling; read as Romanian without +."
    )
    conversation = serializers.IntegerField(source="conversation_id", required=False, min_value=1)
    contact = serializers.IntegerField(source="contact_id", required=False, min_value=1)
    number = serializers.IntegerField(
        source="number_id",
        required=False,
        min_value=1,
        help_text="Our business number; the default one if absent.",
    )
    customer_id = RowIdField(of=Message, to="customer", required=False)
    order_id = RowIdField(of=Message, to="order", required=False)
    quote_id = RowIdField(of=Message, to="quote", required=False)
    reply_to = serializers.IntegerField(
        source="reply_to_id",
        required=False,
        min_value=1,
        help_text="A message of the same conversation.",
    )
    send_at = serializers.DateTimeField(required=False, help_text="At most 30 days ahead.")
    expires_at = serializers.DateTimeField(
        required=False, help_text="When it is too late; 24 hours after it was due if absent."
    )


class TextSerializer(EnvelopeSerializer):
    """Free text, inside the 24-hour window."""

    text = serializers.CharField(max_length=limits.TEXT, trim_whitespace=False)
    preview_url = serializers.BooleanField(
        default=None,
        allow_null=True,
        help_text="Whether its first link is shown as a card; it is, unless you say false.",
    )


class TemplateCallSerializer(EnvelopeSerializer):
    """An approved template; `templates/{id}` lists the parameters that it needs."""

    template = serializers.CharField(max_length=512, help_text="Its name.")
    language = serializers.CharField(max_length=16, default="ro")
    parameters = serializers.DictField(
        child=serializers.CharField(max_length=1024, allow_blank=True), default=dict
    )


class LocationSerializer(EnvelopeSerializer):
    """A place, in degrees."""

    latitude = serializers.FloatField(min_value=-90, max_value=90)
    longitude = serializers.FloatField(min_value=-180, max_value=180)
    name = serializers.CharField(default="", max_length=limits.BODY, allow_blank=True)
    address = serializers.CharField(default="", max_length=limits.BODY, allow_blank=True)


class ReactionSerializer(EnvelopeSerializer):
    """An emoji on a message. Without an address it goes to the message's conversation."""

    reply_to = None  # type: ignore[assignment]  # it is the message itself
    message = serializers.IntegerField(source="message_id", min_value=1)
    emoji = serializers.CharField(
        max_length=limits.EMOJI, allow_blank=True, help_text="Empty takes ours back."
    )


class FileSerializer(EnvelopeSerializer):
    """A file (as multipart/form-data), or Meta's id of one, or a link that Meta can fetch."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in MediaKind])
    file = serializers.FileField(required=False)
    media_id = serializers.CharField(default="", max_length=128, allow_blank=True)
    link = serializers.CharField(
        default="", max_length=limits.URL, allow_blank=True, help_text="By https."
    )
    caption = serializers.CharField(default="", max_length=limits.CAPTION, allow_blank=True)
    filename = serializers.CharField(
        default="",
        max_length=limits.FILENAME,
        allow_blank=True,
        help_text="Of a document; the uploaded file's own name if absent.",
    )
    voice = serializers.BooleanField(
        default=False, help_text="Show an audio as a voice message: OGG with OPUS sound, mono."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a file that is too large to be read at all."""
        attrs["kind"] = MediaKind(attrs["kind"])
        if (file := attrs.pop("file", None)) is None:
            return attrs
        limit = whatsapp_settings().media_max_bytes
        if file.size > limit:
            raise MediaTooLargeError(
                f"The file has {file.size} bytes; {limit} are taken here.",
                details={"size": file.size, "limit": limit},
            )
        return {**attrs, "file": file}


class DocumentSerializer(serializers.Serializer[Any]):
    """A paper of the ERP; its reader and language are the ERP's to say."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in DocumentKind])
    document_id = serializers.IntegerField(
        min_value=1, help_text="The order's, the quote's or the supplier order's id in the ERP."
    )
    again = serializers.BooleanField(
        default=False, help_text="Send what was sent before as a new message."
    )

    def validate_kind(self, value: str) -> DocumentKind:
        return DocumentKind(value)
