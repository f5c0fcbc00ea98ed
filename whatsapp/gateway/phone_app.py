"""A number that also lives in the WhatsApp Business app (coexistence): what is told of that life.

Echoes are what the shop writes there from now on, ``history`` is what was said before, and the app
shares its address book.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from whatsapp.domain import phone as phones
from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.updates import (
    AddressBookEntry,
    Echo,
    InboundMessage,
    PastMessage,
    Person,
    UnsupportedUpdate,
    Update,
)
from whatsapp.errors import WebhookProcessingError
from whatsapp.gateway import inbound
from whatsapp.gateway.account_updates import read_news
from whatsapp.gateway.people import number_of
from whatsapp.gateway.reading import first, integer, moment, record, storable, text

DECLINED = 2593109  # the owner of the phone shares no old chats
_STATUSES: Mapping[str, MessageStatus] = MappingProxyType(
    {
        "DELIVERED": MessageStatus.DELIVERED,
        "READ": MessageStatus.READ,
        "PLAYED": MessageStatus.READ,
        "ERROR": MessageStatus.FAILED,
    }
)


def _echo(item: dict[str, Any]) -> Update:
    value = record(item.get("value"))
    message = _to_customer(item, first(value.get("message_echoes")))
    if not isinstance(message, InboundMessage):
        return message
    return Echo(message=message, in_phone_app=item.get("field") == "smb_message_echoes")


def _history(item: dict[str, Any]) -> Update:
    value = record(item.get("value"))
    if file := first(value.get("messages")):
        customer = _wa_id(text(file.get("to"))) or _wa_id(text(file.get("from")))
        return _past(item, file, customer=customer, is_file=True)
    chunk = first(value.get("history"))
    thread = first(chunk.get("threads"))
    if message := first(thread.get("messages")):
        return _past(item, message, customer=_wa_id(text(thread.get("id"))), is_file=False)
    trouble = first(chunk.get("errors"))
    if integer(trouble.get("code")) == DECLINED:
        return read_news(
            item,
            topic="history",
            event="HISTORY_DECLINED",
            phone_number_id=number_of(value),
            level="warning",
            words=text(trouble.get("message")) or text(trouble.get("title")),
        )
    return _progress(item, record(chunk.get("metadata")))


def _progress(item: dict[str, Any], chunk: dict[str, Any]) -> Update:
    progress = integer(chunk.get("progress"))
    if progress is None:
        return UnsupportedUpdate(why="There is neither a message nor progress in it.")
    return read_news(
        item,
        # the end is news of its own: chunks of one second may come in any order
        topic="history:done" if progress >= 100 else "history",
        event=f"{progress:03d} %",
        phone_number_id=number_of(record(item.get("value"))),
        words=f"phase {text(chunk.get('phase'))}, chunk {text(chunk.get('chunk_order'))}",
    )


def _past(item: dict[str, Any], message: dict[str, Any], *, customer: str, is_file: bool) -> Update:
    """Read an old message; it is ours where it went to somebody else than our number."""
    ours = bool(text(message.get("to"))) and _wa_id(text(message.get("from"))) != customer
    read = _to_customer(item, message, wa_id=customer) if ours else _as_inbound(item, message)
    if not isinstance(read, InboundMessage):
        return read
    reached = text(record(message.get("history_context")).get("status")).upper()
    status = _STATUSES.get(reached, MessageStatus.SENT) if ours else None
    return PastMessage(message=read, status=status, is_file=is_file)


def _wa_id(given: str) -> str:
    """The digits of a phone in any spelling; '' for a user id."""
    return phones.digits(given) if given[:1] in "+0123456789" else ""


def _to_customer(item: dict[str, Any], message: dict[str, Any], *, wa_id: str = "") -> Update:
    """Read a message of ours by the rules for a customer's: the person is who got it."""
    turned = {
        **message,
        "from": wa_id or text(message.get("to")),
        "from_user_id": text(message.get("to_user_id")) or text(message.get("recipient_user_id")),
    }
    return _as_inbound(item, turned, shown=message)


def _as_inbound(
    item: dict[str, Any], message: dict[str, Any], *, shown: dict[str, Any] | None = None
) -> Update:
    value = {**record(item.get("value")), "messages": [message]}
    read = inbound.parse({**item, "value": value})
    return read if shown is None else replace(read, content=storable(shown))


def _address_book(item: dict[str, Any]) -> Update:
    value = record(item.get("value"))
    entry = first(value.get("state_sync"))
    contact = record(entry.get("contact"))
    if text(entry.get("type")) != "contact" or text(entry.get("action")) == "remove":
        return UnsupportedUpdate(why="Who is taken out of the address book stays with us.")
    happened_at = moment(
        record(entry.get("metadata")).get("timestamp"), record(item.get("entry")).get("time")
    )
    name = text(contact.get("full_name")) or text(contact.get("first_name"))
    person = Person(
        wa_id=phones.digits(text(contact.get("phone_number"))),
        bsuid=text(contact.get("user_id")),
        username=text(contact.get("username"))[:64],
        profile_name=name,
    )
    if happened_at is None or not (person.wa_id or person.bsuid):
        raise WebhookProcessingError("The entry names nobody, or no time.")
    return AddressBookEntry(
        phone_number_id=number_of(value), person=person, happened_at=happened_at
    )


PARSERS: Mapping[str, Callable[[dict[str, Any]], Update]] = MappingProxyType(
    {
        "smb_message_echoes": _echo,
        "message_echoes": _echo,
        "history": _history,
        "smb_app_state_sync": _address_book,
    }
)
