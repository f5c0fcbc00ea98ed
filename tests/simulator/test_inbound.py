"""The customer speaks: every type of message, with a phone or without."""

import pytest

from tests.simulator.bodies import PHONE, body_of, send, text_to, wamid_of

BSUID = "RO.1000000000000009"


def test_a_person_without_a_phone_is_known_by_the_bsuid_alone(sim, receiver):
    sim.inbound(user_id=BSUID, username="radu.m", type="text", text="Salut")
    body = text_to() | {"recipient": BSUID}
    del body["to"]

    _, answer = send(sim, body)

    sim.wait_until_idle()
    message, contact = receiver.messages()[0], receiver.changes()[0]["contacts"][0]
    assert (message["from_user_id"], "from" in message) == (BSUID, False)
    assert contact == {"profile": {"name": "radu.m", "username": "radu.m"}, "user_id": BSUID}
    assert answer["contacts"] == [{"input": BSUID, "user_id": BSUID}]
    statuses = receiver.statuses(answer["messages"][0]["id"])
    assert [s["status"] for s in statuses] == ["sent", "delivered", "read"]
    assert {(s["recipient_user_id"], "recipient_id" in s) for s in statuses} == {(BSUID, False)}


def test_a_username_hides_the_phone_of_a_known_person(sim, receiver):
    sim.inbound_text(PHONE, "Bună", user_id=BSUID)
    sim.inbound_text(PHONE, "Iar eu", username="ana.p", phone_hidden=True)

    sim.wait_until_idle()

    by_text = {message["text"]["body"]: message for message in receiver.messages()}
    assert by_text["Bună"]["from"] == "40712000001"
    assert "from" not in by_text["Iar eu"]
    assert {message["from_user_id"] for message in by_text.values()} == {BSUID}


def test_a_bsuid_in_to_is_accepted_and_never_reported(sim, receiver):
    sim.template("hello", "Bună, ne bucurăm că sunteți clientul nostru.")
    body = body_of("template", {"name": "hello", "language": {"code": "ro"}}, to=BSUID)

    assert send(sim, body)[0] == 200

    sim.wait_until_idle()
    assert receiver.bodies == []


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("button", {"button": {"payload": "yes", "text": "Da"}}),
        ("interactive", {"interactive": {"type": "button_reply", "button_reply": {"id": "y"}}}),
        ("interactive", {"interactive": {"type": "list_reply", "list_reply": {"id": "r1"}}}),
        ("reaction", {"reaction": {"message_id": "wamid.X", "emoji": "👍"}}),
        ("location", {"location": {"latitude": 44.4, "longitude": 26.1}}),
        ("contacts", {"contacts": [{"name": {"formatted_name": "Ana"}}]}),
        ("order", {"order": {"catalog_id": "1", "product_items": []}}),
        ("system", {"system": {"type": "user_changed_number", "wa_id": "40712000002"}}),
        ("hologram", {"hologram": {"depth": 3}}),
    ],
)
def test_every_type_is_passed_on_as_it_is(sim, receiver, kind, more):
    sim.inbound(from_=PHONE, type=kind, **more)

    sim.wait_until_idle()

    (message,) = receiver.messages()
    assert message["type"] == kind
    assert message[kind] == more[kind]


def test_what_meta_cannot_show_comes_with_an_error(sim, receiver):
    sim.inbound(from_=PHONE, type="unsupported", code=131060)

    sim.wait_until_idle()

    (message,) = receiver.messages()
    assert message["errors"][0]["code"] == 131060


def test_a_reply_names_what_it_answers(sim, receiver):
    sim.inbound_text(PHONE, "Bună")
    ours = wamid_of(send(sim, text_to()))

    reply = sim.inbound_text(PHONE, "Mulțumesc", reply_to=ours)["id"]

    sim.wait_until_idle()
    told = next(each for each in receiver.messages() if each["id"] == reply)
    assert told["context"] == {"from": "40300000000", "id": ours}


def test_a_raw_message_is_passed_through(sim, receiver):
    message = {"id": "wamid.MINE", "timestamp": "1", "type": "text", "text": {"body": "\ud83d"}}

    sim.inbound(from_=PHONE, message=message)

    sim.wait_until_idle()
    assert receiver.messages() == [message | {"from": "40712000001"} | _bsuid(receiver)]


def test_a_stop_of_marketing_is_told_and_kept(sim, receiver):
    sim.template("promo", "Reduceri de toamnă la toate produsele.", category="MARKETING")
    sim.control("POST", "customers", {"from": PHONE, "marketing": "stop"})

    wamid = wamid_of(send(sim, body_of("template", {"name": "promo", "language": {"code": "ro"}})))

    sim.wait_until_idle()
    (value,) = receiver.changes("user_preferences")
    assert value["user_preferences"][0]["value"] == "stop"
    assert receiver.statuses(wamid)[0]["errors"][0]["code"] == 131050


def test_a_stranger_who_shows_the_phone_is_the_same_person(sim):
    sim.inbound(user_id=BSUID, username="radu.m", type="text", text="Salut")

    sim.inbound_text(PHONE, "Sunt tot eu", user_id=BSUID)

    assert [m["text"] for m in sim.chat("40712000001")["messages"]] == ["Salut", "Sunt tot eu"]
    assert len(sim.control("GET", "chats")["chats"]) == 1


def test_a_new_bsuid_keeps_the_chat_and_its_window(sim):
    sim.inbound_text(PHONE, "Bună")

    sim.control("POST", "customers", {"from": PHONE, "user_id": BSUID})

    assert sim.chat(BSUID)["window_open"] is True
    assert len(sim.chat(BSUID)["messages"]) == 1


def _bsuid(receiver) -> dict[str, str]:
    return {"from_user_id": receiver.messages()[0]["from_user_id"]}
