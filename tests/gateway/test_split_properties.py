"""Whatever is signed is kept, and a key does not depend on how Meta gathered things."""

from __future__ import annotations

import json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from whatsapp.domain.updates import Item
from whatsapp.errors import WebhookProcessingError
from whatsapp.gateway import updates

NAMES = st.sampled_from(
    [
        *("entry", "changes", "field", "value", "id", "time", "messages", "statuses", "errors"),
        *("contacts", "metadata", "phone_number_id", "wa_id", "user_id", "from", "type", "text"),
        *("body", "status", "timestamp", "code", "user_preferences", "message_template_id"),
        *("history", "threads", "message_echoes", "state_sync", "to", "contact", "event"),
    ]
)
WORDS = st.sampled_from(
    [
        *("messages", "user_preferences", "text", "image", "sent", "failed"),
        *("history", "smb_message_echoes", "smb_app_state_sync", "account_update", "security"),
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=4), inner),
    max_leaves=25,
)
CHANGES = st.fixed_dictionaries({"field": WORDS, "value": ANYTHING})
ENTRIES = st.fixed_dictionaries({"id": LEAVES, "changes": st.lists(CHANGES, max_size=3)})
BODIES = st.binary(max_size=200) | (
    ANYTHING | st.fixed_dictionaries({"entry": st.lists(ENTRIES, max_size=3)})
).map(lambda value: json.dumps(value).encode())


@given(BODIES)
def test_no_signed_body_is_lost_or_raises(body):
    items = updates.split(body)

    assert items
    assert updates.split(body) == items
    for item in items:
        assert_storable(item)
        parse_or_refuse(item)


def assert_storable(item: Item) -> None:
    assert item.key.isascii()
    assert item.payload.isascii()
    assert len(item.key) <= 520
    for column in (item.field, item.phone_number_id):
        assert len(column) <= 64
        assert "\x00" not in column
        column.encode()


def parse_or_refuse(item: Item) -> None:
    with suppress(WebhookProcessingError):
        updates.parse(field=item.field, payload=item.payload)


IDS = st.sampled_from(["1", "2", "3"])
MESSAGES = st.fixed_dictionaries(
    {"id": st.text(min_size=1, max_size=6), "from": IDS, "type": st.text(max_size=4)}
)
STATUSES = st.fixed_dictionaries(
    {"id": IDS, "status": st.sampled_from(["sent", "read", "failed"]), "recipient_id": IDS},
    optional={"errors": st.lists(st.fixed_dictionaries({"code": st.integers(0, 3)}), max_size=2)},
)
THINGS = st.tuples(st.just("messages"), MESSAGES) | st.tuples(st.just("statuses"), STATUSES)
CONTACTS = [{"wa_id": one, "profile": {"name": f"Person {one}"}} for one in "123"]


def post(*groups, compact=False):
    """A body whose entries hold one group of things each, spaced as we or as Meta would."""
    entries = []
    for group in groups:
        value: dict = {"metadata": {"phone_number_id": "5"}, "contacts": CONTACTS}
        for name, thing in group:
            value.setdefault(name, []).append(thing)
        entries.append({"id": "7", "changes": [{"field": "messages", "value": value}]})
    told = {"object": "whatsapp_business_account", "entry": entries}
    return json.dumps(told, separators=(",", ":") if compact else None).encode()


@given(st.lists(THINGS, min_size=1, max_size=8), st.integers(0, 8))
def test_the_same_thing_has_the_same_key_and_payload_in_any_batch(things, cut):
    def told(*bodies):
        items = [item for body in bodies for item in updates.split(body)]
        return {(i.key, json.dumps(json.loads(i.payload), sort_keys=True)) for i in items}

    alone = told(*(post([thing], compact=True) for thing in things))
    together = told(post(things))
    in_two_posts = told(*(post(part) for part in (things[:cut], things[cut:]) if part))
    in_two_entries = told(post(*(part for part in (things[cut:], things[:cut]) if part)))

    assert alone == together == in_two_posts == in_two_entries


@given(CHANGES, st.integers(0, 10**12))
def test_text_of_a_lone_change_is_kept_and_says_what_was_read(change, time):
    envelope = {"object": "whatsapp_business_account", "entry": [{"id": "7", "time": time}]}
    envelope["entry"][0]["changes"] = [change]

    as_written = updates.split(json.dumps(envelope, separators=(",", ":")).encode())
    read_again = updates.split(json.dumps(envelope).encode())

    def told(items):
        return [
            (i.key, i.field, i.phone_number_id, json.dumps(json.loads(i.payload), sort_keys=True))
            for i in items
        ]

    assert told(as_written) == told(read_again)
