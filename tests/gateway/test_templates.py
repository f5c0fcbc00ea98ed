"""What Meta tells of a template: only what it speaks of."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.gateway.parsing import parse_all, parse_value
from whatsapp.domain.updates import TemplateUpdate
from whatsapp.errors import WebhookProcessingError


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
