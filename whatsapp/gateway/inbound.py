"""A customer's message, of any type that Meta knows or will know."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from whatsapp.domain.updates import InboundMedia, InboundMessage
from whatsapp.errors import WebhookProcessingError
from whatsapp.gateway import identity, wording
from whatsapp.gateway.details import target_of
from whatsapp.gateway.people import number_of, person_of
from whatsapp.gateway.reading import first, moment, record, storable, text

_MEDIA = ("image", "video", "audio", "document", "sticker")
_TYPES: Mapping[str, str] = MappingProxyType(
    {
        kind: kind.upper()
        for kind in (
            *("text", *_MEDIA, "location", "contacts", "button", "interactive"),
            *("reaction", "order", "system", "revoke"),
        )
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
    kind, text_of, media = _said(message)
    becomes = identity.becomes(message)
    wa_id, bsuid = identity.names_of(message)
    if becomes and not (wa_id or bsuid):
        wa_id, bsuid = becomes.wa_id, becomes.bsuid
    return InboundMessage(
        wamid=wamid,
        phone_number_id=number_of(value),
        person=person_of(value, wa_id=wa_id, bsuid=bsuid),
        happened_at=happened_at,
        message_type=kind,
        text=text_of,
        content=storable(message),
        reply_to_wamid=target_of(message),
        tapped=_tapped(message),
        group_id=text(message.get("group_id")),
        media=media,
        becomes=becomes,
    )


def _said(message: dict[str, Any]) -> tuple[str, str, InboundMedia | None]:
    """Say its type, its text and its file; an edit says the new wording, and has no new file."""
    kind = text(message.get("type"))
    edited = record(record(message.get("edit")).get("message"))
    if kind == "edit" and edited:
        return "EDIT", wording.text_of(edited, kind=text(edited.get("type"))), None
    media = _media(record(message.get(kind))) if kind in _MEDIA else None
    return _TYPES.get(kind, _UNSUPPORTED), wording.text_of(message, kind=kind), media


def _tapped(message: dict[str, Any]) -> str:
    """The id of a reply button, or the payload of a template's quick reply."""
    reply = record(record(message.get("interactive")).get("button_reply"))
    return text(reply.get("id")) or text(record(message.get("button")).get("payload"))


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
