from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.updates import (
    IdentityUpdate,
    InboundMedia,
    InboundMessage,
    Person,
    PlatformNews,
    PreferenceUpdate,
    StatusUpdate,
    TemplateUpdate,
    UnsupportedUpdate,
)
from whatsapp.errors import WebhookProcessingError
from whatsapp.gateway import updates

ANA = Person(wa_id="40700000001", bsuid="RO.1000000000000001", profile_name="Ana Ionescu")
MIHAI = Person(bsuid="RO.1000000000000009", username="mihai.p", profile_name="Mihai")


def at(seconds):
    return datetime.fromtimestamp(1795000000 + seconds, UTC)


def parse_all(body):
    return [updates.parse(field=one.field, payload=one.payload) for one in updates.split(body)]


def parse_value(value, *, field="messages", **entry):
    payload = json.dumps({"entry": {"id": "777", **entry}, "field": field, "value": value})
    return updates.parse(field=field, payload=payload)


def parse_message(**message):
    value = {"messages": [{"id": "wamid.A", "from": "40700000001", "timestamp": "1795000000"}]}
    value["messages"][0] |= message
    return parse_value(value)


def parse_status(**status):
    return parse_value({"statuses": [{"id": "wamid.A", "timestamp": "1795000000"} | status]})


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


@pytest.mark.parametrize(
    ("name", "status", "seconds"),
    [
        ("sent", MessageStatus.SENT, 11),
        ("delivered", MessageStatus.DELIVERED, 12),
        ("read", MessageStatus.READ, 13),
        ("played", MessageStatus.READ, 14),
        ("deleted", None, 15),
        ("failed", MessageStatus.FAILED, 16),
        ("v23_conversation", MessageStatus.SENT, 11),
    ],
)
def test_statuses_are_read_as_ours(recorded, name, status, seconds):
    (update,) = parse_all(recorded(f"status_{name}"))

    assert update.status is status
    assert update.happened_at == at(seconds)
    assert update.callback_data == "7f3c0f1e-0000-4000-8000-000000000001:1"


def test_sent_status_carries_its_price(recorded):
    (update,) = parse_all(recorded("status_sent"))

    assert update == StatusUpdate(
        wamid="wamid.TESTOUT0001",
        phone_number_id="555000000000001",
        status=MessageStatus.SENT,
        raw_status="sent",
        happened_at=at(11),
        callback_data="7f3c0f1e-0000-4000-8000-000000000001:1",
        recipient_wa_id="40700000001",
        recipient_bsuid="RO.1000000000000001",
        pricing_category="utility",
        pricing_type="regular",
    )


def test_failed_status_carries_its_reason(recorded):
    (update,) = parse_all(recorded("status_failed"))

    assert update.error_code == 131026
    assert update.error_text == ("Message undeliverable: Demo: the recipient could not be reached.")


@pytest.mark.parametrize("name", ["no_phone", "no_phone_old_spelling"])
def test_status_may_come_without_a_phone(recorded, name):
    (update,) = parse_all(recorded(f"status_{name}"))

    assert (update.recipient_wa_id, update.recipient_bsuid) == ("", "RO.1000000000000001")


def test_group_status_is_about_the_participant(recorded):
    (update,) = parse_all(recorded("status_group"))

    assert update.recipient_wa_id == "40700000001"


@pytest.mark.parametrize(
    ("errors", "code", "text"),
    [
        (None, None, ""),
        ([], None, ""),
        (["x"], None, ""),
        ([{"code": "131026", "title": "T", "error_data": {"details": "T"}}], 131026, "T"),
        ([{"code": 0, "message": "M"}], 0, "M"),
        ([{"code": 10**12, "title": "x" * 900}], None, "x" * 500),
    ],
)
def test_status_errors_fit_their_columns(errors, code, text):
    update = parse_status(status="failed", errors=errors)

    assert (update.error_code, update.error_text) == (code, text)


@pytest.mark.parametrize("missing", ["id", "timestamp"])
def test_status_without_id_or_time_cannot_be_read(missing):
    with pytest.raises(WebhookProcessingError):
        parse_status(status="sent", **{missing: None})


