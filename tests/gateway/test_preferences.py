"""What a customer wants to get, as Meta tells it."""

from __future__ import annotations

import pytest

from tests.gateway.parsing import at, parse_all, parse_value
from whatsapp.domain.updates import Person, PreferenceUpdate, UnsupportedUpdate
from whatsapp.errors import WebhookProcessingError


def test_preferences_are_consent(recorded):
    stop, resume = (parse_all(recorded(f"preference_{name}"))[0] for name in ("stop", "resume"))

    assert stop == PreferenceUpdate(
        phone_number_id="555000000000001",
        person=Person(wa_id="40700000001", profile_name="Ana Ionescu"),
        happened_at=at(200),
        marketing=False,
    )
    assert resume.person == Person(bsuid="RO.1000000000000009", profile_name="Mihai")
    assert resume.marketing is True


@pytest.mark.parametrize(
    "preference", [{"category": "utility", "value": "stop"}, {"category": "marketing_messages"}]
)
def test_unknown_preference_changes_nothing(preference):
    value = {"user_preferences": [preference | {"wa_id": "1", "timestamp": 1795000000}]}

    assert isinstance(parse_value(value, field="user_preferences"), UnsupportedUpdate)


def test_preference_without_a_time_cannot_be_read():
    wish = {"wa_id": "1", "category": "marketing_messages", "value": "stop"}

    with pytest.raises(WebhookProcessingError):
        parse_value({"user_preferences": [wish]}, field="user_preferences")
