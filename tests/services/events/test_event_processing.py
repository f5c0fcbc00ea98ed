"""Whatever Meta posts takes effect once, or ends in a verdict."""

import json
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests import webhook_bodies as bodies
from tests.factories import BusinessNumberFactory, MessageFactory
from tests.services.receiving.steps import outcomes, process
from whatsapp.models import Contact, Conversation, Message, WebhookEvent
from whatsapp.services import webhook_events

pytestmark = pytest.mark.django_db

PAYLOADS = sorted((Path(__file__).parents[2] / "payloads").glob("*.json"))


# Processing


def test_batch_with_several_entries_takes_effect(number):
    message = MessageFactory(external_message_id="wamid.OUT")
    first = {
        "id": "1",
        "changes": [{"field": "messages", "value": bodies.messages(bodies.text("wamid.A"))}],
    }
    second = {
        "id": "2",
        "changes": [
            {"field": "messages", "value": bodies.statuses(bodies.status("read", "wamid.OUT"))}
        ],
    }
    webhook_events.record(body=bodies.envelope(first, second))

    assert process() == 2

    message.refresh_from_db()
    assert message.delivery_status == "READ"
    assert Message.objects.received().get().external_message_id == "wamid.A"
    assert set(outcomes().values()) == {("processed", "applied")}
    assert all(event.processed_at for event in WebhookEvent.objects.all())


def test_same_body_ten_times_has_one_effect(number):
    raw = bodies.body(bodies.messages(bodies.text("wamid.A")))

    for _ in range(10):
        webhook_events.record(body=raw)
        process()

    conversation = Conversation.objects.get()
    assert conversation.unread_count == 1
    assert conversation.message_count == 1
    assert Message.objects.count() == 1


def test_messages_of_one_person_are_taken_in_metas_order(number):
    later = bodies.text("wamid.LATER", "Doi", at=5)
    sooner = bodies.text("wamid.SOONER", "Unu", at=1)
    webhook_events.record(body=bodies.body(bodies.messages(later)))
    webhook_events.record(body=bodies.body(bodies.messages(sooner)))

    process()

    ids = list(Message.objects.order_by("id").values_list("external_message_id", flat=True))
    assert ids == ["wamid.SOONER", "wamid.LATER"]
    assert Conversation.objects.get().last_message_preview == "Doi"


@pytest.mark.parametrize("order", list(permutations([0, 3, 7])))
def test_wait_begins_with_the_oldest_message_in_whatever_order_they_come(number, order):
    for at in order:
        item = bodies.text(f"wamid.{at}", f"Mesajul {at}", at=at)
        webhook_events.record(body=bodies.body(bodies.messages(item)))
        process()

    conversation = Conversation.objects.get()
    first = datetime.fromtimestamp(bodies.SECOND, UTC)
    assert conversation.waiting_since == first
    assert conversation.response_due_at == first + timedelta(hours=2)
    assert conversation.last_inbound_at == first + timedelta(seconds=7)
    assert conversation.last_message_preview == "Mesajul 7"
    assert conversation.unread_count == 3


def test_unknown_field_is_kept_and_closed_with_words(number):
    webhook_events.record(body=bodies.body({"x": 1}, field="future_field"))

    process()

    event = WebhookEvent.objects.get()
    assert (event.status, event.outcome) == ("processed", "unsupported")
    assert "future_field" in event.error
    assert event.value("value.x") == 1


@pytest.mark.parametrize("raw", [b"no json", b"\xff\x00", b"[1, 2]"])
def test_unreadable_body_is_closed_as_unsupported(number, raw):
    webhook_events.record(body=raw)

    process()

    assert list(outcomes().values()) == [("processed", "unsupported")]


