"""Meta's news of accounts and numbers: on the right rows, told once, in any order."""

import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests import webhook_bodies as bodies
from tests.factories import BusinessNumberFactory
from tests.services.events.news import UPGRADE, hear, state_of
from tests.services.receiving.steps import outcomes, process
from whatsapp.domain.breaker import BreakerState, Cause, Circuit, to_json
from whatsapp.models import BusinessNumber, SenderState, WebhookEvent
from whatsapp.services import webhook_events
from whatsapp.services.sending import breakers, senders

pytestmark = pytest.mark.django_db

BAN = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}}
REINSTATED = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "REINSTATE"}}
OURS, THEIRS = "RESTRICTED_BIZ_INITIATED_MESSAGING", "RESTRICTED_CUSTOMER_INITIATED_MESSAGING"


def is_stopped(number):
    return breakers.is_open(number_id=number.pk)


def restriction(*kinds, until=None):
    ends = {"expiration": until} if until else {}
    info = [{"restriction_type": kind, **ends} for kind in kinds]
    return {"event": "ACCOUNT_RESTRICTION", "restriction_info": info}


# Sending stops, and goes on


@pytest.mark.parametrize(
    "value",
    [
        BAN,
        {"event": "ACCOUNT_DELETED"},
        {"event": "ACCOUNT_OFFBOARDED"},
        restriction(OURS, THEIRS),
    ],
)
def test_account_that_may_not_send_stops_every_number_of_it(number, outside, value):
    second = BusinessNumberFactory(phone_number_id="556", is_default=False)
    stranger = BusinessNumberFactory(phone_number_id="557", waba_id="778", is_default=False)

    hear("account_update", value)

    assert (is_stopped(number), is_stopped(second), is_stopped(stranger)) == (True, True, False)
    (notice,) = outside.staff.notices
    assert notice.level == "critical"
    assert "messages wait" in notice.body


@pytest.mark.parametrize(
    "value",
    [
        restriction(OURS),
        restriction("RESTRICTED_ADD_PHONE_NUMBER_ACTION"),
        {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SCAM"}},
        {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "SCHEDULE_FOR_DISABLE"}},
    ],
)
def test_what_forbids_less_is_told_and_stops_nothing(number, outside, value):
    hear("account_update", value)

    assert not is_stopped(number)
    assert [notice.level for notice in outside.staff.notices] == ["critical"]


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        (BAN, REINSTATED),
        ({"event": "ACCOUNT_OFFBOARDED"}, {"event": "ACCOUNT_RECONNECTED"}),
        (restriction(OURS, THEIRS), restriction()),
    ],
)
def test_sending_goes_on_when_meta_says_so(number, outside, bad, good):
    hear("account_update", bad)

    hear("account_update", good, at=1)

    assert not is_stopped(number)
    assert [notice.level for notice in outside.staff.notices] == ["critical", "info"]
    assert len({notice.key for notice in outside.staff.notices}) == 1  # the staff see the newest


def test_one_axis_does_not_end_what_another_forbids(number):
    hear("account_update", BAN)

    hear("account_update", restriction(), at=1)
    hear("account_update", {"event": "ACCOUNT_RECONNECTED"}, at=2)

    assert is_stopped(number)


def test_block_with_an_end_is_tried_again_after_it(number):
    end = datetime.now(tz=UTC).replace(microsecond=0) + timedelta(hours=2)

    hear("account_update", restriction(OURS, THEIRS, until=int(end.timestamp())))

    (sender,) = senders.look(number_ids=[number.pk])
    assert (sender.breaker.cause, sender.breaker.until) == (Cause.ACCOUNT, end)
    assert sender.standing == [f"BLOCKED until {end.isoformat()}"]


def test_reinstatement_leaves_another_trouble_of_the_breaker_alone(number):
    hear("account_update", BAN)
    slow = to_json(BreakerState(state=Circuit.OPEN, cause=Cause.TROUBLE))
    SenderState.objects.update(breaker=slow)

    hear("account_update", REINSTATED, at=1)

    assert is_stopped(number)


def test_person_may_mend_what_meta_did_not_take_back(number):
    hear("account_update", BAN)

    breakers.mend(number_id=number.pk)
    WebhookEvent.objects.update(status="pending")  # and a replay does not stop it again
    process()

    assert not is_stopped(number)


def test_customers_are_heard_while_the_account_is_disabled(number):
    hear("account_update", BAN)

    webhook_events.record(body=bodies.body(bodies.messages(bodies.text("wamid.A"))))
    process()

    assert outcomes()["message:wamid.A"] == ("processed", "applied")


