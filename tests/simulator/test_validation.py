"""What Meta refuses at once is refused here, and leaves no trace."""

import pytest

from tests.simulator.bodies import PHONE, body_of, code_of, send, text_to


def button(number: int, title: str = "") -> dict[str, object]:
    return {"type": "reply", "reply": {"id": f"b{number}", "title": title or f"B{number}"}}


def buttons(*replies: dict[str, object]) -> dict[str, object]:
    return {"type": "button", "body": {"text": "?"}, "action": {"buttons": list(replies)}}


def rows(count: int) -> dict[str, object]:
    entries = [{"id": str(n), "title": f"Row {n}"} for n in range(count)]
    action = {"button": "Open", "sections": [{"title": "All", "rows": entries}]}
    return {"type": "list", "body": {"text": "?"}, "action": action}


def header(**given: str) -> dict[str, object]:
    return {"type": "image", "image": given}


LINK = "https://a.example/b.png"
NAME = {"formatted_name": "Ana Pop", "first_name": "Ana"}
PLACE = {
    "type": "location_request_message",
    "body": {"text": "?"},
    "action": {"name": "send_location"},
}
REFUSED = {
    "no messaging_product": ({"to": PHONE, "type": "text", "text": {"body": "x"}}, 100),
    "no recipient": (text_to(""), 100),
    "unknown type": (body_of("fax", {"body": "x"}), 100),
    "no text": (body_of("text", {}), 131008),
    "empty body": (text_to(body=""), 131008),
    "long body": (text_to(body="x" * 4097), 100),
    "long callback data": (text_to(biz_opaque_callback_data="x" * 513), 100),
    "id and link": (body_of("image", {"id": "1", "link": "https://a.example/b.png"}), 100),
    "neither id nor link": (body_of("image", {"caption": "x"}), 100),
    "unknown media": (body_of("image", {"id": "1"}), 100),
    "caption of audio": (body_of("audio", {"id": "1", "caption": "x"}), 100),
    "latitude": (body_of("location", {"latitude": 91, "longitude": 0}), 131009),
    "name of a picture": (body_of("image", {"link": LINK, "filename": "a.png"}), 100),
    "voice of a film": (body_of("video", {"link": LINK, "voice": True}), 100),
    "word as reaction": (body_of("reaction", {"message_id": "w", "emoji": "da"}), 131009),
    "contact of one name": (body_of("contacts", [{"name": {"formatted_name": "A"}}]), 131008),
    "phone without number": (
        body_of("contacts", [{"name": NAME, "phones": [{"type": "WORK"}]}]),
        131008,
    ),
    "birthday in words": (body_of("contacts", [{"name": NAME, "birthday": "1 May"}]), 131009),
    "header of both": (
        body_of("interactive", {**buttons(button(1)), "header": header(id="1", link=LINK)}),
        100,
    ),
    "header of nothing": (
        body_of("interactive", {**buttons(button(1)), "header": {"type": "image", "image": {}}}),
        131008,
    ),
    "unknown header file": (
        body_of("interactive", {**buttons(button(1)), "header": header(id="1")}),
        100,
    ),
    "request with a footer": (
        body_of("interactive", {**PLACE, "footer": {"text": "x"}}),
        131009,
    ),
    "request with a header": (
        body_of("interactive", {**PLACE, "header": {"type": "text", "text": "x"}}),
        131009,
    ),
    "nameless contact": (body_of("contacts", [{"name": {"first_name": "A"}}]), 131008),
    "reaction without target": (body_of("reaction", {"emoji": "x"}), 131008),
    "context of reaction": (
        body_of("reaction", {"message_id": "w", "emoji": "x"}, context={"message_id": "w"}),
        131009,
    ),
    "four buttons": (body_of("interactive", buttons(*map(button, range(4)))), 131009),
    "same titles": (body_of("interactive", buttons(button(1, "A"), button(2, "A"))), 131009),
    "long title": (body_of("interactive", buttons(button(1, "x" * 21))), 100),
    "eleven rows": (body_of("interactive", rows(11)), 131009),
    "to oneself": (text_to("+40300000000"), 131021),
}


@pytest.mark.parametrize(("body", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_a_wrong_body_is_refused(sim, body, code):
    sim.inbound_text(PHONE, "Bună")

    status, answer = send(sim, body)

    assert (status, answer["error"]["code"]) == (400, code)
    assert answer["error"]["type"] == "OAuthException"
    assert answer["error"]["error_data"]["messaging_product"] == "whatsapp"
    assert answer["error"]["error_data"]["details"]
    assert answer["error"]["fbtrace_id"]
    assert sim.ledger() == []


@pytest.mark.parametrize(
    ("dialled", "wa_id"),
    [
        ("+40 712-000 (001)", "40712000001"),
        ("40712000001", "40712000001"),
        ("712000001", "40712000001"),
        ("+5531987654321", "553187654321"),
        ("+525512345678", "5215512345678"),
    ],
)
def test_a_number_is_rewritten_as_meta_does(sim, dialled, wa_id):
    sim.template("hello", "Bună, ne bucurăm că sunteți clientul nostru.")

    body = body_of("template", {"name": "hello", "language": {"code": "ro"}}, to=dialled)
    _, answer = send(sim, body)

    assert answer["contacts"] == [{"input": dialled, "wa_id": wa_id}]


@pytest.mark.parametrize(
    "part",
    [
        {"name": "hello", "language": "ro"},
        {"name": "hello", "language": {"code": "ro"}, "components": "body"},
        {"name": "hello", "language": {"code": "ro"}, "components": [{"parameters": [1]}]},
        {"name": ["hello"], "language": {"code": "ro"}},
    ],
)
def test_a_body_of_an_unforeseen_shape_is_refused_and_no_crash(sim, part):
    sim.template("hello", "Bună, {{1}}, ne bucurăm.")

    assert send(sim, body_of("template", part))[0] == 400
    assert sim.ledger() == []


def test_a_body_that_is_no_json_is_error_100(sim):
    refused = sim.graph("POST", "555000000000001/messages", ["a", "list"])

    assert code_of(refused) == (400, 100)
