"""A POST of Meta told apart item by item, each with its own key."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.gateway.envelopes import META, keys, post, value_of
from whatsapp.gateway import updates


def test_every_item_of_a_mixed_batch_has_its_own_key(recorded):
    items = updates.split(recorded("batch_mixed"))

    assert [item.key for item in items[:4]] == [
        "message:wamid.TESTIN0033",
        "message:wamid.TESTIN0034",
        "status:wamid.TESTOUT0009:read",
        "status:wamid.TESTOUT0009:sent",
    ]
    assert items[4].key.startswith("future_field:")
    assert [item.phone_number_id for item in items] == ["555000000000001"] * 4 + [""]
    assert [item.field for item in items] == ["messages"] * 4 + ["future_field"]


def test_payload_is_one_item_in_metas_own_shape(recorded):
    first, second, *_ = updates.split(recorded("batch_mixed"))

    payload = json.loads(first.payload)
    assert payload["entry"] == {"id": "777000000000001"}
    assert payload["field"] == "messages"
    assert payload["value"]["metadata"] == META
    assert [one["wa_id"] for one in payload["value"]["contacts"]] == ["40700000001"]
    assert len(payload["value"]["messages"]) == 1
    assert [one["user_id"] for one in value_of(second)["contacts"]] == ["RO.1000000000000009"]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("status_failed", "status:wamid.TESTOUT0001:failed:131026"),
        ("status_read", "status:wamid.TESTOUT0001:read"),
        ("status_group", "status:wamid.TESTOUT0001:read:40700000001"),
        (
            "template_approved",
            "template:777000000000001:880000000000001:message_template_status_update"
            ":APPROVED:1795000100",
        ),
    ],
)
def test_keys_are_those_of_the_design(recorded, name, key):
    assert keys(recorded(name)) == [key]


def test_template_changes_without_an_event_differ_by_what_they_say(recorded):
    announced, changed = (
        keys(recorded(name))[0]
        for name in ("template_category_announced", "template_category_changed")
    )

    start = "template:777000000000001:880000000000001:template_category_update:"
    assert announced.startswith(start)
    assert changed.startswith(start)
    assert announced != changed


def test_other_fields_are_told_apart_by_account_time_and_value():
    same = post({"b": 1, "a": 2}, field="security", time=5)
    reordered = post({"a": 2, "b": 1}, field="security", time=5)
    later = post({"a": 2, "b": 1}, field="security", time=6)

    assert keys(same) == keys(reordered)
    assert keys(same) != keys(later)


def test_each_preference_of_a_batch_is_an_item():
    stop, resume = ({"wa_id": str(n), "value": v} for n, v in ((1, "stop"), (2, "resume")))
    together = post(
        {"metadata": META, "user_preferences": [stop, resume]}, field="user_preferences"
    )
    alone = post({"metadata": META, "user_preferences": [resume]}, field="user_preferences")

    assert len(keys(together)) == 2
    assert keys(together)[1] == keys(alone)[0]


def test_value_errors_and_unknown_lists_beside_messages_are_kept():
    message = {"id": "wamid.A", "from": "1"}
    body = post({"metadata": META, "messages": [message], "errors": [{"code": 1}], "novelty": [7]})

    message_item, error_item, rest_item = updates.split(body)

    assert message_item.key == "message:wamid.A"
    assert value_of(error_item) == {"metadata": META, "errors": [{"code": 1}]}
    assert value_of(rest_item) == {"metadata": META, "novelty": [7]}


def test_contact_of_a_stranger_is_never_lent():
    contacts = [{"wa_id": "2", "user_id": "RO.2", "profile": {"name": "Other"}}]
    known = {"id": "wamid.A", "from": "1"}
    anonymous = {"id": "wamid.B"}
    body = post({"contacts": contacts, "messages": [known, anonymous]})

    first, second = updates.split(body)

    assert "contacts" not in value_of(first)
    assert value_of(second)["contacts"] == contacts


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe\x00garbage",
        b"not json",
        b"[]",
        b"null",
        b"{}",
        b'{"object":"page","entry":[]}',
        b'{"entry":{"id":"1"}}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"9" * 5_000,
    ],
)
def test_body_that_is_no_envelope_is_one_item_with_all_its_bytes(body):
    (item,) = updates.split(body)

    assert item.key == f"body:{hashlib.sha256(body).hexdigest()}"
    assert item.payload.isascii()
    assert json.loads(item.payload)["value"].encode("utf-8", "surrogateescape") == body


def test_odd_elements_are_kept_beside_good_ones():
    good = {
        "id": "1",
        "changes": [{"field": "messages", "value": {"messages": [{"id": "wamid.A"}, 5]}}],
    }
    body = json.dumps({"entry": [None, {"id": "2", "messaging": [1]}, {"changes": [3]}, good]})

    found = updates.split(body.encode())

    assert len(found) == 5
    assert found[3].key == "message:wamid.A"
    assert value_of(found[4])["messages"] == [5]


def test_nul_and_lone_surrogates_survive_in_ascii():
    message = {"id": "w\x00\ud800", "text": {"body": "a\x00\ud800"}}
    body = post({"messages": [message]})

    (item,) = updates.split(body)

    assert item.key == r"message:w\ufffd\ufffd"
    assert r"a\u0000\ud800" in item.payload
    assert value_of(item)["messages"] == [message]


def test_names_fit_their_columns():
    wamid = "wamid." + "A" * 9_000
    value = {"metadata": {"phone_number_id": "5" * 900}, "messages": [{"id": wamid}]}
    body = post(value)
    strange = post({}, field="f\x00" * 900)

    (item,) = updates.split(body)
    (other,) = updates.split(strange)

    assert item.key == f"message:{hashlib.sha256(f'message:{wamid}'.encode()).hexdigest()}"
    assert len(item.phone_number_id) == 64
    assert len(other.field) == 64
    assert "\x00" not in other.field
    assert len(other.key) < 600


def test_a_thousand_statuses_are_a_thousand_items():
    statuses = [{"id": f"wamid.{n}", "status": "sent", "recipient_id": str(n)} for n in range(1000)]
    contacts = [{"wa_id": str(n)} for n in range(1000)]

    items = updates.split(post({"metadata": META, "contacts": contacts, "statuses": statuses}))

    assert len({item.key for item in items}) == 1000
    assert value_of(items[7])["contacts"] == [{"wa_id": "7"}]


USUAL = '{"object":"whatsapp_business_account","entry":[{"id":"7","changes":['
LONE = '{"value":{"metadata":{"phone_number_id":"5"},"messages":[{"id":"wamid.A","n":1.0}]},%s}'


def test_text_of_a_lone_change_is_kept_as_it_came():
    change = LONE % '"field":"messages"'

    (item,) = updates.split((USUAL + change + "]}]}").encode())

    assert item.key == "message:wamid.A"
    assert item.payload == change[:-1] + ',"entry":{"id":"7"}}'


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (LONE % '"field":"messages","entry":{"id":"8"}', {"entry": {"id": "7"}}),
        (LONE % '"field":"messages"' + '],"changes":[{"field":"x","value":1}', {"value": 1}),
        (LONE % '"field":"a\\u0000"', {"field": "a\ufffd"}),
        (LONE % '"field":"messages","note":"ă"', {"note": "ă"}),
    ],
)
def test_a_change_means_the_same_however_its_body_is_written(change, told):
    body = USUAL + change + "]}]}"

    (kept,) = updates.split(body.encode())
    (rewritten,) = updates.split(body.replace("{", "{ ", 1).encode())

    assert (kept.key, kept.field) == (rewritten.key, rewritten.field)
    assert json.loads(kept.payload) == json.loads(rewritten.payload)
    assert json.loads(kept.payload).items() >= told.items()
    assert kept.payload.isascii()


def test_space_before_a_change_does_not_make_it_unreadable():
    (item,) = updates.split((USUAL + " " + LONE % '"field":"messages"' + "]}]}").encode())

    assert item.key == "message:wamid.A"


@pytest.mark.parametrize("end", ["]}]", "]}]}}", '],"time":}]}', "]}]} 1"])
def test_body_that_only_begins_as_usual_is_kept_whole(end):
    body = (USUAL + LONE % '"field":"messages"' + end).encode()

    (item,) = updates.split(body)

    assert item.key == f"body:{hashlib.sha256(body).hexdigest()}"
