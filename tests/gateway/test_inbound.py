"""What customers send, read whole: who, when, what, and what it answers."""

from __future__ import annotations

import pytest

from tests.gateway.parsing import at, parse_all, parse_message, parse_value
from whatsapp.domain.updates import InboundMedia, InboundMessage, Person
from whatsapp.errors import WebhookProcessingError

ANA = Person(wa_id="40700000001", bsuid="RO.1000000000000001", profile_name="Ana Ionescu")
MIHAI = Person(bsuid="RO.1000000000000009", username="mihai.p", profile_name="Mihai")


def test_overlong_username_does_not_cost_us_the_message():
    contacts = [{"wa_id": "40700000001", "profile": {"username": "u" * 300}}]
    message = {"id": "wamid.A", "from": "40700000001", "timestamp": "1795000000"}

    update = parse_value({"messages": [message], "contacts": contacts})

    assert update.person == Person(wa_id="40700000001", username="u" * 64)


def test_text_message_is_read_whole(recorded):
    (message,) = parse_all(recorded("message_text"))

    assert message == InboundMessage(
        wamid="wamid.TESTIN0001",
        phone_number_id="555000000000001",
        person=ANA,
        happened_at=at(1),
        message_type="TEXT",
        text="Unde este comanda mea? Mulțumesc 🙂",
        content={
            "from": "40700000001",
            "from_user_id": "RO.1000000000000001",
            "id": "wamid.TESTIN0001",
            "timestamp": "1795000001",
            "type": "text",
            "text": {"body": "Unde este comanda mea? Mulțumesc 🙂"},
        },
    )


@pytest.mark.parametrize(
    ("name", "message_type", "text"),
    [
        ("text_forwarded", "TEXT", "Promoție"),
        ("text_ad_referral", "TEXT", "Bună, am văzut reclama"),
        ("image", "IMAGE", "Colet deteriorat"),
        ("image_no_caption", "IMAGE", ""),
        ("video", "VIDEO", ""),
        ("voice", "AUDIO", ""),
        ("document", "DOCUMENT", "factura-2001.pdf"),
        ("sticker", "STICKER", ""),
        ("location", "LOCATION", "Piața Unirii, București"),
        ("location_bare", "LOCATION", "44.4268, 26.1025"),
        ("contacts", "CONTACTS", "Ion Popescu, +40 711 000 003"),
        ("template_button", "BUTTON", "Confirm"),
        ("button_reply", "INTERACTIVE", "Da"),
        ("list_reply", "INTERACTIVE", "Marți, 10–12"),
        ("flow_reply", "INTERACTIVE", "Sent\nRating: 5"),
        ("reaction", "REACTION", "👍"),
        ("reaction_removed", "REACTION", ""),
        ("order", "ORDER", "Vă rog repede\n2 × SKU-1, 1 × SKU-2"),
        ("system_number", "SYSTEM", "User A changed from 40700000001 to 40700000009"),
        ("system_identity", "SYSTEM", "Ana's security code changed"),
        ("edit", "EDIT", "Unde este comanda SO-1001?"),
        ("revoke", "REVOKE", "[deleted]"),
        ("unsupported", "UNSUPPORTED", "[unsupported: poll]"),
        ("future_type", "UNSUPPORTED", "[unsupported: hologram]"),
    ],
)
def test_every_type_says_something_sensible(recorded, name, message_type, text):
    (message,) = parse_all(recorded(f"message_{name}"))

    assert (message.message_type, message.text) == (message_type, text)
    assert message.person.wa_id == "40700000001"


@pytest.mark.parametrize(
    ("name", "wamid"),
    [
        ("text", ""),
        ("text_forwarded", ""),
        ("text_reply", "wamid.TESTOUT0001"),
        ("template_button", "wamid.TESTOUT0001"),
        ("button_reply", "wamid.TESTOUT0001"),
        ("reaction", "wamid.TESTOUT0001"),
        ("reaction_removed", "wamid.TESTOUT0001"),
        ("edit", "wamid.TESTIN0001"),
        ("revoke", "wamid.TESTIN0001"),
    ],
)
def test_message_knows_what_it_answers(recorded, name, wamid):
    (message,) = parse_all(recorded(f"message_{name}"))

    assert message.reply_to_wamid == wamid


@pytest.mark.parametrize(
    ("name", "tapped"),
    [("button_reply", "so1001:yes"), ("template_button", "confirm:SO-1001"), ("text", "")],
)
def test_message_knows_which_button_was_tapped(recorded, name, tapped):
    (message,) = parse_all(recorded(f"message_{name}"))

    assert message.tapped == tapped