# Notices alone


def test_each_security_event_is_told_once_in_any_order(number, outside):
    hear("security", {"event": "PIN_CHANGED", "requester": "Ana"}, at=5)
    hear("security", {"event": "PIN_RESET_REQUEST", "requester": "Radu"})
    WebhookEvent.objects.update(status="pending")
    process()

    subjects = [notice.subject for notice in outside.staff.notices]
    assert subjects == [
        "The PIN of the number was changed",
        "Somebody asked to reset the PIN of the number",
    ]
    assert "Radu" in outside.staff.notices[1].body


@pytest.mark.parametrize(
    ("severity", "status", "levels"),
    [
        ("CRITICAL", "ACTIVE", ["critical"]),
        ("WARNING", "ACTIVE", ["warning"]),
        ("INFORMATIONAL", "ACTIVE", []),
        ("CRITICAL", "NONE", []),
    ],
)
def test_alert_is_told_as_loudly_as_it_is_severe(number, outside, severity, status, levels):
    alert = {"alert_severity": severity, "alert_status": status, "alert_type": "OBA"}

    hear("account_alerts", {"entity_type": "BUSINESS", "alert_info": alert})

    assert [notice.level for notice in outside.staff.notices] == levels
    assert "alert:OBA" in state_of(number)["news"]


def test_alert_about_a_number_we_do_not_have_is_the_accounts(number, outside):
    alert = {"alert_severity": "CRITICAL", "alert_status": "ACTIVE", "alert_type": "OBA"}
    value = {"entity_type": "PHONE_NUMBER", "entity_id": "559", "alert_info": alert}

    hear("account_alerts", value)

    assert [notice.level for notice in outside.staff.notices] == ["critical"]


def test_rejected_review_is_told_and_an_approved_one_is_shown(number, outside):
    hear("account_review_update", {"decision": "APPROVED"})
    hear("account_review_update", {"decision": "REJECTED"}, at=1)

    assert [notice.level for notice in outside.staff.notices] == ["critical"]
    assert state_of(number)["news"]["review"]["event"] == "REJECTED"


def test_unknown_event_of_a_known_field_is_shown_and_told_to_nobody(number, outside):
    hear("account_update", {"event": "VOLUME_BASED_PRICING_TIER_UPDATE", "volume_tier_info": {}})

    assert outside.staff.notices == []
    (news,) = state_of(number)["news"].values()
    assert news["event"] == "VOLUME_BASED_PRICING_TIER_UPDATE"
    assert set(outcomes().values()) == {("processed", "applied")}


def test_account_that_is_not_ours_changes_nothing(number, outside):
    hear("account_update", BAN, waba="779")

    assert set(outcomes().values()) == {("processed", "not ours")}
    assert outside.staff.notices == []
    assert not is_stopped(number)


def test_staff_notifier_that_fails_costs_the_notice_alone(number, settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "STAFF_NOTIFIER": f"{__name__}.Broken"}

    hear("account_update", BAN)

    assert is_stopped(number)
    assert set(outcomes().values()) == {("processed", "applied")}


class Broken:
    def notify(self, notice):
        raise RuntimeError("The mail server is away.")


# Any order


TOLD = [
    ("account_update", BAN, 0),
    ("account_update", REINSTATED, 2),
    ("account_update", restriction(OURS, THEIRS), 1),
    ("account_update", restriction(OURS), 1),
]
NUMBERED = [
    ("phone_number_quality_update", UPGRADE | {"max_daily_conversations_per_business": "B"}, 1),
    ("business_capability_update", {"max_daily_conversations_per_business": "C"}, 1),
    ("phone_number_quality_update", {"event": "FLAGGED"}, 0),
    ("phone_number_name_update", {"decision": "APPROVED", "requested_verified_name": "Z"}, 3),
]


@pytest.mark.parametrize("told", [TOLD, NUMBERED])
def test_every_order_and_a_second_time_end_in_the_same_row(number, told):
    ends = set()
    fresh = state_of(number)
    for order in itertools.permutations(told):
        WebhookEvent.objects.all().delete()
        SenderState.objects.all().delete()
        BusinessNumber.objects.filter(pk=number.pk).update(**fresh)
        for field, value, at in order:
            hear(field, value, at=at)
        once = state_of(number)
        WebhookEvent.objects.update(status="pending")
        process()
        assert state_of(number) == once
        ends.add(json.dumps([once, is_stopped(number)], default=str, sort_keys=True))

    assert len(ends) == 1
