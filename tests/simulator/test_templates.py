"""Templates: made, reviewed, listed page by page, and called with the right values."""

import pytest

from tests.simulator.bodies import body_of, call_of, code_of, send
from tests.simulator_process import WABA_ID

PATH = f"{WABA_ID}/message_templates"
TEXT = "Bună, {{1}}! Comanda {{2}} a plecat astăzi din depozitul nostru."


def made(name: str = "order_shipped", **more: object) -> dict[str, object]:
    body = {"type": "BODY", "text": TEXT, "example": {"body_text": [["Ana", "SO-1"]]}}
    return {
        "name": name,
        "language": "ro",
        "category": "UTILITY",
        "components": [body],
        **more,
    }


def with_body(text: str, **example: object) -> list[dict[str, object]]:
    return [{"type": "BODY", "text": text, "example": example}]


def test_a_template_is_reviewed_and_approved_by_webhook(sim, receiver):
    status, answer = sim.graph("POST", PATH, made())
    assert (status, answer["status"], answer["category"]) == (200, "PENDING", "UTILITY")

    sim.wait_for(lambda: receiver.changes("message_template_status_update"))

    (event,) = receiver.changes("message_template_status_update")
    assert event == {
        "message_template_id": int(answer["id"]),
        "message_template_name": "order_shipped",
        "message_template_language": "ro",
        "event": "APPROVED",
        "message_template_category": "UTILITY",
        "reason": "NONE",
    }
    assert sim.graph("GET", answer["id"])[1]["status"] == "APPROVED"


def test_a_name_with_reject_in_it_is_rejected(sim, receiver):
    answer = sim.graph("POST", PATH, made("please_reject_me"))[1]

    sim.wait_for(lambda: receiver.changes("message_template_status_update"))

    (event,) = receiver.changes("message_template_status_update")
    assert (event["event"], event["reason"]) == ("REJECTED", "INVALID_FORMAT")
    shown = sim.graph("GET", f"{answer['id']}?fields=status,rejected_reason")[1]
    assert shown == {"id": answer["id"], "status": "REJECTED", "rejected_reason": "INVALID_FORMAT"}


def test_a_promotional_utility_template_is_taken_as_marketing(sim):
    answer = sim.graph("POST", PATH, made("autumn_promo"))[1]

    assert answer["category"] == "MARKETING"


REFUSED = {
    "name": (made("Order-Shipped"), 0),
    "language": (made(language="ro_RO"), 0),
    "category": (made(category="NEWS"), 0),
    "starts with a variable": (
        made(components=with_body("{{1}}, comanda a plecat azi.", body_text=[["Ana"]])),
        2388299,
    ),
    "ends with a variable": (
        made(components=with_body("Comanda a plecat azi: {{1}}", body_text=[["SO-1"]])),
        2388299,
    ),
    "gap": (
        made(components=with_body("Comanda {{2}} a plecat azi spre casă.", body_text=[["a", "b"]])),
        2388073,
    ),
    "too many variables": (
        made(components=with_body("a {{1}} b {{2}} c", body_text=[["a", "b"]])),
        2388293,
    ),
    "no example": (made(components=with_body(TEXT)), 0),
    "no body": (made(components=[{"type": "FOOTER", "text": "x"}]), 0),
}


@pytest.mark.parametrize(("template", "subcode"), REFUSED.values(), ids=REFUSED.keys())
def test_a_template_that_breaks_a_rule_is_refused(sim, template, subcode):
    status, answer = sim.graph("POST", PATH, template)

    assert (status, answer["error"]["code"]) == (400, 100)
    assert answer["error"].get("error_subcode", 0) == subcode
    assert answer["error"]["error_user_msg"]
    assert sim.graph("GET", PATH)[1]["data"] == []


def test_a_name_exists_once_in_a_language(sim):
    sim.graph("POST", PATH, made())

    status, answer = sim.graph("POST", PATH, made())

    assert (status, answer["error"]["error_subcode"]) == (400, 2388024)
    assert sim.graph("POST", PATH, made(language="en"))[0] == 200


def test_a_text_exists_once_in_a_language(sim):
    sim.graph("POST", PATH, made())

    assert sim.graph("POST", PATH, made("the_same_again"))[0] == 400
    assert sim.graph("POST", PATH, made("the_same_again", language="en"))[0] == 200


def test_a_larger_page_is_given_when_the_simulator_is_told_so(sim):
    for number in range(23):
        sim.template(f"t{number:02d}", "Un text oarecare.")

    sim.settings(page_size=100)

    _, page = sim.graph("GET", f"{PATH}?limit=100")
    assert (len(page["data"]), "next" in page["paging"]) == (23, False)


def test_the_list_is_paged_by_cursors(sim):
    for number in range(23):
        sim.template(f"t{number:02d}", "Un text oarecare.")

    names, after = [], ""
    while True:
        _, page = sim.graph("GET", f"{PATH}?fields=name&limit=100&after={after}")
        names += [row["name"] for row in page["data"]]
        if "next" not in page["paging"]:
            break
        after = page["paging"]["cursors"]["after"]

    assert names == [f"t{number:02d}" for number in range(23)]
    assert code_of(sim.graph("GET", f"{PATH}?after=bm9uZQ==")) == (400, 131059)


