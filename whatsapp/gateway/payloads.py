"""What we say, as the Cloud API takes it: bodies of ``POST /{phone number id}/messages``."""

from __future__ import annotations

from typing import Any, assert_never

from whatsapp.domain import phone
from whatsapp.domain.content import (
    Buttons,
    Content,
    ListMenu,
    Location,
    MediaKind,
    MediaMessage,
    Outgoing,
    Reaction,
    Recipient,
    Section,
    TemplateCall,
    Text,
)

Json = dict[str, Any]


def message_body(outgoing: Outgoing) -> Json:
    """Write one message; its ``biz_opaque_callback_data`` comes back in its statuses alone."""
    body: Json = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **_address(outgoing.recipient),
        "biz_opaque_callback_data": outgoing.callback_data,
        **_content(outgoing.content),
    }
    if outgoing.reply_to_wamid and not isinstance(outgoing.content, Reaction):
        body["context"] = {"message_id": outgoing.reply_to_wamid}  # Meta refuses it on reactions
    return body


def read_body(wamid: str, *, typing: bool = False) -> Json:
    """Write a read receipt; ``typing`` shows the indicator too, until we answer or 25 s pass."""
    body: Json = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    return body | {"typing_indicator": {"type": "text"}} if typing else body


def _address(recipient: Recipient) -> Json:
    """A phone keeps its plus: without it Meta may put our own country's code in front.

    A BSUID never goes into ``to``, where its digits would be dialled as somebody's number.
    """
    if recipient.phone:
        return {"to": f"+{phone.digits(recipient.phone)}"}
    return {"recipient": recipient.bsuid}


def _content(content: Content) -> Json:
    match content:
        case Text():
            said: Json = {"body": content.body, "preview_url": content.preview_url}
            return {"type": "text", "text": said}
        case TemplateCall():
            return {"type": "template", "template": _template(content)}
        case MediaMessage():
            return {"type": content.kind.value, content.kind.value: _media(content)}
        case Buttons() | ListMenu():
            return {"type": "interactive", "interactive": _interactive(content)}
        case Reaction():
            reaction = {"message_id": content.message_id, "emoji": content.emoji}
            return {"type": "reaction", "reaction": reaction}
        case Location():
            place = {"latitude": content.latitude, "longitude": content.longitude}
            return {
                "type": "location",
                "location": place | _given(name=content.name, address=content.address),
            }
        case _:
            assert_never(content)


def _template(call: TemplateCall) -> Json:
    return {
        "name": call.name,
        "language": {"code": call.language},
        **_given(components=list(call.components)),
    }


def _media(media: MediaMessage) -> Json:
    filename = media.filename if media.kind is MediaKind.DOCUMENT else ""
    return _given(id=media.media_id, link=media.link, caption=media.caption, filename=filename)


def _interactive(content: Buttons | ListMenu) -> Json:
    match content:
        case Buttons():
            kind = "button"
            replies = [{"id": button.id, "title": button.title} for button in content.buttons]
            action: Json = {"buttons": [{"type": "reply", "reply": reply} for reply in replies]}
        case ListMenu():
            kind = "list"
            sections = [_section(section) for section in content.sections]
            action = {"button": content.button, "sections": sections}
        case _:
            assert_never(content)
    footer = {"text": content.footer} if content.footer else None
    return {"type": kind, "body": {"text": content.body}, **_given(footer=footer), "action": action}


def _section(section: Section) -> Json:
    rows = [
        {"id": row.id, "title": row.title, **_given(description=row.description)}
        for row in section.rows
    ]
    return {**_given(title=section.title), "rows": rows}


def _given(**values: object) -> Json:
    """Leave out what is empty: Meta refuses some empty strings."""
    return {name: value for name, value in values.items() if value}
