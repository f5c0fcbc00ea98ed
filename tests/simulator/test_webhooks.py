"""Webhooks: signed, repeated until 200, and every way they can go wrong."""

import json

import pytest

from tests.simulator.bodies import PHONE, send, text_to, wamid_of


def test_the_webhook_is_verified_with_the_token(sim):
    assert sim.verify() is True

    sim.settings(verify_token="another")

    assert sim.verify() is False


def test_an_address_that_is_none_is_refused(sim):
    with pytest.raises(AssertionError, match="not an http"):
        sim.settings(webhook_url="ftp://example")


def test_a_refused_webhook_comes_again_with_the_same_bytes(sim, receiver):
    receiver.answers = [503, 500]

    sim.inbound_text(PHONE, "Bună")

    sim.wait_for(lambda: len(receiver.bodies) == 3)
    sim.wait_until_idle()
    assert len(set(receiver.bodies)) == 1
    assert all(receiver.signed_right)
    assert {k: sim.webhooks()[k] for k in ("posts", "ok", "refused")} == {
        "posts": 3,
        "ok": 1,
        "refused": 2,
    }


def test_a_webhook_is_given_up_at_the_limit(sim, receiver):
    sim.settings(redelivery_limit=2)
    receiver.answers = [500] * 5

    sim.inbound_text(PHONE, "Bună")

    sim.wait_until_idle()
    assert len(receiver.bodies) == 2
    assert sim.webhooks()["given_up"] == 1


def test_webhooks_wait_for_an_app_that_is_away(sim, receiver, receiver_server):
    sim.settings(webhook_url="http://127.0.0.1:9/hook")
    sim.inbound_text(PHONE, "Bună")

    sim.wait_for(lambda: sim.webhooks()["unanswered"] >= 1)

    assert receiver.bodies == []
    assert sim.webhooks()["waiting_for_redelivery"] == 1


def test_a_webhook_is_duplicated_byte_for_byte(sim, receiver):
    sim.fault("duplicate", next=1, seconds=0)

    sim.inbound_text(PHONE, "Bună")

    sim.wait_for(lambda: len(receiver.bodies) == 2)
    assert receiver.bodies[0] == receiver.bodies[1]


def test_held_webhooks_come_when_released_in_the_order_asked(sim, receiver):
    sim.inbound_text(PHONE, "Bună")
    sim.fault("hold")
    wamid = wamid_of(send(sim, text_to()))
    sim.wait_for(lambda: sim.webhooks()["held"] == 3)
    assert receiver.statuses(wamid) == []

    assert sim.release(order="reverse", together=True) == 3

    sim.wait_until_idle()
    assert [s["status"] for s in receiver.statuses(wamid)] == ["read", "delivered", "sent"]
    assert len(receiver.bodies) == 2


def test_a_status_is_overtaken(sim, receiver):
    sim.inbound_text(PHONE, "Bună")
    sim.fault("reorder", status_name="sent", seconds=0.3)

    wamid = wamid_of(send(sim, text_to()))

    sim.wait_for(lambda: len(receiver.statuses(wamid)) == 3)
    assert [s["status"] for s in receiver.statuses(wamid)] == ["delivered", "read", "sent"]


def test_updates_are_batched_in_one_post(sim, receiver):
    sim.fault("batch", size=4, seconds=5)

    for number in range(4):
        sim.inbound_text(f"+4071200000{number}", f"mesaj {number}")

    sim.wait_for(lambda: receiver.bodies)
    (body,) = receiver.bodies
    (entry,) = json.loads(body)["entry"]
    assert [m["text"]["body"] for m in entry["changes"][0]["value"]["messages"]] == [
        "mesaj 0",
        "mesaj 1",
        "mesaj 2",
        "mesaj 3",
    ]
    assert len(entry["changes"][0]["value"]["contacts"]) == 4


def test_wrong_signatures_and_altered_bodies_do_not_verify(sim, receiver):
    for kind in ("wrong_signature", "missing_signature", "altered_body"):
        sim.fault(kind, next=1)

    for number in range(4):
        sim.inbound_text(PHONE, f"mesaj {number}")

    sim.wait_until_idle()
    assert sorted(receiver.signed_right) == [False, False, False, True]
    assert all(json.loads(body) for body in receiver.bodies)


def test_a_dropped_status_never_comes(sim, receiver):
    sim.inbound_text(PHONE, "Bună")
    sim.fault("drop", status_name="delivered")

    wamid = wamid_of(send(sim, text_to()))

    sim.wait_until_idle()
    assert [s["status"] for s in receiver.statuses(wamid)] == ["sent", "read"]


def test_any_webhook_can_be_posted_signed(sim, receiver):
    sim.webhook(field="account_update", value={"event": "ACCOUNT_RESTRICTION"})
    sim.webhook(raw="no json at all")
    sim.webhook(body={"object": "x", "entry": []}, signature="sha256=00", times=2)

    sim.wait_until_idle()

    assert sorted(receiver.signed_right) == [False, False, True, True]
    assert b"no json at all" in receiver.bodies


def test_without_a_subscription_nothing_is_posted(sim, receiver):
    assert sim.graph("DELETE", "777000000000001/subscribed_apps") == (200, {"success": True})
    sim.inbound_text(PHONE, "Bună")
    assert sim.graph("POST", "777000000000001/subscribed_apps", {}) == (200, {"success": True})
    heard = sim.inbound_text(PHONE, "Mai sunteți?")["id"]

    sim.wait_until_idle()

    assert [message["id"] for message in receiver.messages()] == [heard]
