"""News of accounts and numbers, of any shape."""

from __future__ import annotations

import pytest

from tests.gateway.parsing import at, parse_all, parse_value
from whatsapp.domain.updates import PlatformNews
from whatsapp.errors import WebhookProcessingError


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