def template(**values):
    return TemplateUpdate(
        waba_id="777000000000001",
        meta_id="880000000000001",
        name="order_shipped",
        happened_at=datetime.fromtimestamp(1795000100, UTC),
        **({"language": "ro"} | values),
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("approved", template(status="APPROVED", category="UTILITY")),
        (
            "rejected",
            template(
                status="REJECTED",
                category="UTILITY",
                reason="INVALID_FORMAT: Demo: do not end with a variable.",
            ),
        ),
        (
            "paused",
            template(
                status="PAUSED",
                category="MARKETING",
                language="en_US",
                reason="FIRST_PAUSE: Demo: paused for 3 hours.",
            ),
        ),
        ("quality", template(quality="YELLOW")),
        ("category_announced", template(category="UTILITY")),
        ("category_changed", template(category="MARKETING")),
    ],
)
def test_template_webhooks_say_only_what_they_speak_of(recorded, name, expected):
    assert parse_all(recorded(f"template_{name}")) == [expected]


@pytest.mark.parametrize("missing", ["time", "id"])
def test_template_without_id_or_time_cannot_be_read(missing):
    value = {"message_template_id": None if missing == "id" else 1, "event": "APPROVED"}
    entry = {} if missing == "time" else {"time": 1795000100}

    with pytest.raises(WebhookProcessingError):
        parse_value(value, field="message_template_status_update", **entry)


def test_preferences_are_consent(recorded):
    stop, resume = (parse_all(recorded(f"preference_{name}"))[0] for name in ("stop", "resume"))

    assert stop == PreferenceUpdate(
        phone_number_id="555000000000001",
        person=Person(wa_id="40700000001", profile_name="Ana Ionescu"),
        happened_at=at(200),
        marketing=False,
    )
    assert resume.person == Person(bsuid="RO.1000000000000009", profile_name="Mihai")
    assert resume.marketing is True


@pytest.mark.parametrize(
    "preference", [{"category": "utility", "value": "stop"}, {"category": "marketing_messages"}]
)
def test_unknown_preference_changes_nothing(preference):
    value = {"user_preferences": [preference | {"wa_id": "1", "timestamp": 1795000000}]}

    assert isinstance(parse_value(value, field="user_preferences"), UnsupportedUpdate)


def test_preference_without_a_time_cannot_be_read():
    wish = {"wa_id": "1", "category": "marketing_messages", "value": "stop"}

    with pytest.raises(WebhookProcessingError):
        parse_value({"user_preferences": [wish]}, field="user_preferences")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("account_errors", "Meta reports trouble 130429: Rate limit hit"),
    ],
)
def test_what_nothing_acts_on_says_why(recorded, name, why):
    assert parse_all(recorded(name)) == [UnsupportedUpdate(why=why)]


def test_texts_of_a_template_are_told_by_part(recorded):
    (told,) = parse_all(recorded("template_components"))

    assert told.components == {"BODY": "Bună, {{customer}}", "FOOTER": "Demo Trading SRL"}
    assert (told.status, told.category, told.quality) == ("", "", "")


def test_language_of_a_template_is_written_our_way():
    value = {"message_template_id": 1, "message_template_language": "en-US", "event": "APPROVED"}

    told = parse_value(value, field="message_template_status_update", time=1795000000)

    assert told.language == "en_US"


def test_buttons_of_a_template_are_read_as_meta_takes_them():
    button = {
        "message_template_button_type": "URL",
        "message_template_button_text": "Urmărire",
        "message_template_button_url": "https://shop.example/{{1}}",
    }
    value = {"message_template_id": 1, "message_template_buttons": [button, "x"]}

    told = parse_value(value, field="message_template_components_update", time=1795000000)

    assert told.components["BUTTONS"][0] == {
        "type": "URL",
        "text": "Urmărire",
        "url": "https://shop.example/{{1}}",
    }


