"""Phone numbers for who may not see them."""

from __future__ import annotations

import json

import pytest

from whatsapp.domain.veil import veil, veil_json, veil_text


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("+40712345689", "+40 712 ••• •89"),
        ("40712345689", "+40 712 ••• •89"),
        ("0712 345 689", "+40 712 ••• •89"),
        ("+436601234567", "+43 660 •••••67"),
        ("+12025550123", "+1 202-•••-••23"),
        ("+4917", "•••"),
        ("ana", "•••"),
        ("", "•••"),
    ],
)
def test_number_keeps_its_country_its_first_digits_and_its_last_two(phone, shown):
    assert veil(phone) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Sunați la +40712345689.", "Sunați la +40 712 ••• •89."),
        ("Sunați la 0712 345 689!", "Sunați la +40 712 ••• •89!"),
        ("0040712345689", "+40 712 ••• •89"),
        ('{"from": "40712345689"}', '{"from": "+40 712 ••• •89"}'),
        ("message:wamid.HBgLNDA3MTIzNDU2ODkVAgARGBI=", "message:wamid.•••"),
    ],
)
def test_number_in_a_text_is_veiled(text, shown):
    assert veil_text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Comanda C-2026-00042 din 2026-11-27T12:00:00Z, 1.234,50 lei",
        "1732737600",
        "AWB 1234567890123456",
        "0f0b7d2e-1234-4567-8901-407123456890",
        "2026",
        "",
    ],
)
def test_digits_that_are_no_phone_stay(text):
    assert veil_text(text) == text


def test_json_is_veiled_however_deep_and_ids_stay():
    given = {
        "id": 40712345689,
        "uuid": "0f0b7d2e-1234-4567-8901-407123456890",
        "phone_number_id": "40712345689",
        "external_message_id": "wamid.HBgLNDA3MTIzNDU2ODkVAgA=",
        "contact": {"phone": "+40712345689", "display_name": "+40712345689"},
        "content": {"contacts": [{"phones": [{"phone": "0712345689", "wa_id": "4912345678"}]}]},
        "phone": None,
        "to": ["40712345689"],
        "tags": ["da"],
    }

    assert veil_json(given) == {
        "id": 40712345689,
        "uuid": "0f0b7d2e-1234-4567-8901-407123456890",
        "phone_number_id": "40712345689",
        "external_message_id": "wamid.•••",
        "contact": {"phone": "+40 712 ••• •89", "display_name": "+40 712 ••• •89"},
        "content": {
            "contacts": [{"phones": [{"phone": "+40 712 ••• •89", "wa_id": "+49 12••••78"}]}]
        },
        "phone": None,
        "to": ["+40 712 ••• •89"],
        "tags": ["da"],
    }


def test_json_kept_as_text_is_veiled_by_its_names_too():
    text = '{"messages": [{"from": "999812345678", "id": "wamid.HBgM", "timestamp": "1"}]}'

    shown = json.loads(veil_json({"payload": text})["payload"])

    assert shown == {"messages": [{"from": "+999•••••••78", "id": "wamid.•••", "timestamp": "1"}]}


@pytest.mark.parametrize("text", ["da", "12", '"da"', "{no json", ""])
def test_payload_that_is_no_json_stays(text):
    assert veil_json({"payload": text}) == {"payload": text}


def test_number_as_a_payload_is_veiled():
    assert veil_json({"payload": "40712345689"}) == {"payload": "+40 712 ••• •89"}
