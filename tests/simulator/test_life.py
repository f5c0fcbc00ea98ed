"""The life of a message, seen by the two who talk to the simulator."""

from tests.simulator.bodies import PHONE, body_of, code_of, send, text_to, wamid_of
from tests.simulator_process import NUMBER_ID


def test_a_text_is_accepted_sent_delivered_and_read(sim, receiver):
    sim.inbound_text(PHONE, "Unde e comanda mea?", name="Ana")

    status, answer = send(sim, text_to(biz_opaque_callback_data="u1:1"))

    wamid = answer["messages"][0]["id"]
    assert status == 200
    assert answer["contacts"] == [{"input": PHONE, "wa_id": "40712000001"}]
    sim.wait_for(lambda: len(receiver.statuses(wamid)) == 3)
    assert [s["status"] for s in receiver.statuses(wamid)] == ["sent", "delivered", "read"]
    assert {s["biz_opaque_callback_data"] for s in receiver.statuses(wamid)} == {"u1:1"}
    assert {s["recipient_id"] for s in receiver.statuses(wamid)} == {"40712000001"}
    assert all(receiver.signed_right)


def test_sent_and_delivered_carry_the_price_and_read_does_not(sim, receiver):
    sim.inbound_text(PHONE, "Bună")

    wamid = wamid_of(send(sim, text_to()))

    sim.wait_for(lambda: len(receiver.statuses(wamid)) == 3)
    sent, delivered, read = receiver.statuses(wamid)
    assert sent["pricing"] == {
        "billable": False,
        "pricing_model": "PMP",
        "type": "free_customer_service",
        "category": "service",
    }
    assert delivered["pricing"] == sent["pricing"]
    assert "pricing" not in read


def test_a_reaction_is_only_ever_sent(sim, receiver):
    theirs = sim.inbound_text(PHONE, "Bună")["id"]

    wamid = wamid_of(send(sim, body_of("reaction", {"message_id": theirs, "emoji": "👍"})))

    sim.wait_until_idle()
    assert [s["status"] for s in receiver.statuses(wamid)] == ["sent"]


def test_a_reaction_to_what_is_gone_fails_later_and_is_not_shown(sim, receiver):
    old = sim.inbound_text(PHONE, "Bună")["id"]
    stranger = sim.inbound_text("+40712000009", "Bună")["id"]
    sim.clock(advance=31 * 24 * 3600)
    sim.inbound_text(PHONE, "Mai sunteți?")

    wamids = [
        wamid_of(send(sim, body_of("reaction", {"message_id": target, "emoji": "👍"})))
        for target in (old, stranger, "wamid.UNKNOWN")
    ]

    sim.wait_until_idle()
    for wamid in wamids:
        (failed,) = receiver.statuses(wamid)
        assert (failed["status"], failed["errors"][0]["code"]) == ("failed", 131009)
    assert {message["reaction"] for message in sim.chat(PHONE)["messages"]} == {""}


def test_the_phone_shows_previews_and_people(sim):
    sim.inbound_text(PHONE, "Bună")
    link = {"body": "Aici: https://shop.example/c/1 azi", "preview_url": True}
    card = {
        "name": {"formatted_name": "Ana Pop", "first_name": "Ana"},
        "phones": [{"phone": "+40 700 000 002"}],
    }

    send(sim, body_of("text", link))
    send(sim, body_of("text", {**link, "preview_url": False}))
    send(sim, body_of("contacts", [card]))

    _, shown, plain, people = sim.chat(PHONE)["messages"]
    assert shown["preview"] == "https://shop.example/c/1"
    assert "preview" not in plain
    assert people["text"] == "☎ Ana Pop · +40 700 000 002"


def test_a_message_is_read_only_when_the_customer_looks(sim, receiver):
    sim.settings(read_after=-1)
    sim.inbound_text(PHONE, "Bună")
    wamid = wamid_of(send(sim, text_to()))
    sim.wait_for(lambda: len(receiver.statuses(wamid)) == 2)

    assert sim.read(PHONE) == 1

    sim.wait_for(lambda: len(receiver.statuses(wamid)) == 3)
    assert receiver.statuses(wamid)[-1]["status"] == "read"
    assert sim.read(PHONE) == 0


def test_the_bytes_on_the_wire_are_escaped_and_signed_as_they_are(sim, receiver):
    sim.inbound_text(PHONE, "Ană/Șerban")

    sim.wait_for(lambda: receiver.bodies)

    assert b'"An\\u0103\\/\\u0218erban"' in receiver.bodies[0]
    assert receiver.signed_right == [True]


def test_the_ledger_keeps_what_was_accepted_and_when(sim):
    sim.inbound_text(PHONE, "Bună")
    body = text_to(biz_opaque_callback_data="u2:1")

    first, second = wamid_of(send(sim, body)), wamid_of(send(sim, body))

    rows = sim.ledger()
    assert [row["wamid"] for row in rows] == [first, second]
    assert rows[0]["body"] == body
    assert rows[0]["arrived_monotonic"] < rows[1]["arrived_monotonic"]
    assert sim.duplicates() == {
        "callback": {"u2:1": [first, second]},
        "message": {"u2": [first, second]},
    }


def test_only_a_right_token_is_served(sim):
    refused = sim.graph("POST", f"{NUMBER_ID}/messages", text_to(), token="old")

    assert code_of(refused) == (401, 190)
    assert refused[1]["error"]["error_subcode"] == 463
    assert sim.ledger() == []
    assert [call["status"] for call in sim.requests()] == [401]


def test_a_read_receipt_with_typing_shows_on_the_phone(sim):
    theirs = sim.inbound_text(PHONE, "Bună")["id"]
    receipt = {"messaging_product": "whatsapp", "status": "read", "message_id": theirs}

    answer = send(sim, receipt | {"typing_indicator": {"type": "text"}})

    assert answer == (200, {"success": True})
    assert sim.chat(PHONE)["typing"] is True
    assert sim.chat(PHONE)["messages"][0]["status"] == "read"
    assert sim.ledger() == []


def test_a_reset_forgets_messages_and_planned_statuses(sim, receiver):
    sim.settings(sent_after=0.3)
    sim.inbound_text(PHONE, "Bună")
    send(sim, text_to())

    sim.reset()

    assert sim.ledger() == []
    assert sim.webhooks()["idle"] is True
    assert receiver.statuses() == []
