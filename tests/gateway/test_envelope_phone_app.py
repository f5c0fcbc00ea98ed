"""What a number in the phone app brings, told apart item by item."""

from __future__ import annotations

import pytest

from tests.gateway.envelopes import META, keys, post, value_of
from whatsapp.gateway import updates

SAID = {"id": "wamid.E", "from": "40300000000", "to": "1", "type": "text"}


def history(*threads, **chunk):
    return post(
        {"metadata": META, "history": [{"threads": list(threads), **chunk}]}, field="history"
    )


def test_each_echo_is_an_item_with_the_key_of_a_message():
    other = {**SAID, "id": "wamid.F", "to": "2"}
    contacts = [{"wa_id": "2", "profile": {"name": "Radu"}}]
    body = post(
        {"metadata": META, "contacts": contacts, "message_echoes": [SAID, other]},
        field="smb_message_echoes",
    )

    first, second = updates.split(body)

    assert (first.key, second.key) == ("message:wamid.E", "message:wamid.F")
    assert value_of(first) == {"metadata": META, "message_echoes": [SAID]}
    assert value_of(second)["contacts"] == contacts


def test_each_old_message_is_an_item_in_its_thread():
    mine, theirs = {**SAID, "id": "wamid.1"}, {"id": "wamid.2", "from": "2"}
    chunk = {"metadata": {"phase": 0, "chunk_order": 1, "progress": 55}}
    body = history({"id": "1", "messages": [mine]}, {"id": "2", "messages": [theirs]}, **chunk)

    first, second, rest = updates.split(body)

    assert value_of(first)["history"] == [{"threads": [{"id": "1", "messages": [mine]}]}]
    assert value_of(second)["history"] == [{"threads": [{"id": "2", "messages": [theirs]}]}]
    assert value_of(rest)["history"] == [chunk]
    assert {item.phone_number_id for item in (first, second, rest)} == {"555000000000001"}


def test_old_message_does_not_take_the_key_of_the_message_itself():
    alone = {"id": "1", "messages": [SAID]}
    file = post({"metadata": META, "messages": [SAID]}, field="history")

    told = keys(history(alone)) + keys(file)

    assert [key.partition(":")[0] for key in told] == ["history", "history"]
    assert len(set(told)) == 2


def test_old_message_has_one_key_in_any_chunk():
    one, two = {**SAID, "id": "wamid.1"}, {**SAID, "id": "wamid.2"}
    together = history({"id": "1", "messages": [one, two]}, metadata={"chunk_order": 1})
    apart = history({"id": "1", "messages": [two]}, metadata={"chunk_order": 2})

    assert keys(together)[1] == keys(apart)[0]


@pytest.mark.parametrize(
    "chunk",
    [{"errors": [{"code": 2593109}]}, {"threads": "x"}, {"threads": [], "metadata": {}}, "x", 7],
)
def test_chunk_of_another_shape_is_kept_whole(chunk):
    body = post({"metadata": META, "history": [chunk]}, field="history")

    (item,) = updates.split(body)

    assert value_of(item)["history"] == [chunk]


def test_each_entry_of_the_address_book_is_an_item():
    book = [{"type": "contact", "contact": {"phone_number": str(n)}} for n in range(2)]

    assert len(keys(post({"metadata": META, "state_sync": book}, field="smb_app_state_sync"))) == 2


@pytest.mark.parametrize("strange", [{"id": "2"}, {"id": "2", "messages": []}, "what"])
def test_thread_of_old_chats_without_messages_is_kept_as_it_is(strange):
    body = history({"id": "1", "messages": [SAID]}, strange)

    assert {"threads": [strange]} in [value_of(item)["history"][0] for item in updates.split(body)]
