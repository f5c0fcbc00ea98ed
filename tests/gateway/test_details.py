"""What a message holds besides its text, read from whatever Meta wrote."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from whatsapp.domain.details import (
    Answer,
    BasketLine,
    Card,
    CardNumber,
    Details,
    Forwarded,
    Place,
    Product,
    Referral,
    Trouble,
)
from whatsapp.gateway import details, flows, updates


def of(recorded, name: str) -> Details:
    """The details of a recorded message."""
    (item,) = updates.split(recorded(f"message_{name}"))
    return details.read(updates.parse(field=item.field, payload=item.payload).content)


def flow(**answers) -> list[tuple[str, str]]:
    return [(one.name, one.value) for one in flows.answers(json.dumps(answers))]


def test_advertisement_is_kept_whole(recorded):
    assert of(recorded, "text_ad_referral").referral == Referral(
        source_type="ad",
        source_id="120000000001",
        url="https://fb.example/ad",
        headline="Reduceri",
        body="Toamna",
        media_type="image",
        media_url="https://fb.example/i.jpg",
        click_id="clid-demo",
    )


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil", "", None, 7])
def test_address_that_is_no_web_address_is_no_link(url):
    found = details.read({"referral": {"source_type": "ad", "source_url": url, "image_url": url}})

    assert (found.referral.url, found.referral.media_url) == ("", "")


def test_basket_is_counted(recorded):
    basket = of(recorded, "order").basket

    assert basket.lines == (
        BasketLine(product="SKU-1", quantity=2, price=Decimal("49.9"), currency="RON"),
        BasketLine(product="SKU-2", quantity=1, price=Decimal(10), currency="RON"),
    )
    assert (basket.total, basket.currency) == (Decimal("109.8"), "RON")


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [{"item_price": 1, "currency": "RON"}, {"item_price": 1, "currency": "EUR"}],
        [{"item_price": "ieftin", "currency": "RON"}],
        [{"item_price": "NaN", "currency": "RON"}],
        [{"item_price": "1e400", "currency": "RON"}],
        "lines",
    ],
)
def test_basket_without_one_currency_and_every_price_has_no_total(lines):
    assert details.read({"order": {"product_items": lines}}).basket.total is None


def test_form_is_read_without_metas_own_fields(recorded):
    assert of(recorded, "flow_reply").answers == (Answer(name="Rating", value="5"),)


def test_form_of_metas_editor_reads_as_a_person_would_write_it():
    assert flow(
        screen_0_Full_name_0="Ana Popescu",
        screen_1_Delivery_day_3="1_Monday_morning",
        screen_1_Extras_4=["0_Gift_wrap", "2_Card"],
        screen_1_Accept_5=True,
        flow_token="secret",
    ) == [
        ("Full name", "Ana Popescu"),
        ("Delivery day", "Monday morning"),
        ("Extras", "Gift wrap, Card"),
        ("Accept", "✓"),
    ]


def test_form_of_ones_own_keeps_its_values_as_they_are():
    assert flow(
        delivery_day="1_monday",
        count=3,
        weight=2.5,
        address={"street": "Lungă 5", "city": "Cluj"},
        photos=[{"id": 1, "file_name": "usa.jpg", "sha256": "x"}],
        empty="",
        nothing=None,
    ) == [
        ("Delivery day", "1_monday"),
        ("Count", "3"),
        ("Weight", "2.5"),
        ("Address", "Street: Lungă 5; City: Cluj"),
        ("Photos", "usa.jpg"),
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("not json", (Answer(name="", value="not json"),)),
        ("", ()),
        ("[1]", ()),
        (None, ()),
        (7, ()),
        ("[" * 100_000, (Answer(name="", value="[" * 100_000),)),
        ('{"a": "\\u0000"}', (Answer(name="A", value="\ufffd"),)),
        ('{"a": [[[["deep"]]]]}', ()),
    ],
)
def test_form_that_is_none_is_survived(given, said):
    assert flows.answers(given) == said


@pytest.mark.parametrize(
    ("context", "forwarded"),
    [
        ({"forwarded": True}, Forwarded.ONCE),
        ({"frequently_forwarded": True, "forwarded": True}, Forwarded.OFTEN),
        ({"forwarded": "yes"}, None),
        (None, None),
    ],
)
def test_forwarding_is_read(context, forwarded):
    assert details.read({"context": context}).forwarded == forwarded


def test_question_about_a_product_names_it():
    context = {
        "from": "1",
        "id": "wamid.P",
        "referred_product": {"catalog_id": "66", "product_retailer_id": "SKU-1"},
    }

    found = details.read({"type": "text", "context": context})

    assert found.product == Product(catalog_id="66", product="SKU-1")
    assert found.reply_to_wamid == "wamid.P"


def test_card_shows_who_is_on_whatsapp_and_how_to_reach_them():
    card = {
        "name": {"formatted_name": "Ion Popescu"},
        "org": {"company": "Transport SRL", "title": "Șofer"},
        "phones": [{"phone": "+40 711", "wa_id": "40711"}, {"wa_id": "40712"}, {}, "x"],
        "emails": [{"email": "ion@exemplu.ro"}],
        "addresses": [{"street": "Lungă 5", "city": "Cluj"}],
        "urls": [{"url": "https://exemplu.ro"}],
        "origin": "contact_request",
    }

    assert details.read({"contacts": [card]}).cards == (
        Card(
            name="Ion Popescu",
            numbers=(
                CardNumber(phone="+40 711", wa_id="40711"),
                CardNumber(phone="+40712", wa_id="40712"),
            ),
            lines=("Transport SRL, Șofer", "ion@exemplu.ro", "Lungă 5, Cluj", "https://exemplu.ro"),
            is_own=True,
        ),
    )


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"latitude": 44.4, "longitude": "26.1"}, Place(latitude=44.4, longitude=26.1)),
        ({"latitude": 44.4}, None),
        ({"latitude": "north", "longitude": 1}, None),
        ({"latitude": "inf", "longitude": 1}, None),
        ({"latitude": True, "longitude": 1}, None),
        ("here", None),
    ],
)
def test_place_has_both_degrees(given, place):
    assert details.read({"type": "location", "location": given}).place == place


def test_place_of_ours_is_one_too():
    sent = {"kind": "location", "latitude": 44.4, "longitude": 26.1, "name": "Magazin"}

    assert details.read(sent).place == Place(latitude=44.4, longitude=26.1, name="Magazin")


def test_remarks_say_what_happened(recorded):
    moved, changed = of(recorded, "system_number"), of(recorded, "system_identity")

    assert (moved.event, moved.new_phone) == ("user_changed_number", "+40700000009")
    assert changed.event == "customer_identity_changed"


@pytest.mark.parametrize(
    ("name", "withheld"), [("unsupported", "poll"), ("future_type", "hologram")]
)
def test_what_is_withheld_is_named(recorded, name, withheld):
    assert of(recorded, name).withheld == withheld


def test_trouble_is_told_with_its_code(recorded):
    assert of(recorded, "image_failed").troubles == (
        Trouble(code=131052, text="Media download error: Demo: larger than 100 MB."),
    )


@pytest.mark.parametrize("content", [None, [], "x", 7, {}, {"errors": "x", "contacts": {}}])
def test_anything_else_holds_nothing(content):
    assert details.read(content) == Details()


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "text", "body": "Bună", "preview_url": True},
        {
            "type": "text",
            "text": {"body": "Bună"},
            "from": "40700000001",
            "id": "w",
            "timestamp": "1",
        },
        {"type": "unsupported"},
        {"type": "poll", "from_user_id": "RO.1"},
        {"kind": "location"},
        {"type": 7, "kind": None},
    ],
)
def test_plain_text_is_read_as_carefully_as_the_rest(content):
    """Something beside it, which holds nothing, is what makes us look into all of it."""
    assert details.read(content) == details.read({**content, "biz_opaque_callback_data": ""})
