"""A person under a new number or a new BSUID, as ``user_id_update`` and system messages tell it.

Meta names who it was in several places: the sender, ``previous_user_id``, or only the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from whatsapp.domain.updates import IdentityUpdate, Person
from whatsapp.errors import WebhookProcessingError
from whatsapp.gateway.people import number_of
from whatsapp.gateway.reading import first, moment, record, text

FIELD = "user_id_update"
MOVES = ("user_changed_number", "customer_changed_number", "user_changed_user_id")
_FROM_TO = re.compile(
    r"from (?P<before>[A-Z]{2}\.[A-Za-z0-9.]+) to (?P<after>[A-Z]{2}\.[A-Za-z0-9.]+)"
)


def parse(item: dict[str, Any]) -> IdentityUpdate:
    """Read a new BSUID; raises WebhookProcessingError without one or without a time.

    The parent's BSUID changes beside it and names nobody here.
    """
    value = record(item.get("value"))
    change = first(value.get(FIELD))
    bsuid = record(change.get("user_id"))
    happened_at = moment(change.get("timestamp"), record(item.get("entry")).get("time"))
    if not text(bsuid.get("current")) or happened_at is None:
        raise WebhookProcessingError("The new user id, or its time, is missing.")
    return IdentityUpdate(
        phone_number_id=number_of(value),
        before=Person(bsuid=text(bsuid.get("previous"))),
        person=Person(wa_id=text(change.get("wa_id")), bsuid=text(bsuid.get("current"))),
        happened_at=happened_at,
    )


def names_of(message: dict[str, Any]) -> tuple[str, str]:
    """The number and BSUID of who sent a message: of one who moved, those from before."""
    told = _told(message)
    said = _said(told)
    return (
        text(message.get("from")),
        _first(message.get("from_user_id"), told.get("previous_user_id"), said.get("before")),
    )


def becomes(message: dict[str, Any]) -> Person | None:
    """Who the sender is from now on; None but for a message that says so."""
    told = _told(message)
    after = Person(
        wa_id=_first(told.get("wa_id"), told.get("new_wa_id")),
        bsuid=_first(told.get("user_id"), _said(told).get("after")),
    )
    return after if after.wa_id or after.bsuid else None


def _told(message: dict[str, Any]) -> dict[str, Any]:
    told = record(message.get("system"))
    return told if message.get("type") == "system" and told.get("type") in MOVES else {}


def _said(told: dict[str, Any]) -> dict[str, str]:
    found = _FROM_TO.search(text(told.get("body")))
    return found.groupdict() if found else {}


def _first(*given: object) -> str:
    texts: Iterable[str] = map(text, given)
    return next(filter(None, texts), "")