def test_alert_is_read_whole(recorded):
    (news,) = parse_all(recorded("account_alert"))

    assert news == PlatformNews(
        waba_id="777000000000001",
        happened_at=at(110),
        topic="alert:DEMO",
        event="DEMO WARNING",
        phone_number_id="555000000000001",
        level="warning",
        words="Demo alert",
    )


@pytest.mark.parametrize("value", [None, {}, {"event": 7}, {"restriction_info": "x"}])
@pytest.mark.parametrize(
    "field",
    [
        *("account_update", "account_alerts", "account_review_update"),
        *("business_capability_update", "phone_number_quality_update"),
        *("phone_number_name_update", "security", "business_username_updates"),
    ],
)
def test_news_of_any_shape_is_news(field, value):
    news = parse_value(value, field=field, id="777", time=1795000000)

    assert isinstance(news, PlatformNews)
    assert (news.waba_id, news.happened_at, dict(news.facts)) == ("777", at(0), {})


def test_news_without_a_time_cannot_be_read():
    with pytest.raises(WebhookProcessingError):
        parse_value({"event": "ACCOUNT_DELETED"}, field="account_update", id="777")


@pytest.mark.parametrize(
    ("ends", "word", "until"),
    [
        ((), "", None),
        ((("RESTRICTED_BIZ_INITIATED_MESSAGING", 5),), "RESTRICTED", 5),
        ((("A", 5), ("B", None)), "RESTRICTED", None),
        ((("A", 5), ("B", 9)), "RESTRICTED", 9),
        (
            (
                ("RESTRICTED_BIZ_INITIATED_MESSAGING", 5),
                ("RESTRICTED_CUSTOMER_INITIATED_MESSAGING", 9),
                ("RESTRICTED_ADD_PHONE_NUMBER_ACTION", None),
            ),
            "BLOCKED",
            5,
        ),
    ],
)
def test_restrictions_are_one_word_with_one_end(ends, word, until):
    info = [
        {"restriction_type": kind, **({"expiration": 1795000000 + end} if end else {})}
        for kind, end in ends
    ]
    value = {"event": "ACCOUNT_RESTRICTION", "restriction_info": info}

    standing = parse_value(value, field="account_update", id="777", time=1795000000).standing

    assert (standing.word, standing.until) == (word, at(until) if until else None)


def test_echo_is_read_as_a_message_to_the_customer():
    message = {
        "from": "40300000000",
        "to": "40700000001",
        "id": "wamid.E",
        "timestamp": "1795000000",
        "type": "text",
        "text": {"body": "Vă sun eu."},
    }

    told = parse_value({"message_echoes": [message]}, field="smb_message_echoes")

    assert told.message.person == Person(wa_id="40700000001")
    assert (told.message.text, told.message.content, told.in_phone_app) == (
        "Vă sun eu.",
        message,
        True,
    )


def test_echo_to_nobody_cannot_be_read():
    message = {"id": "wamid.E", "timestamp": "1795000000", "type": "text"}

    with pytest.raises(WebhookProcessingError):
        parse_value({"message_echoes": [message]}, field="smb_message_echoes")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("READ", MessageStatus.READ),
        ("PLAYED", MessageStatus.READ),
        ("DELIVERED", MessageStatus.DELIVERED),
        ("ERROR", MessageStatus.FAILED),
        ("PENDING", MessageStatus.SENT),
    ],
)
def test_old_message_of_ours_has_come_as_far_as_its_history_says(word, status):
    message = {
        "from": "40300000000",
        "to": "40700000001",
        "id": "wamid.E",
        "timestamp": "1795000000",
        "type": "text",
        "history_context": {"status": word},
    }
    thread = {"id": "+40 700 000 001", "messages": [message]}

    told = parse_value({"history": [{"threads": [thread]}]}, field="history")

    assert (told.status, told.message.person.wa_id) == (status, "40700000001")


def test_unreadable_body_is_unsupported():
    assert parse_all(b"\xffgarbage") == [UnsupportedUpdate(why="The body is no webhook envelope.")]


def test_value_with_nothing_in_it_is_unsupported():
    assert isinstance(parse_value({"messages": [], "statuses": None}), UnsupportedUpdate)
    assert isinstance(parse_value(None), UnsupportedUpdate)