def test_nul_and_lone_surrogates_do_no_harm(number):
    raw = bodies.body(bodies.messages(bodies.text("wamid.A", "a\x00b\ud800c")))
    webhook_events.record(body=raw)

    process()

    message = Message.objects.get()
    assert message.message_text == "a\ufffdb\ufffdc"
    assert message.content["text"]["body"] == "a\ufffdb\ufffdc"
    assert WebhookEvent.objects.get().value("value.messages.0.text.body") == "a\x00b\ud800c"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("message_template_status_update", {"event": "APPROVED"}),
        ("user_preferences", {"user_preferences": [{"category": "marketing_messages"}]}),
        ("account_update", {"event": "ACCOUNT_VIOLATION"}),
    ],
)
def test_incomplete_item_ends_in_a_verdict(number, field, value):
    webhook_events.record(body=bodies.body(value, field=field))

    process()

    event = WebhookEvent.objects.get()
    assert event.outcome in ("unsupported", "not ours") or event.attempts == 1
    assert event.error or event.outcome


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_everything_meta_posts_ends_in_an_outcome(number, path):
    webhook_events.record(body=path.read_bytes())

    process(now=datetime.now(tz=UTC) + timedelta(minutes=10))  # no status waits any more

    rows = WebhookEvent.objects.values_list("status", "outcome", "error")
    assert all(status == "processed" and outcome for status, outcome, _ in rows), rows


# Anything at all


KEYS = st.sampled_from(
    (
        *("entry", "changes", "field", "value", "messages", "statuses", "contacts", "metadata"),
        *("id", "from", "timestamp", "type", "text", "body", "status", "errors"),
    )
) | st.text(max_size=5)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "metadata": st.just({"phone_number_id": bodies.NUMBER}) | ANYTHING,
        "contacts": ANYTHING,
        "messages": st.lists(st.dictionaries(KEYS, ANYTHING, max_size=8), max_size=3),
        "statuses": st.lists(st.dictionaries(KEYS, ANYTHING, max_size=8), max_size=3),
    },
)
BODIES = (
    st.binary(max_size=60)
    | ANYTHING.map(lambda value: json.dumps(value).encode())
    | VALUES.map(lambda value: bodies.body(value))
)


class ArbitraryBodies(TestCase):
    @given(raw=BODIES)
    @settings(max_examples=100, deadline=None)
    def test_whatever_is_signed_is_kept_and_gets_a_verdict(self, raw):
        BusinessNumberFactory()

        new = webhook_events.record(body=raw)
        process()

        assert new == WebhookEvent.objects.count() > 0
        assert not WebhookEvent.objects.pending().filter(attempts=0).exists()


def test_new_user_id_takes_the_thread_along(number):
    item = bodies.text("wamid.A") | {"from_user_id": "RO.1"}
    webhook_events.record(body=bodies.body(bodies.messages(item)))
    process()
    change = {
        "user_id": {"previous": "RO.1", "current": "RO.2"},
        "parent_user_id": {"previous": "RO.ENT.1", "current": "RO.ENT.2"},
        "timestamp": str(bodies.SECOND + 60),
    }
    value = {"messaging_product": "whatsapp", "user_id_update": [change]}
    webhook_events.record(body=bodies.body(value, field="user_id_update"))

    process()
    later = bodies.text("wamid.B", at=90) | {"from_user_id": "RO.2"}
    del later["from"]
    webhook_events.record(body=bodies.body(bodies.messages(later)))
    process()

    assert {outcome for _, outcome in outcomes().values()} == {"applied"}
    contact = Contact.objects.get()
    assert (contact.bsuid, contact.phone) == ("RO.2", "+40700000001")
    assert Conversation.objects.get().message_count == 2


def test_new_user_id_told_to_a_number_that_is_not_ours_changes_nothing(number):
    metadata = {"phone_number_id": "999"}
    change = {"user_id": {"previous": "RO.1", "current": "RO.2"}, "timestamp": "1795000000"}
    value = {"metadata": metadata, "user_id_update": [change]}
    webhook_events.record(body=bodies.body(value, field="user_id_update"))

    process()

    assert {outcome for _, outcome in outcomes().values()} == {"not ours"}
    assert not Contact.objects.exists()
