"""Every kind of message as agents see it."""

from __future__ import annotations

import json

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outside")]
EVIL = "<script>alert(1)</script>"


def flow(**answers) -> dict:
    reply = {"name": "flow", "body": "Sent", "response_json": json.dumps(answers)}
    return {
        "type": "interactive",
        "interactive": {"type": "nfm_reply", "nfm_reply": reply},
    }


ORDER = {
    "type": "order",
    "order": {
        "catalog_id": "66",
        "text": "Repede, vă rog",
        "product_items": [
            {
                "product_retailer_id": "SKU-1",
                "quantity": 2,
                "item_price": 49.9,
                "currency": "RON",
            },
            {"product_retailer_id": "SKU-2", "quantity": 1, "item_price": 10, "currency": "RON"},
        ],
    },
}


@pytest.mark.parametrize(
    ("kind", "text", "content", "words"),
    [
        ("ORDER", "2 × SKU-1", ORDER, ["2 ×", "SKU-1", "99.80 lei", "109.80 lei", "Repede, vă"]),
        ("INTERACTIVE", "Sent", flow(delivery_day="Luni"), ["Filled in a form", "Delivery day"]),
        (
            "INTERACTIVE",
            "[call permission]",
            {"interactive": {"call_permission_reply": {"response": "accept"}}},
            ["The shop may call"],
        ),
        (
            "INTERACTIVE",
            "Marți",
            {"interactive": {"list_reply": {"title": "Marți", "description": "10–12"}}},
            ["Chose", "Marți", "10–12"],
        ),
        ("TEXT", "Uite", {"context": {"forwarded": True}}, ["Forwarded", "Uite"]),
        ("TEXT", "Uite", {"context": {"frequently_forwarded": True}}, ["Forwarded many times"]),
        (
            "TEXT",
            "Bună",
            {"referral": {"source_type": "ad", "headline": "Reduceri", "source_url": "https://a"}},
            ["Came from an advertisement", "<b>Reduceri</b>", 'href="https://a"'],
        ),
        (
            "TEXT",
            "Mai aveți?",
            {"context": {"referred_product": {"product_retailer_id": "SKU-9"}}},
            ["About the product SKU-9"],
        ),
        ("TEXT", "Da", {"context": {"id": "wamid.GONE"}}, ["A message that is not here"]),
        (
            "IMAGE",
            "",
            {"type": "image", "errors": [{"code": 131052, "title": "Media download error"}]},
            ["could not take this file in", "100 MB"],
        ),
        ("TEXT", "x", {"errors": [{"code": 9, "title": "Ceva nou"}]}, ["Ceva nou (9)"]),
        (
            "UNSUPPORTED",
            "[unsupported: poll]",
            {"type": "unsupported", "unsupported": {"type": "poll"}},
            ["A poll, which WhatsApp does not pass on"],
        ),
        ("UNSUPPORTED", "[unsupported: hologram]", {"type": "hologram"}, ["(hologram)"]),
        (
            "UNSUPPORTED",
            "[unsupported: edit]",
            {"type": "unsupported", "unsupported": {"type": "edit"}},
            ["The customer edited a message"],
        ),
        (
            "SYSTEM",
            "User A changed",
            {"system": {"type": "user_changed_number", "wa_id": "40700000009"}},
            ["The customer&#x27;s number is now +40700000009."],
        ),
        (
            "SYSTEM",
            "Ana's code changed",
            {"system": {"type": "customer_identity_changed"}},
            ["security code has changed"],
        ),
        ("SYSTEM", "Meta's own words", {"system": {"type": "news"}}, ["Meta&#x27;s own words"]),
        ("REACTION", "👍", {}, ["👍 to a message that is not here"]),
        ("EDIT", "Altfel", {}, ["Edited a message that is not here: Altfel"]),
        ("REVOKE", "[deleted]", {}, ["Deleted a message that is not here"]),
        (
            "CONTACTS",
            "Ion",
            {"contacts": [{"name": {"formatted_name": "Ion"}, "phones": [{"wa_id": "40711"}]}]},
            ["<b>Ion</b>", "+40711", "<small>WhatsApp</small>"],
        ),
        (
            "LOCATION",
            "Piața Unirii",
            {"location": {"latitude": 44.4, "longitude": 26.1, "name": "Piața Unirii"}},
            ["<b>Piața Unirii</b>", "mlat=44.4&amp;mlon=26.1"],
        ),
    ],
)
def test_kind_is_shown_sensibly(say, page, kind, text, content, words):
    say(kind, text, content)

    shown = page()

    for word in words:
        assert word in shown
    assert "response_json" not in shown
    assert "[unsupported" not in shown.partition('id="wa-thread"')[2].partition("</ol>")[0]


def test_nothing_that_a_customer_gives_is_markup_or_a_script(say, page):
    link = "javascript:alert(1)"
    say(
        "TEXT",
        EVIL,
        {
            "referral": {"source_type": EVIL, "headline": EVIL, "body": EVIL, "source_url": link},
            "context": {"referred_product": {"product_retailer_id": EVIL}},
            "errors": [{"code": 1, "title": EVIL}],
        },
    )
    say("ORDER", EVIL, {"order": {"text": EVIL, "product_items": [{"product_retailer_id": EVIL}]}})
    say("INTERACTIVE", EVIL, flow(**{EVIL: EVIL}))
    say(
        "CONTACTS",
        EVIL,
        {"contacts": [{"name": {"formatted_name": EVIL}, "urls": [{"url": link}]}]},
    )
    say("LOCATION", EVIL, {"location": {"latitude": 1, "longitude": 1, "name": EVIL, "url": link}})
    say("UNSUPPORTED", EVIL, {"type": EVIL})
    say("SYSTEM", EVIL, {"system": {"type": EVIL}})
    edited = say("TEXT", EVIL)
    say("EDIT", EVIL, reply_to=edited)
    say("REACTION", EVIL, reply_to=edited)

    shown = page()

    assert "<script>alert" not in shown
    assert 'href="javascript:' not in shown
    assert shown.count("&lt;script&gt;alert(1)") >= 12


def test_page_full_of_kinds_costs_no_more_queries(say, page):
    def queries() -> int:
        cache.clear()  # else the inbox and the templates are not read again
        with CaptureQueriesContext(connection) as caught:
            page()
        return len(caught)

    first = say(text="Prima")
    say("REACTION", "👍", reply_to=first)
    say(text="Citat", reply_to=first)
    few = queries()
    for n in range(12):
        row = say(text=f"{n}")
        say("EDIT", f"{n}, altfel", reply_to=row)
        say("REACTION", "👍", reply_to=row)
        say(text="Citat", reply_to=row)

    assert queries() == few
