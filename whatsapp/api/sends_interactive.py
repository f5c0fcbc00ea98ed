"""Messages that ask, as a client writes them; the validated value is the service's content."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from whatsapp.api.sends import EnvelopeSerializer
from whatsapp.domain import content_limits as limits
from whatsapp.domain.content import (
    Button,
    Buttons,
    Header,
    Interactive,
    LinkButton,
    ListMenu,
    LocationRequest,
    MediaKind,
    Row,
    Section,
)

KINDS = ("buttons", "sections", "link_button", "location_request")


class HeaderSerializer(serializers.Serializer[Any]):
    """Above the body: a `text`, or a file of a `kind` by `media_id` or `link`."""

    text = serializers.CharField(max_length=limits.HEADER, default="", allow_blank=True)
    kind = serializers.ChoiceField(choices=["image", "video", "document"], required=False)
    media_id = serializers.CharField(max_length=128, default="", allow_blank=True)
    link = serializers.CharField(max_length=limits.URL, default="", allow_blank=True)
    filename = serializers.CharField(
        max_length=limits.FILENAME, default="", allow_blank=True, help_text="Of a document."
    )


class ButtonSerializer(serializers.Serializer[Any]):
    """A reply button; its id comes back when it is tapped."""

    id = serializers.CharField(max_length=limits.BUTTON_ID)
    title = serializers.CharField(max_length=limits.BUTTON_TITLE)


class RowSerializer(serializers.Serializer[Any]):
    """A row of a list; its id comes back when it is chosen."""

    id = serializers.CharField(max_length=limits.ROW_ID)
    title = serializers.CharField(max_length=limits.ROW_TITLE)
    description = serializers.CharField(
        max_length=limits.ROW_DESCRIPTION, default="", allow_blank=True
    )


class SectionSerializer(serializers.Serializer[Any]):
    """Some rows under a title; a list of one section needs none."""

    title = serializers.CharField(max_length=limits.SECTION_TITLE, default="", allow_blank=True)
    rows = RowSerializer(many=True)


class LinkButtonSerializer(serializers.Serializer[Any]):
    """A button that opens an address."""

    title = serializers.CharField(max_length=limits.BUTTON_TITLE)
    url = serializers.CharField(max_length=limits.URL)


class InteractiveSerializer(EnvelopeSerializer):
    """One of: one to three `buttons`; `button` and `sections`, a list behind that button; a
    `link_button`; a `location_request`, which has neither header nor footer.
    """

    body = serializers.CharField(max_length=limits.BODY)
    header = HeaderSerializer(required=False, help_text="Of a list: a text.")
    footer = serializers.CharField(max_length=limits.FOOTER, default="", allow_blank=True)
    buttons = ButtonSerializer(many=True, required=False)
    button = serializers.CharField(max_length=limits.BUTTON_TITLE, required=False)
    sections = SectionSerializer(many=True, required=False)
    link_button = LinkButtonSerializer(required=False)
    location_request = serializers.BooleanField(
        required=False, help_text="true asks the customer for their place, in one tap."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Make the content of what was given."""
        names = (*KINDS, "button", "body", "header", "footer")
        given = {name: attrs.pop(name) for name in names if attrs.get(name, False) is not False}
        asked = [kind for kind in KINDS if kind in given]
        if len(asked) != 1:
            raise serializers.ValidationError(
                {"buttons": [f"Give exactly one of {', '.join(KINDS)}."]}
            )
        return {**attrs, "content": _content(asked[0], given)}


def _content(kind: str, given: dict[str, Any]) -> Interactive:
    if kind == "location_request":
        return _location_request(given)
    frame = {"body": given["body"], "footer": given["footer"], "header": _header(given)}
    if kind == "buttons":
        return Buttons(**frame, buttons=tuple(Button(**button) for button in given["buttons"]))
    if kind == "link_button":
        return LinkButton(**frame, **given["link_button"])
    if "button" not in given:
        raise serializers.ValidationError({"button": ["A list needs a button to open it."]})
    sections = tuple(
        Section(title=section["title"], rows=tuple(Row(**row) for row in section["rows"]))
        for section in given["sections"]
    )
    return ListMenu(**frame, button=given["button"], sections=sections)


def _location_request(given: dict[str, Any]) -> LocationRequest:
    for name in ("header", "footer"):
        if given.get(name):
            raise serializers.ValidationError({name: ["A request for a place has none."]})
    return LocationRequest(body=given["body"])


def _header(given: dict[str, Any]) -> Header | None:
    if (header := given.get("header")) is None:
        return None
    kind = header.get("kind")
    return Header(**{**header, "kind": MediaKind(kind) if kind else None})