@pytest.mark.parametrize(
    ("name", "mime_type", "filename"),
    [
        ("image", "image/jpeg", ""),
        ("voice", "audio/ogg; codecs=opus", ""),
        ("document", "application/pdf", "factura-2001.pdf"),
        ("sticker", "image/webp", ""),
    ],
)
def test_media_message_names_its_file(recorded, name, mime_type, filename):
    (message,) = parse_all(recorded(f"message_{name}"))

    assert message.media == InboundMedia(
        media_id="900000000000001",
        mime_type=mime_type,
        filename=filename,
        sha256="n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
    )


def test_media_that_meta_could_not_take_in_is_a_message_without_a_file(recorded):
    (message,) = parse_all(recorded("message_image_failed"))

    assert message.message_type == "IMAGE"
    assert message.media is None
    assert message.content["errors"][0]["code"] == 131052


def test_album_is_three_messages_of_one_person(recorded):
    album = parse_all(recorded("message_album"))

    assert len({message.wamid for message in album}) == 3
    assert {message.person for message in album} == {ANA}


def test_person_may_have_a_username_only(recorded):
    (message,) = parse_all(recorded("message_username_only"))

    assert message.person == MIHAI


@pytest.mark.parametrize("phone", [None, ""])
def test_empty_phone_is_no_phone(phone):
    value = {
        "contacts": [{"user_id": "RO.9", "wa_id": phone, "profile": None}],
        "messages": [
            {"id": "w", "from": phone, "from_user_id": "RO.9", "timestamp": "1", "type": "text"}
        ],
    }

    assert parse_value(value).person == Person(bsuid="RO.9")


def test_group_message_says_so(recorded):
    (message,) = parse_all(recorded("message_group"))

    assert message.group_id == "GROUP-demo-1"


@pytest.mark.parametrize(
    ("given", "happened_at"),
    [
        ("1795000000", at(0)),
        (1795000000, at(0)),
        ("1795000000000", at(0)),
        (1795000000500, at(0.5)),
        (None, at(99)),
        ("soon", at(99)),
        ("9" * 30, at(99)),
        (True, at(99)),
        ("-1", at(99)),
    ],
)
def test_time_is_seconds_milliseconds_or_the_entrys(given, happened_at):
    value = {"messages": [{"id": "w", "from": "1", "timestamp": given, "type": "text"}]}

    assert parse_value(value, time=1795000099).happened_at == happened_at


def test_what_columns_refuse_becomes_a_replacement_character():
    message = parse_message(
        type="text", text={"body": "a\x00\ud800b", "big": float("inf"), "k\x00": ["\x00"]}
    )

    assert message.text == "a\ufffd\ufffdb"
    assert message.content["text"] == {"body": "a\ufffd\ufffdb", "big": None, "k\ufffd": ["\ufffd"]}


@pytest.mark.parametrize(
    ("message", "message_type", "text"),
    [
        ({"type": "text"}, "TEXT", ""),
        ({"type": "text", "text": "plain"}, "TEXT", ""),
        ({"type": "interactive", "errors": [{"code": 1}]}, "INTERACTIVE", "[interactive]"),
        (
            {"type": "interactive", "interactive": {"type": "call_permission_reply"}},
            "INTERACTIVE",
            "[call permission]",
        ),
        ({"type": "contacts", "contacts": []}, "CONTACTS", "[contacts]"),
        ({"type": "contacts", "contacts": [None]}, "CONTACTS", "[contact]"),
        ({"type": "location", "location": {}}, "LOCATION", "[location]"),
        ({"type": "order", "order": {}}, "ORDER", "[order]"),
        ({"type": "system", "system": {}}, "SYSTEM", "[system]"),
        ({"type": "button", "button": {"payload": "yes"}}, "BUTTON", "yes"),
        ({"type": "edit", "edit": {}}, "UNSUPPORTED", "[unsupported: edit]"),
        ({"type": "image", "image": None}, "IMAGE", ""),
        ({"type": "unknown"}, "UNSUPPORTED", "[unsupported]"),
        ({"type": None}, "UNSUPPORTED", "[unsupported]"),
        ({}, "UNSUPPORTED", "[unsupported]"),
    ],
)
def test_crippled_messages_are_still_messages(message, message_type, text):
    found = parse_message(**message)

    assert (found.message_type, found.text) == (message_type, text)


@pytest.mark.parametrize("missing", ["id", "from", "timestamp"])
def test_message_without_id_sender_or_time_cannot_be_read(missing):
    message = {"id": "w", "from": "1", "timestamp": "1795000000", "type": "text"} | {missing: None}

    with pytest.raises(WebhookProcessingError):
        parse_value({"messages": [message]})


@pytest.mark.parametrize("strange", ["\0", "\ud800"])
def test_place_with_letters_that_no_column_takes_is_still_a_message(strange):
    place = parse_message(type="location", location={"latitude": strange, "longitude": 25.6})

    assert place.text == "\ufffd, 25.6"
