"""Nearly every webhook: one status or one message, told as Meta tells it today.

Read with its types known, nothing is built that nobody asks for: a quarter of ``envelope``'s time.
``envelope`` decides what an item is; what looks unusual here is left to it, and a test compares.
"""

from __future__ import annotations

import re

from msgspec import UNSET, DecodeError, Raw, Struct, UnsetType
from msgspec.json import Decoder
from msgspec.structs import astuple

from whatsapp.domain.updates import Item
from whatsapp.gateway.reading import text

MOST_BYTES = 1_500  # nothing in it nests deeper, no number is longer than ``json`` takes
LONGEST_NAME = 64  # columns of the event
LONGEST_KEY = 512  # a B-tree refuses keys beyond 2,704 bytes; a wamid has no promised length
PLAIN = re.compile(r"[ !#-\[\]-~]*")  # what JSON does not escape
# What a body with one change begins and ends with, written without spaces
ONE_CHANGE = re.compile(
    r'\{"object":"[a-z_]+","entry":\[(\{"id":"([0-9]+)"(?:,"time":([1-9][0-9]{0,17}))?),"changes":\[(?=\{)'
)
ENDS = "]}]}"
MESSAGES = "messages"  # the field of nearly all changes


class _Contact(Struct, gc=False):
    wa_id: str = ""
    user_id: str = ""


class _Thing(Struct, gc=False, rename={"sender": "from"}):
    """A message or a status: its id, and all names under which it may show a person."""

    id: str
    status: str = ""
    errors: Raw | UnsetType = UNSET
    sender: str = ""
    from_user_id: str = ""
    to: str = ""
    to_user_id: str = ""
    wa_id: str = ""
    user_id: str = ""
    recipient_id: str = ""
    recipient_user_id: str = ""
    recipient_participant_id: str = ""
    recipient_participant_user_id: str = ""

    def is_about(self, contact: _Contact) -> bool:
        """Whether it shows an id of the contact, or none at all."""
        shown = astuple(self)[_FIRST_PERSON:]
        return (
            (contact.wa_id != "" and contact.wa_id in shown)
            or (contact.user_id != "" and contact.user_id in shown)
            or not any(shown)
        )


_FIRST_PERSON = 3  # of its fields
PERSON_KEYS = frozenset(_Thing.__struct_encode_fields__[_FIRST_PERSON:])


class _Metadata(Struct, gc=False):
    phone_number_id: str = ""


class _Value(Struct, gc=False, forbid_unknown_fields=True):
    metadata: _Metadata
    messaging_product: str = ""
    contacts: tuple[_Contact] | UnsetType = UNSET
    messages: tuple[_Thing] | UnsetType = UNSET
    statuses: tuple[_Thing] | UnsetType = UNSET


class _Change(Struct, gc=False):
    field: str
    value: _Value


_read = Decoder(_Change).decode


def lone_item(body: bytes) -> Item | None:
    """The item of a body that tells of one message or status; None where it looks otherwise.

    Its payload is what Meta wrote: ASCII, and read from where it stands.
    """
    if len(body) > MOST_BYTES or not body.isascii():
        return None
    written = body.decode()
    start = ONE_CHANGE.match(written)
    if start is None or not written.endswith("}" + ENDS):
        return None
    told = written[start.end() : -len(ENDS)]
    try:
        change = _read(told)
    except (DecodeError, RecursionError):
        return None
    key = _key(change.value) if change.field == MESSAGES else ""
    if not key or len(key) > LONGEST_KEY or not PLAIN.fullmatch(key):
        return None
    number = text(change.value.metadata.phone_number_id)
    return Item(
        key=key,
        field=MESSAGES,
        phone_number_id=number[:LONGEST_NAME],
        payload=f'{told[:-1]},"entry":{start[1]}}}}}',
    )


def _key(value: _Value) -> str:
    """As ``envelope`` makes it; '' where more is told than one thing and whom it is about."""
    if isinstance(value.statuses, UnsetType):
        if isinstance(value.messages, UnsetType):
            return ""
        (thing,) = value.messages
        key = f"message:{thing.id}"
    elif isinstance(value.messages, UnsetType):
        (thing,) = value.statuses
        key = _status_key(thing)
    else:
        return ""
    alone = isinstance(value.contacts, UnsetType) or thing.is_about(value.contacts[0])
    return key if alone and thing.id else ""


def _status_key(thing: _Thing) -> str:
    if not thing.status or thing.errors is not UNSET:  # an error's code is part of the key
        return ""
    participant = thing.recipient_participant_id or thing.recipient_participant_user_id
    key = f"status:{thing.id}:{thing.status}"
    return f"{key}:{participant}" if participant else key
