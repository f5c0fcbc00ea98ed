"""A customer's message, of any type that Meta knows or will know."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from whatsapp.domain.updates import InboundMedia, InboundMessage
from whatsapp.errors import WebhookProcessingError
from whatsapp.gateway import identity, wording
from whatsapp.gateway.people import number_of, person_of
from whatsapp.gateway.reading import first, moment, record, storable, text

_MEDIA = ("image", "video", "audio", "document", "sticker")
_TYPES: Mapping[str, str] = MappingProxyType(
    {
        **{
            kind: kind.upper()
            for kind in (
                *("text", *_MEDIA, "location", "contacts", "button", "interactive"),
                *("reaction", "order", "system"),
            )
        },
        "revoke": "SYSTEM",
    }
)
_UNSUPPORTED = "UNSUPPORTED"


def parse(item: dict[str, Any]) -> InboundMessage:
    """Read a message; raises WebhookProcessingError without an id, a sender or a time."""
    value = record(item.get("value"))
    message = first(value.get("messages"))
    wamid = text(message.get("id"))
    happened_at = moment(message.get("timestamp"), record(item.get("entry")).get("time"))
    if not wamid or happened_at is None:
        raise WebhookProcessingError("The message has no id or no time.")
    shown = _shown(message)
    kind = text(shown.get("type"))
    becomes = identity.becomes(message)
    wa_id, bsuid = identity.names_of(message)
    if becomes and not (wa_id or bsuid):
        wa_id, bsuid = becomes.wa_id, becomes.bsuid
    return InboundMessage(
        wamid=wamid,
        phone_number_id=number_of(value),
        person=person_of(value, wa_id=wa_id, bsuid=bsuid),
        happened_at=happened_at,
        message_type=_TYPES.get(kind, _UNSUPPORTED),
        text=wording.text_of(shown, kind=kind),
        content=storable(message),
        reply_to_wamid=_reply_to(message),
        group_id=text(message.get("group_id")),
        media=_media(record(shown.get(kind))) if kind in _MEDIA else None,
        becomes=becomes,
    )


def _shown(message: dict[str, Any]) -> dict[str, Any]:
    """The message that a person sees: of an edit, the new wording."""
    edited = record(record(message.get("edit")).get("message"))
    return edited if message.get("type") == "edit" and edited else message


def _reply_to(message: dict[str, Any]) -> str:
    """The wamid it answers, reacts to, edits or takes back."""
    kind = text(message.get("type"))
    if kind == "reaction":
        return text(record(message.get("reaction")).get("message_id"))
    if kind in ("edit", "revoke"):
        return text(record(message.get(kind)).get("original_message_id"))
    return text(record(message.get("context")).get("id"))


def _media(given: dict[str, Any]) -> InboundMedia | None:
    """The file to fetch; None when Meta could not take it in (131052) and says so in ``errors``."""
    media_id = text(given.get("id"))
    if not media_id:
        return None
    return InboundMedia(
        media_id=media_id,
        mime_type=text(given.get("mime_type")),
        filename=text(given.get("filename")),
        sha256=text(given.get("sha256")),
    )
