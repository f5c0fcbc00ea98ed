"""What became of our messages, as Meta tells it."""

from __future__ import annotations

import pytest

from tests.gateway.parsing import at, parse_all, parse_value
from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.updates import StatusUpdate
from whatsapp.errors import WebhookProcessingError


def parse_status(**status):
    return parse_value({"statuses": [{"id": "wamid.A", "timestamp": "1795000000"} | status]})


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
