"""What Meta says of accounts, numbers and the shop's own phone, when it is told to."""

import pytest

from tests.simulator.bodies import PHONE

NUMBER = {"display_phone_number": "40300000000"}
BODY = {"type": "BODY", "text": "Bună, {{1}}!"}


@pytest.mark.parametrize(
    ("path", "wish", "field", "value"),
    [
        (
            "account",
            {"ban": "DISABLE", "date": "2026-11-22"},
            "account_update",
            {
                "event": "DISABLED_UPDATE",
                "ban_info": {"waba_ban_state": "DISABLE", "waba_ban_date": "2026-11-22"},
            },
        ),
        (
            "account",
            {"restrict": ["RESTRICTED_UTILITY_TEMPLATES"], "until": 1795000000},
            "account_update",
            {
                "event": "ACCOUNT_RESTRICTION",
                "restriction_info": [
                    {
                        "restriction_type": "RESTRICTED_UTILITY_TEMPLATES",
                        "expiration": 1795000000,
                    }
                ],
            },
        ),
        (
            "account",
            {"event": "ACCOUNT_VIOLATION", "more": {"violation_info": {"violation_type": "SCAM"}}},
            "account_update",
            {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SCAM"}},
        ),
        (
            "account",
            {
                "alert": "OBA",
                "severity": "CRITICAL",
                "description": "D",
                "number": "555000000000001",
            },
            "account_alerts",
            {
                "entity_type": "PHONE_NUMBER",
                "entity_id": "555000000000001",
                "alert_info": {
                    "alert_severity": "CRITICAL",
                    "alert_status": "ACTIVE",
                    "alert_type": "OBA",
                    "alert_description": "D",
                },
            },
        ),
        ("account", {"review": "REJECTED"}, "account_review_update", {"decision": "REJECTED"}),
        (
            "account",
            {"limit": 2000},
            "business_capability_update",
            {"max_daily_conversations_per_business": 2000, "max_phone_numbers_per_business": 20},
        ),
        (
            "number",
            {"quality": "THROUGHPUT_UPGRADE", "tier": "TIER_UNLIMITED"},
            "phone_number_quality_update",
            NUMBER
            | {
                "event": "THROUGHPUT_UPGRADE",
                "max_daily_conversations_per_business": "TIER_UNLIMITED",
            },
        ),
        (
            "number",
            {"name": "Cypher", "decision": "REJECTED", "reason": "TOO_LONG"},
            "phone_number_name_update",
            NUMBER
            | {
                "decision": "REJECTED",
                "requested_verified_name": "Cypher",
                "rejection_reason": "TOO_LONG",
            },
        ),
        (
            "number",
            {"security": "PIN_CHANGED", "requester": "Ana"},
            "security",
            NUMBER | {"event": "PIN_CHANGED", "requester": "Ana"},
        ),
        (
            "number",
            {"username": "cypher", "status": "deleted"},
            "business_username_updates",
            NUMBER | {"status": "deleted"},
        ),
    ],
)
def test_news_is_told_in_metas_words(sim, receiver, path, wish, field, value):
    told = sim.control("POST", path, wish)

    sim.wait_until_idle()
    assert receiver.changes(field) == [value]
    assert told["field"] == field
    assert receiver.signed_right == [True]


@pytest.mark.parametrize(("path", "wish"), [("account", {"ban": "EXILE"}), ("number", {})])
def test_news_that_nobody_knows_is_refused(sim, receiver, path, wish):
    with pytest.raises(AssertionError, match=r"say one of|ban must be"):
        sim.control("POST", path, wish)

    assert receiver.bodies == []


def test_approved_name_is_the_numbers_from_then_on(sim, receiver):
    sim.control("POST", "number", {"name": "Cypher Nou"})

    _, answer = sim.graph("GET", "555000000000001?fields=verified_name")

    assert answer["verified_name"] == "Cypher Nou"


def test_template_that_was_rewritten_is_told_by_its_texts(sim, receiver):
    sim.template("hello", "Salut, {{1}}!")
    button = {"type": "URL", "text": "Urmărire", "url": "https://shop.example/{{1}}"}
    parts = [BODY, {"type": "FOOTER", "text": "Cypher"}, {"type": "BUTTONS", "buttons": [button]}]

    sim.change_template("hello", components=parts)

    sim.wait_until_idle()
    (value,) = receiver.changes("message_template_components_update")
    assert value["message_template_element"] == "Bună, {{1}}!"
    assert value["message_template_footer"] == "Cypher"
    assert "message_template_title" not in value
    assert value["message_template_buttons"] == [
        {
            "message_template_button_type": "URL",
            "message_template_button_text": "Urmărire",
            "message_template_button_url": "https://shop.example/{{1}}",
        }
    ]


def test_what_the_shop_writes_in_its_phone_is_echoed(sim, receiver):
    told = sim.control("POST", "echo", {"from": PHONE, "text": "Vă sun eu."})

    sim.wait_until_idle()
    (value,) = receiver.changes("smb_message_echoes")
    (message,) = value["message_echoes"]
    assert message["id"] == told["id"]
    assert (message["from"], message["to"]) == ("40300000000", PHONE.lstrip("+"))
    assert message["text"] == {"body": "Vă sun eu."}


def test_old_chats_are_told_in_threads(sim, receiver):
    messages = [{"text": "Alo?", "timestamp": 1795000000}, {"text": "Da", "ours": True}]
    told = sim.control(
        "POST", "history", {"threads": [{"from": PHONE, "messages": messages}], "progress": 55}
    )

    sim.wait_until_idle()
    (chunk,) = receiver.changes("history")[0]["history"]
    assert chunk["metadata"] == {"phase": 0, "chunk_order": 1, "progress": 55}
    first, second = chunk["threads"][0]["messages"]
    assert [first["id"], second["id"]] == told["ids"]
    assert (first["timestamp"], "to" in first, "to" in second) == ("1795000000", False, True)
    assert first["history_context"] == {"status": "READ"}


def test_shop_may_share_no_old_chats(sim, receiver):
    sim.control("POST", "history", {"declined": True})

    sim.wait_until_idle()
    (chunk,) = receiver.changes("history")[0]["history"]
    assert chunk["errors"][0]["code"] == 2593109


def test_address_book_is_told_entry_by_entry(sim, receiver):
    sim.control("POST", "address-book", {"from": PHONE, "name": "Ana", "action": "remove"})

    sim.wait_until_idle()
    (entry,) = receiver.changes("smb_app_state_sync")[0]["state_sync"]
    assert (entry["action"], entry["contact"]["full_name"]) == ("remove", "Ana")
