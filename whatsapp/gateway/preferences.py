"""What a customer wants to get: marketing stopped or resumed inside WhatsApp."""

from __future__ import annotations

from typing import Any

from whatsapp.domain.updates import PreferenceUpdate, UnsupportedUpdate
from whatsapp.errors import WebhookProcessingError
from whatsapp.gateway.people import number_of, person_of
from whatsapp.gateway.reading import first, moment, record, text

_MARKETING = {"stop": False, "resume": True}


def parse(item: dict[str, Any]) -> PreferenceUpdate | UnsupportedUpdate:
    """Read a preference; raises WebhookProcessingError without a person or a time."""
    value = record(item.get("value"))
    preference = first(value.get("user_preferences"))
    category, wish = text(preference.get("category")), text(preference.get("value"))
    if category != "marketing_messages" or wish not in _MARKETING:
        return UnsupportedUpdate(why=f"No rule for the preference {category!r}: {wish!r}.")
    happened_at = moment(preference.get("timestamp"), record(item.get("entry")).get("time"))
    if happened_at is None:
        raise WebhookProcessingError("The preference has no time.")
    return PreferenceUpdate(
        phone_number_id=number_of(value),
        person=person_of(
            value, wa_id=text(preference.get("wa_id")), bsuid=text(preference.get("user_id"))
        ),
        happened_at=happened_at,
        marketing=_MARKETING[wish],
    )
