"""What we say, as the Cloud API takes it: bodies of ``POST /{phone number id}/messages``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, assert_never

from whatsapp.domain import phone
from whatsapp.domain.content import (
    Buttons,
    ContactCard,
    ContactCards,
    Content,
    Header,
    Interactive,
    LinkButton,
    ListMenu,
    Location,
    LocationRequest,
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
        case Buttons() | ListMenu() | LinkButton() | LocationRequest():
            return {"type": "interactive", "interactive": _interactive(content)}
        case Reaction():
            reaction = {"message_id": content.message_id, "emoji": content.emoji}
            return {"type": "reaction", "reaction": reaction}
        case Location():
            return {"type": "location", "location": _location(content)}
        case ContactCards():
            return {"type": "contacts", "contacts": [_card(card) for card in content.contacts]}
        case _:
            assert_never(content)


def _template(call: TemplateCall) -> Json:
    return {
        "name": call.name,
        "language": {"code": call.language},
        **_given(components=list(call.components)),
    }


def _media(media: MediaMessage) -> Json:
    return _given(
        id=media.media_id,
        link=media.link,
        caption=media.caption,
        filename=media.filename,
        voice=media.voice,
    )


def _location(place: Location) -> Json:
    where: Json = {"latitude": place.latitude, "longitude": place.longitude}  # zero is a place
    return where | _given(name=place.name, address=place.address)


def _card(card: ContactCard) -> Json:
    given: Json = _filled(asdict(card))
    if len(given["name"]) == 1:  # some of Meta's clients refuse a name without any of its parts
        given["name"]["first_name"] = card.name.formatted_name
    return given


def _filled(value: Any) -> Any:
    """Leave out what is empty, however deep."""
    match value:
        case dict():
            return _given(**{name: _filled(inner) for name, inner in value.items()})
        case list() | tuple():
            return [_filled(inner) for inner in value]
        case _:
            return value


def _interactive(content: Interactive) -> Json:
    kind, action = _action(content)
    body = {"body": {"text": content.body}}
    if isinstance(content, LocationRequest):  # neither header nor footer
        return {"type": kind, **body, "action": action}
    footer = {"text": content.footer} if content.footer else None
    header = _header(content.header) if content.header else None
    return {
        "type": kind,
        **_given(header=header),
        **body,
        **_given(footer=footer),
        "action": action,
    }


def _action(content: Interactive) -> tuple[str, Json]:
    match content:
        case Buttons():
            replies = [{"id": button.id, "title": button.title} for button in content.buttons]
            return "button", {"buttons": [{"type": "reply", "reply": reply} for reply in replies]}
        case ListMenu():
            sections = [_section(section) for section in content.sections]
            return "list", {"button": content.button, "sections": sections}
        case LinkButton():
            parameters = {"display_text": content.title, "url": content.url}
            return "cta_url", {"name": "cta_url", "parameters": parameters}
        case LocationRequest():
            return "location_request_message", {"name": "send_location"}
        case _:
            assert_never(content)


def _header(header: Header) -> Json:
    if header.kind is None:
        return {"type": "text", "text": header.text}
    file = _given(id=header.media_id, link=header.link, filename=header.filename)
    return {"type": header.kind.value, header.kind.value: file}


def _section(section: Section) -> Json:
    rows = [
        {"id": row.id, "title": row.title, **_given(description=row.description)}
        for row in section.rows
    ]
    return {**_given(title=section.title), "rows": rows}


def _given(**values: object) -> Json:
    """Leave out what is empty: Meta refuses some empty strings."""
    return {name: value for name, value in values.items() if value}
