"""Meta's news of one number: on its row, in its pace."""

import pytest

from tests.factories import BusinessNumberFactory
from tests.services.events.news import UPGRADE, hear, state_of
from tests.services.receiving.steps import process
from whatsapp.models import BusinessNumber, WebhookEvent

pytestmark = pytest.mark.django_db


def test_upgrade_lets_a_number_send_a_thousand_a_second(number, outside):
    hear("phone_number_quality_update", UPGRADE | {"max_daily_conversations_per_business": "X"})

    number.refresh_from_db()
    assert (number.pace, number.throughput, number.messaging_limit) == (1000, "HIGH", "X")
    assert [notice.level for notice in outside.staff.notices] == ["info"]


def test_number_in_the_phone_app_keeps_to_twenty(number):
    BusinessNumber.objects.update(uses_phone_app=True)

    hear("phone_number_quality_update", UPGRADE)

    number.refresh_from_db()
    assert number.pace == 20


def test_pace_of_the_environment_wins_over_the_upgrade(number, settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "MESSAGES_PER_SECOND": 50}

    hear("phone_number_quality_update", UPGRADE)

    number.refresh_from_db()
    assert number.pace == 50


def test_persons_slower_pace_outlives_a_repeated_upgrade(number):
    hear("phone_number_quality_update", UPGRADE)
    BusinessNumber.objects.update(messages_per_second=300)

    WebhookEvent.objects.update(status="pending")
    process()

    number.refresh_from_db()
    assert number.pace == 300


def test_name_is_taken_over_when_it_is_approved_only(number, outside):
    rejected = {"decision": "REJECTED", "requested_verified_name": "X", "rejection_reason": "BAD"}
    hear("phone_number_name_update", {"decision": "APPROVED", "requested_verified_name": "Cypher"})
    hear("phone_number_name_update", rejected, at=1)

    number.refresh_from_db()
    assert (number.verified_name, number.name_decision) == ("Cypher", "REJECTED")
    assert [notice.level for notice in outside.staff.notices] == ["info", "warning"]
    assert "X: BAD" in outside.staff.notices[1].body


@pytest.mark.parametrize(
    ("given", "limit"),
    [
        ("TIER_10K", "TIER_10K"),
        (2000, "TIER_2K"),
        ("250", "TIER_250"),
        (-1, "TIER_UNLIMITED"),
        ("tier_unlimited", "TIER_UNLIMITED"),
    ],
)
def test_messaging_limit_is_read_as_text_and_as_a_number(number, outside, given, limit):
    hear("business_capability_update", {"max_daily_conversations_per_business": given})

    number.refresh_from_db()
    assert number.messaging_limit == limit
    assert outside.staff.notices == []


def test_news_of_one_number_leaves_the_others_alone(number):
    other = BusinessNumberFactory(
        phone_number_id="556", display_number="+40 300 000 001", is_default=False
    )

    hear("phone_number_quality_update", UPGRADE | {"display_phone_number": "40300000001"})

    assert (state_of(number)["throughput"], state_of(other)["throughput"]) == ("", "HIGH")


@pytest.mark.parametrize(
    ("display", "throughput"),
    [("0300 000 000", "HIGH"), ("", "HIGH"), ("+40 300 000 001", ""), ("000", "")],
)
def test_number_is_found_by_its_digits_however_they_are_written(number, display, throughput):
    BusinessNumber.objects.update(display_number=display)

    hear("phone_number_quality_update", UPGRADE)

    assert state_of(number)["throughput"] == throughput


def test_username_is_in_use_once_approved_and_gone_when_deleted(number):
    hear("business_username_updates", {"username": "cypher", "status": "reserved"})
    reserved = state_of(number)["username"]
    hear("business_username_updates", {"username": "cypher", "status": "approved"}, at=1)
    approved = state_of(number)["username"]
    hear("business_username_updates", {"status": "deleted"}, at=2)

    assert (reserved, approved, state_of(number)["username"]) == ("", "cypher", "")
