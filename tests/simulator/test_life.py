"""The life of a message, seen by the two who talk to the simulator."""

from tests.simulator_process import NUMBER_ID

PHONE = "+40712000001"


def text_to(phone: str, body: str = "Bună ziua!", **more: object) -> dict[str, object]:
    return {
        "messaging_product": "whatsapp",
        "to": phone,
        "type": "text",
        "text": {"body": body},
        **more,
    }


def test_a_text_is_accepted_sent_delivered_and_read(sim, receiver):
    sim.inbound_text(PHONE, "Unde e comanda mea?", name="Ana")

    status, answer = sim.graph(
        "POST", f"{NUMBER_ID}/messages", text_to(PHONE, biz_opaque_callback_data="u1:1")
    )

    wamid = answer["messages"][0]["id"]
    assert status == 200
    assert answer["contacts"] == [{"input": PHONE, "wa_id": "40712000001"}]
    sim.wait_for(lambda: len(receiver.statuses(wamid)) == 3)
    assert [s["status"] for s in receiver.statuses(wamid)] == ["sent", "delivered", "read"]
    assert {s["biz_opaque_callback_data"] for s in receiver.statuses(wamid)} == {"u1:1"}
    assert {s["recipient_id"] for s in receiver.statuses(wamid)} == {"40712000001"}
    assert all(receiver.signed_right)


def test_the_bytes_on_the_wire_are_escaped_and_signed_as_they_are(sim, receiver):
    sim.inbound_text(PHONE, "Ană/Șerban")

    sim.wait_for(lambda: receiver.bodies)

    assert b'"An\\u0103\\/\\u0218erban"' in receiver.bodies[0]
    assert receiver.signed_right == [True]


def test_the_ledger_keeps_what_was_accepted_and_when(sim):
    sim.inbound_text(PHONE, "Bună")
    body = text_to(PHONE, biz_opaque_callback_data="u2:1")

    first = sim.graph("POST", f"{NUMBER_ID}/messages", body)[1]["messages"][0]["id"]
    second = sim.graph("POST", f"{NUMBER_ID}/messages", body)[1]["messages"][0]["id"]

    rows = sim.ledger()
    assert [row["wamid"] for row in rows] == [first, second]
    assert rows[0]["body"] == body
    assert rows[0]["arrived_monotonic"] < rows[1]["arrived_monotonic"]
    assert sim.duplicates() == {
        "callback": {"u2:1": [first, second]},
        "message": {"u2": [first, second]},
    }


def test_only_a_right_token_is_served(sim):
    status, answer = sim.graph("POST", f"{NUMBER_ID}/messages", text_to(PHONE), token="old")

    assert (status, answer["error"]["code"]) == (401, 190)
    assert sim.ledger() == []


def test_a_reset_forgets_messages_and_planned_statuses(sim, receiver):
    sim.settings(sent_after=0.3)
    sim.inbound_text(PHONE, "Bună")
    sim.graph("POST", f"{NUMBER_ID}/messages", text_to(PHONE))

    sim.reset()

    assert sim.ledger() == []
    assert sim.webhooks()["idle"] is True


def test_the_webhook_is_verified_with_the_token(sim):
    assert sim.verify() is True

    sim.settings(verify_token="another")

    assert sim.verify() is False
