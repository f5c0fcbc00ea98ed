"""Who is meant: the ids and names that Meta gives beside a message, a status or a preference."""

from __future__ import annotations

from typing import Any

from whatsapp.domain.updates import Person
from whatsapp.errors import WebhookProcessingError
from whatsapp.gateway.reading import first, record, text

_LONGEST_NAME = 64  # the column's; what a person calls oneself must not cost us their words


def person_of(value: dict[str, Any], *, wa_id: str, bsuid: str) -> Person:
    """The person with these ids, completed from ``contacts``; either id may be missing, not both.

    The phone is left out for those who go by a username.
    """
    contact = first(value.get("contacts"))
    profile = record(contact.get("profile"))
    person = Person(
        wa_id=wa_id or text(contact.get("wa_id")),
        bsuid=bsuid or text(contact.get("user_id")),
        username=text(profile.get("username"))[:_LONGEST_NAME],
        profile_name=text(profile.get("name")),
    )
    if not (person.wa_id or person.bsuid):
        raise WebhookProcessingError("Nobody is named: neither a phone nor a user id.")
    return person


def number_of(value: dict[str, Any]) -> str:
    """Our phone number id that it came to."""
    return text(record(value.get("metadata")).get("phone_number_id"))