@pytest.mark.parametrize("payload", ["", "{", "[" * 100_000])
def test_broken_payload_cannot_be_read(payload):
    with pytest.raises(WebhookProcessingError):
        updates.parse(field="messages", payload=payload)


def test_nesting_beyond_reason_cannot_be_read():
    deep = "[" * 700 + "]" * 700
    payload = (
        '{"value":{"messages":[{"id":"w","from":"1","timestamp":"1795000000","type":"text","x":'
        f"{deep}}}]}}}}"
    )

    with pytest.raises(WebhookProcessingError, match="nested too deeply"):
        updates.parse(field="messages", payload=payload)


# People under a new number or BSUID


def test_new_number_says_who_it_was_and_who_it_is(recorded):
    (message,) = parse_all(recorded("message_system_number"))

    assert message.person == Person(wa_id="40700000001")
    assert message.becomes == Person(wa_id="40700000009")


@pytest.mark.parametrize(
    ("message", "before"),
    [
        (
            {"from": "40700000001", "from_user_id": "RO.1"},
            Person(wa_id="40700000001", bsuid="RO.1"),
        ),
        ({"from": "", "from_user_id": None, "previous": "RO.1"}, Person(bsuid="RO.1")),
        ({"from": "", "body": "User A changed from RO.1 to RO.2"}, Person(bsuid="RO.1")),
        ({"from": ""}, Person(bsuid="RO.2")),
    ],
)
def test_new_user_id_is_read_wherever_meta_names_the_old_one(message, before):
    told = {"type": "user_changed_user_id", "user_id": "RO.2", "parent_user_id": "RO.ENT.2"}
    if "body" in message:
        told["body"] = message.pop("body")
    if "previous" in message:
        told["previous_user_id"] = message.pop("previous")

    update = parse_message(type="system", system=told, **message)

    assert (update.person, update.becomes) == (before, Person(bsuid="RO.2"))
    assert update.message_type == "SYSTEM"


@pytest.mark.parametrize(
    "message",
    [
        {"type": "system", "system": {"type": "customer_identity_changed", "wa_id": "407"}},
        {"type": "text", "system": {"type": "user_changed_number", "wa_id": "40700000009"}},
        {"type": "system", "system": {"type": "user_changed_number"}},
    ],
)
def test_nobody_moves_but_who_is_said_to(message):
    assert parse_message(**message).becomes is None


def test_user_id_update_is_one_item_for_each_person(recorded):
    first, second = parse_all(recorded("user_id_update"))

    assert first == IdentityUpdate(
        phone_number_id="555000000000001",
        before=Person(bsuid="RO.1000000000000001"),
        person=Person(wa_id="40700000001", bsuid="RO.1000000000000011"),
        happened_at=at(300),
    )
    assert (second.before, second.person) == (
        Person(bsuid="RO.1000000000000009"),
        Person(bsuid="RO.1000000000000019"),
    )


@pytest.mark.parametrize(
    "change", [{}, {"user_id": {"previous": "RO.1"}}, {"user_id": "RO.2"}, "RO.2"]
)
def test_user_id_update_without_a_new_id_is_refused(change):
    with pytest.raises(WebhookProcessingError, match="user id"):
        parse_value({"user_id_update": [change]}, field="user_id_update", time=1795000000)


def test_alert_written_flat_is_read_too():
    flat = {
        "entity_type": "BUSINESS",
        "alert_severity": "CRITICAL",
        "alert_status": "ACTIVE",
        "alert_type": "OBA_APPROVED",
        "alert_description": "Look here.",
    }

    told = parse_value(flat, field="account_alerts", time=1795000000)

    assert (told.topic, told.level, told.words) == ("alert:OBA_APPROVED", "critical", "Look here.")


@pytest.mark.parametrize("strange", ["\0", "\ud800"])
def test_place_with_letters_that_no_column_takes_is_still_a_message(strange):
    place = parse_message(type="location", location={"latitude": strange, "longitude": 25.6})

    assert place.text == "\ufffd, 25.6"
