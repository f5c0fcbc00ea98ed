"""Ways in which Meta may deliver a history: plainly, or nested, repeated, mixed up and batched."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

from tests.properties.histories import WABA, Thing
from whatsapp.services import webhook_events

Entry = dict[str, Any]


def deliver_plainly(history: Sequence[Thing]) -> None:
    """One thing in a POST, each processed before the next one comes."""
    for thing in history:
        webhook_events.record(body=_body([_entry(thing)]))
        process(limit=1)


def deliver_anyhow(history: Sequence[Thing], *, dice: Random) -> None:
    """Things twice, in any order, gathered in any way; processed whenever, in any batches."""
    told = [*history, *(thing for thing in history if dice.random() < 0.3)]
    dice.shuffle(told)
    while told:
        size = dice.randint(1, len(told))
        part, told = told[:size], told[size:]
        webhook_events.record(body=_body(_gathered(part, dice=dice)))
        if dice.random() < 0.6:
            process(limit=dice.randint(1, 5))
    process(limit=dice.randint(1, 20))


def process(*, limit: int) -> None:
    """Take up whatever is due, in batches of that size."""
    while webhook_events.process_due(now=datetime.now(tz=UTC), limit=limit):
        pass


def _gathered(things: Sequence[Thing], *, dice: Random) -> list[Entry]:
    """Put each thing into the last value, a change or an entry of its own, as far as it fits."""
    entries: list[Entry] = []
    last: Thing | None = None
    for thing in things:
        fits_entry = last is not None and _fits_entry(thing, entries[-1])
        if last and fits_entry and _fits_value(thing, last) and dice.random() < 0.5:
            _add_to(entries[-1]["changes"][-1]["value"], thing)
        elif fits_entry and dice.random() < 0.5:
            entries[-1]["changes"] += _changes(thing)
        else:
            entries.append(_entry(thing))
        last = thing
    return entries


def _fits_value(thing: Thing, last: Thing) -> bool:
    same = thing.field == last.field and thing.number == last.number
    return bool(thing.listed) and same


def _fits_entry(thing: Thing, entry: Entry) -> bool:
    """Of all but messages and statuses the time of the entry is a part."""
    return thing.field == "messages" or thing.time == entry["time"]


def _entry(thing: Thing) -> Entry:
    return {"id": WABA, "time": thing.time, "changes": list(_changes(thing))}


def _changes(thing: Thing) -> Iterator[dict[str, Any]]:
    if not thing.listed:
        yield {"field": thing.field, "value": dict(thing.element)}
        return
    metadata = {"display_phone_number": "40300000000", "phone_number_id": thing.number}
    value: dict[str, Any] = {"messaging_product": "whatsapp", "metadata": metadata}
    _add_to(value, thing)
    yield {"field": thing.field, "value": value}


def _add_to(value: dict[str, Any], thing: Thing) -> None:
    value.setdefault(thing.listed, []).append(thing.element)
    if thing.contact and thing.contact not in value.setdefault("contacts", []):
        value["contacts"].append(thing.contact)


def _body(entries: list[Entry]) -> bytes:
    return json.dumps({"object": "whatsapp_business_account", "entry": entries}).encode()
