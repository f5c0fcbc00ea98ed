"""People under a new number or BSUID."""

from __future__ import annotations

import pytest

from tests.gateway.parsing import at, parse_all, parse_message, parse_value
from whatsapp.domain.updates import IdentityUpdate, Person
from whatsapp.errors import WebhookProcessingError


def test_new_number_says_who_it_was_and_who_it_is(recorded):
    (message,) = parse_all(recorded("message_system_number"))

    assert message.person == Person(wa_id="40700000001")
    assert message.becomes == Person(wa_id="40700000009")


@pytest.mark.parametrize(
    ("message", "before"),
    [
        (
            {"from": "40700000001", "from_user_id": "RO.1"},
            Person(wa_id="40700000001", bsuid="RO.1"),
        ),
        ({"from": "", "from_user_id": None, "previous": "RO.1"}, Person(bsuid="RO.1")),
        ({"from": "", "body": "User A changed from RO.1 to RO.2"}, Person(bsuid="RO.1")),
        ({"from": ""}, Person(bsuid="RO.2")),
    ],
)
def test_new_user_id_is_read_wherever_meta_names_the_old_one(message, before):
    told = {"type": "user_changed_user_id", "user_id": "RO.2", "parent_user_id": "RO.ENT.2"}
    if "body" in message:
        told["body"] = message.pop("body")
    if "previous" in message:
        told["previous_user_id"] = message.pop("previous")

    update = parse_message(type="system", system=told, **message)

    assert (update.person, update.becomes) == (before, Person(bsuid="RO.2"))
    assert update.message_type == "SYSTEM"


@pytest.mark.parametrize(
    "message",
    [
        {"type": "system", "system": {"type": "customer_identity_changed", "wa_id": "407"}},
        {"type": "text", "system": {"type": "user_changed_number", "wa_id": "40700000009"}},
        {"type": "system", "system": {"type": "user_changed_number"}},
    ],
)
def test_nobody_moves_but_who_is_said_to(message):
    assert parse_message(**message).becomes is None


def test_user_id_update_is_one_item_for_each_person(recorded):
    first, second = parse_all(recorded("user_id_update"))

    assert first == IdentityUpdate(
        phone_number_id="555000000000001",
        before=Person(bsuid="RO.1000000000000001"),
        person=Person(wa_id="40700000001", bsuid="RO.1000000000000011"),
        happened_at=at(300),
    )
    assert (second.before, second.person) == (
        Person(bsuid="RO.1000000000000009"),
        Person(bsuid="RO.1000000000000019"),
    )


@pytest.mark.parametrize(
    "change", [{}, {"user_id": {"previous": "RO.1"}}, {"user_id": "RO.2"}, "RO.2"]
)
def test_user_id_update_without_a_new_id_is_refused(change):
    with pytest.raises(WebhookProcessingError, match="user id"):
        parse_value({"user_id_update": [change]}, field="user_id_update", time=1795000000)
