"""A webhook's body taken apart: one item per thing that Meta tells, each with its key.

Meta gathers up to 1,000 things in one POST and may gather them otherwise when it repeats them, so
a key depends on the thing alone. Nothing signed is lost: what has no known shape is kept whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from whatsapp.domain.updates import Item
from whatsapp.gateway.reading import elements, first, record, text
from whatsapp.gateway.usual import (
    ENDS,
    LONGEST_KEY,
    LONGEST_NAME,
    ONE_CHANGE,
    PERSON_KEYS,
    PLAIN,
    lone_item,
)

UNREADABLE = "unreadable"

# Lists of things that know nothing of their neighbours, by field
_LISTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "messages": ("messages", "statuses", "errors"),
        "user_preferences": ("user_preferences",),
        "user_id_update": ("user_id_update",),
        "smb_message_echoes": ("message_echoes",),
        "message_echoes": ("message_echoes",),
        "smb_app_state_sync": ("state_sync",),
        "history": ("history", "messages"),
    }
)
_COMMON: tuple[str, ...] = ("messaging_product", "metadata")  # each item keeps them
_SHARED = frozenset({*_COMMON, "contacts"})
_PARTICIPANT_KEYS = ("recipient_participant_id", "recipient_participant_user_id")
_parsed_from = json.JSONDecoder().raw_decode
_compact = json.JSONEncoder(separators=(",", ":")).encode  # ASCII; json.dumps makes one per call
_canonical = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode


@dataclass(kw_only=True, slots=True)  # not frozen: that costs as much as a look-up of its field
class _Change:
    """One ``changes[]`` element with the entry around it, less its siblings."""

    entry: dict[str, Any]
    rest: dict[str, Any]
    field: str
    value: Any
    written: str = ""  # the JSON it was read from, where that can stand for itself

    def item(self, *, value: Any, key: str) -> Item:
        """The item that tells ``value``; as it was written, when that is all this change told."""
        metadata = record(record(value).get("metadata"))
        payload = self.written if value is self.value else ""
        return Item(
            key=_column(key),
            field=self.field[:LONGEST_NAME],
            phone_number_id=text(metadata.get("phone_number_id"))[:LONGEST_NAME],
            payload=payload or self._rewritten(value),
        )

    def _rewritten(self, value: Any) -> str:
        alone = {**self.rest, "entry": self.entry, "field": self.field, "value": value}
        return _compact(alone)

    def digest_key(self, value: Any) -> str:
        told = [text(self.entry.get("id")), text(self.entry.get("time")), value]
        return f"{self.field}:{_digest(_canonical(told).encode())}"


def split(body: bytes) -> list[Item]:
    """Take a signed body apart, in its own order. Never raises, never returns an empty list.

    A payload has Meta's own shape, cut down to one thing and the contacts it speaks of, so that it
    can be parsed alone. A body that is no envelope is one item with the key ``body:<sha256>``.
    """
    alone = lone_item(body)
    return take_apart(body) if alone is None else [alone]


def take_apart(body: bytes) -> list[Item]:
    """As ``split``, whatever the body looks like."""
    try:
        items = [item for change in _told(body) for item in _items(change)]
    except (ValueError, RecursionError):
        items = []
    return items or [_unreadable(body)]


def _unreadable(body: bytes) -> Item:
    payload = {"field": UNREADABLE, "value": body.decode("utf-8", "surrogateescape")}
    return Item(
        key=f"body:{_digest(body)}",
        field=UNREADABLE,
        phone_number_id="",
        payload=_compact(payload),
    )


def _told(body: bytes) -> Iterable[_Change]:
    return _lone_change(body) or _changes(record(json.loads(body)))


def _lone_change(body: bytes) -> list[_Change]:
    """The change of a body of the usual look, whose own text can be kept; [] for other bodies.

    That text is ASCII and was read from where it stands, so its reader will find the same in it:
    to write JSON again costs more than to read it.
    """
    if not body.isascii():
        return []
    written = body.decode()
    start = ONE_CHANGE.match(written)
    if start is None:
        return []
    change, end = _parsed_from(written, start.end())
    if written[end:] != ENDS or not isinstance(change, dict) or "value" not in change:
        return []
    entry: dict[str, Any] = {"id": start[2]}
    if start[3]:
        entry["time"] = int(start[3])
    field = text(change.get("field"))
    same = field == change.get("field")
    return [
        _Change(
            entry=entry,
            rest=change,
            field=field,
            value=change["value"],
            # what stands last counts, should the change have an "entry" of its own
            written=f'{written[start.end() : end - 1]},"entry":{start[1]}}}}}' if same else "",
        )
    ]


def _changes(envelope: dict[str, Any]) -> Iterator[_Change]:
    for entry in elements(envelope.get("entry")):
        head = {name: value for name, value in record(entry).items() if name != "changes"}
        changes = record(entry).get("changes")
        if not isinstance(changes, list):
            yield _Change(entry=head, rest={}, field="", value=entry)
        for change in elements(changes):
            yield _Change(
                entry=head,
                rest=record(change),
                field=text(record(change).get("field")),
                value=change.get("value") if isinstance(change, dict) else change,
            )


def _items(change: _Change) -> Iterator[Item]:
    value = record(change.value)
    known = _LISTS.get(change.field, ())
    names = [name for name in known if name in value and isinstance(value[name], list)]
    if not any(map(value.get, names)):
        yield change.item(value=change.value, key=_whole_key(change))
        return
    shared = {name: value[name] for name in _COMMON if name in value}
    contacts = _Contacts(value.get("contacts"))
    for name in names:
        for element in _unfolded(value[name]) if name == "history" else value[name]:
            alone = {**shared, name: [element]}
            about = record(element)
            key = _element_key(change, name, about) or change.digest_key(alone)
            alone |= contacts.of(about)
            if alone == value:  # nearly always: nothing else was told
                yield change.item(value=value, key=key)
                return
            yield change.item(value=alone, key=key)
    rest = {name: value[name] for name in value if name not in _SHARED and name not in names}
    if rest:
        yield change.item(value=shared | rest, key=change.digest_key(shared | rest))


def _unfolded(chunks: Iterable[Any]) -> Iterator[Any]:
    """Take chunks of old chats apart: each message in its thread, then what is left of the chunk.

    A message is told without its chunk, whose number and progress are nothing of its own.
    """
    for chunk in chunks:
        threads = elements(record(chunk).get("threads"))
        for thread in threads:
            messages = elements(record(thread).get("messages"))
            for message in messages:
                yield {"threads": [{**thread, "messages": [message]}]}
            if not messages:
                yield {"threads": [thread]}
        rest = {n: v for n, v in record(chunk).items() if n != "threads"} if threads else chunk
        if rest:
            yield rest


class _Contacts:
    """The people of one change, found by any of their ids."""

    def __init__(self, listed: object) -> None:
        self._listed = [contact for contact in elements(listed) if isinstance(contact, dict)]
        self._places: dict[str, int] = {}
        for place, contact in enumerate(self._listed):
            for name in ("wa_id", "user_id"):
                if name in contact:
                    self._places[text(contact[name])] = place

    def of(self, element: dict[str, Any]) -> dict[str, Any]:
        """The ``contacts`` of a message or status; a lone contact also of one who shows no id."""
        if not self._listed:
            return {}
        ids = {text(element[name]) for name in PERSON_KEYS.intersection(element)}
        ids.discard("")
        places = sorted({self._places[one] for one in ids if one in self._places})
        if not ids and len(self._listed) == 1:
            places = [0]
        return {"contacts": [self._listed[place] for place in places]} if places else {}


def _element_key(change: _Change, name: str, element: dict[str, Any]) -> str:
    """The key of a message or a status; '' for what has no id, or is neither.

    An old message has no such key: its history must not stand in the way of the message itself,
    which may come after it and asks for more.
    """
    wamid = text(element.get("id"))
    if name in ("messages", "message_echoes") and wamid and change.field != "history":
        return f"message:{wamid}"
    if name == "statuses" and wamid:
        told = [text(element[each]) for each in _PARTICIPANT_KEYS if each in element]
        participant = next(filter(None, told), "")
        code = text(first(element["errors"]).get("code")) if "errors" in element else ""
        parts = ("status", wamid, text(element.get("status")), participant, code)
        return ":".join(filter(None, parts))
    return ""


def _whole_key(change: _Change) -> str:
    value = record(change.value)
    template = text(value.get("message_template_id"))
    if not template:
        return change.digest_key(change.value)
    account, at = text(change.entry.get("id")), text(change.entry.get("time"))
    # Only status changes name an event; the others are told apart by what they say
    event = text(value.get("event")) or change.digest_key(value).rpartition(":")[2][:16]
    return f"template:{account}:{template}:{change.field}:{event}:{at}"


def _column(key: str) -> str:
    """The key in ASCII, of bounded length: PostgreSQL's text refuses NUL and lone surrogates."""
    plain = key if PLAIN.fullmatch(key) else _compact(key)[1:-1]
    if len(plain) <= LONGEST_KEY:
        return plain
    return f"{plain.partition(':')[0][:LONGEST_NAME]}:{_digest(plain.encode())}"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