def test_a_template_is_deleted_in_all_its_languages(sim):
    sim.template("hello", "Un text oarecare.")
    sim.template("hello", "Some text.", language="en")

    assert sim.graph("DELETE", f"{PATH}?name=hello") == (200, {"success": True})

    assert sim.graph("GET", PATH)[1]["data"] == []
    assert code_of(sim.graph("DELETE", f"{PATH}?name=hello")) == (404, 100)


def test_an_edit_goes_to_review_again_and_once_a_day(sim, receiver):
    template = sim.template("hello", "Un text oarecare.")

    edited = sim.graph("POST", template["id"], {"components": with_body("Alt text.")})

    assert edited == (200, {"success": True})
    sim.wait_for(lambda: receiver.changes("message_template_status_update"))
    again = sim.graph("POST", template["id"], {"components": with_body("Încă un text.")})
    assert again[1]["error"]["error_subcode"] == 2388039
    assert sim.graph("GET", template["id"])[1]["components"][0]["text"] == "Alt text."


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (call_of("missing"), 404, 132001),
        (call_of("hello", "Ana", "SO-1", language="en"), 404, 132001),
        (call_of("hello", "Ana"), 400, 132000),
        (call_of("hello", "Ana", " "), 400, 131008),
        (call_of("hello", "Ana", "a\nb"), 400, 132018),
        (call_of("hello", "Ana", "a     b"), 400, 132018),
        (call_of("hello", "Ana", "x" * 1024), 400, 132005),
        (call_of("waiting"), 404, 132001),
        (call_of("paused"), 400, 132015),
        (call_of("disabled"), 400, 132016),
        (call_of("named", "Ana"), 400, 132012),
        (call_of("picture"), 400, 132012),
        (call_of("link"), 400, 131008),
    ],
)
def test_a_call_that_does_not_fit_is_refused(sim, body, status, code):
    sim.template("hello", TEXT)
    sim.template("waiting", "Un text.", status="IN_APPEAL")
    sim.template("paused", "Un text.", status="PAUSED")
    sim.template("disabled", "Un text.", status="DISABLED")
    sim.template("named", "Bună, {{customer}}!", parameter_format="NAMED")
    text = {"type": "BODY", "text": "Un text."}
    sim.template("picture", components=[{"type": "HEADER", "format": "IMAGE"}, text])
    button = {"type": "URL", "text": "Vezi", "url": "https://shop.example/{{1}}"}
    sim.template("link", components=[text, {"type": "BUTTONS", "buttons": [button]}])

    assert code_of(send(sim, body)) == (status, code)
    assert sim.ledger() == []


def test_the_phone_shows_the_template_with_its_values(sim):
    components = [
        {"type": "HEADER", "format": "TEXT", "text": "Comanda {{1}}"},
        {"type": "BODY", "text": "Bună, {{customer}}, comanda a plecat."},
        {"type": "FOOTER", "text": "Cypher"},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "URL", "text": "Urmărește", "url": "https://shop.example/t/{{1}}"},
                {"type": "QUICK_REPLY", "text": "Întrebare"},
            ],
        },
    ]
    sim.template("shipped", components=components)
    called = {
        "name": "shipped",
        "language": {"code": "ro"},
        "components": [
            {"type": "header", "parameters": [{"type": "text", "text": "SO-1"}]},
            {
                "type": "body",
                "parameters": [{"type": "text", "parameter_name": "customer", "text": "Ana"}],
            },
            {
                "type": "button",
                "sub_type": "url",
                "index": "0",
                "parameters": [{"type": "text", "text": "SO-1"}],
            },
        ],
    }

    send(sim, body_of("template", called))

    (bubble,) = sim.chat("40712000001")["messages"]
    assert bubble["header"] == "Comanda SO-1"
    assert bubble["text"] == "Bună, Ana, comanda a plecat."
    assert bubble["footer"] == "Cypher"
    assert bubble["buttons"] == [
        {"kind": "url", "text": "Urmărește", "url": "https://shop.example/t/SO-1"},
        {"kind": "button", "text": "Întrebare", "id": "Întrebare"},
    ]


def test_quality_pause_and_category_are_told(sim, receiver):
    template = sim.template("hello", "Un text oarecare.")

    sim.change_template("hello", quality="RED")
    sim.change_template("hello", event="PAUSED", title="FIRST_PAUSE")
    sim.change_template("hello", category="MARKETING")

    sim.wait_until_idle()
    (quality,) = receiver.changes("message_template_quality_update")
    (pause,) = receiver.changes("message_template_status_update")
    (category,) = receiver.changes("template_category_update")
    assert quality["new_quality_score"] == "RED"
    assert pause["other_info"]["title"] == "FIRST_PAUSE"
    assert (category["previous_category"], category["new_category"]) == ("UTILITY", "MARKETING")
    assert sim.graph("POST", f"{template['id']}/unpause") == (200, {"success": True})
