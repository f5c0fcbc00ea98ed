"""What a client may ask to be sent. The validated values are the keywords of the service."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from whatsapp.api.fields import RowIdField
from whatsapp.conf import whatsapp_settings
from whatsapp.domain.content import Button, Buttons, ListMenu, MediaKind, Row, Section
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

    text = serializers.CharField(max_length=4096, trim_whitespace=False)
    preview_url = serializers.BooleanField(default=False)


class TemplateCallSerializer(EnvelopeSerializer):
    """An approved template; `templates/{id}` lists the parameters that it needs."""

    template = serializers.CharField(max_length=512, help_text="Its name.")
    language = serializers.CharField(max_length=16, default="ro")
    parameters = serializers.DictField(
        child=serializers.CharField(max_length=1024, allow_blank=True), default=dict
    )


class FileSerializer(EnvelopeSerializer):
    """A file (as multipart/form-data), or Meta's id of one, or a link that Meta can fetch."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in MediaKind])
    file = serializers.FileField(required=False)
    media_id = serializers.CharField(default="", max_length=128, allow_blank=True)
    link = serializers.URLField(default="", allow_blank=True)
    caption = serializers.CharField(default="", max_length=1024, allow_blank=True)
    filename = serializers.CharField(default="", max_length=240, allow_blank=True)

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


class ButtonSerializer(serializers.Serializer[Any]):
    """A reply button; its id comes back when it is tapped."""

    id = serializers.CharField(max_length=256)
    title = serializers.CharField(max_length=20)


class RowSerializer(serializers.Serializer[Any]):
    """A row of a list; its id comes back when it is chosen."""

    id = serializers.CharField(max_length=200)
    title = serializers.CharField(max_length=24)
    description = serializers.CharField(max_length=72, default="", allow_blank=True)


class SectionSerializer(serializers.Serializer[Any]):
    """Some rows under a title; a list of one section needs none."""

    title = serializers.CharField(max_length=24, default="", allow_blank=True)
    rows = RowSerializer(many=True)


class InteractiveSerializer(EnvelopeSerializer):
    """Either one to three `buttons`; or `button` and `sections`, a list behind that button."""

    body = serializers.CharField(max_length=1024)
    footer = serializers.CharField(max_length=60, default="", allow_blank=True)
    buttons = ButtonSerializer(many=True, required=False)
    button = serializers.CharField(max_length=20, required=False)
    sections = SectionSerializer(many=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Make the content of what was given."""
        body, footer = attrs.pop("body"), attrs.pop("footer")
        buttons, label, sections = (attrs.pop(n, None) for n in ("buttons", "button", "sections"))
        if (buttons is None) == (sections is None):
            raise serializers.ValidationError({"buttons": ["Give either buttons or sections."]})
        if buttons is not None:
            made = tuple(Button(**button) for button in buttons)
            return {**attrs, "content": Buttons(body=body, footer=footer, buttons=made)}
        if label is None:
            raise serializers.ValidationError({"button": ["A list needs a button to open it."]})
        menu = ListMenu(
            body=body, footer=footer, button=label, sections=tuple(map(_section, sections))
        )
        return {**attrs, "content": menu}


def _section(given: dict[str, Any]) -> Section:
    return Section(title=given["title"], rows=tuple(Row(**row) for row in given["rows"]))
