"""What Meta counted beside what we stored: told once, asked again, never in Meta's way."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.factories import BusinessNumberFactory, ConversationFactory, MessageFactory
from whatsapp import testing
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.errors import NotFoundError
from whatsapp.models import GapCheck
from whatsapp.ports import DayCount
from whatsapp.services import health
from whatsapp.services.events import gap_check

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)  # six in the morning in Bucharest
MIDNIGHT = datetime(2026, 11, 25, 22, 0, tzinfo=UTC)  # the 26th begins in Bucharest
YESTERDAY = date(2026, 11, 26)
DIGITS = "40300000000"
DAY = timedelta(days=1)
AWAY = Failure(failure_class=FailureClass.NOT_SENT, code=None, title="No route")


@pytest.fixture
def number(outside):
    return BusinessNumberFactory(created_at=NOW - timedelta(days=30))


def counted(*, start: datetime = MIDNIGHT, sent: int, delivered: int) -> DayCount:
    return DayCount(start=start, end=start + DAY, sent=sent, delivered=delivered)


def sent(number, count: int, *, at: datetime = MIDNIGHT, **given) -> None:
    thread = ConversationFactory(number=number)
    given = {"sent_at": at, "created_at": at, "happened_at": at, **given}
    MessageFactory.create_batch(count, conversation=thread, **given)


def of(day: date) -> GapCheck:
    return GapCheck.objects.get(day=day)


def test_equal_counts_are_kept_and_nobody_is_told(number, outside):
    sent(number, 5, delivered_at=MIDNIGHT + timedelta(hours=3))
    outside.meta.days[DIGITS] = [counted(sent=5, delivered=5)]

    assert gap_check.check(now=NOW) == 3

    row = of(YESTERDAY)
    assert (row.state, row.meta_sent, row.our_sent) == ("EQUAL", 5, 5)
    assert (row.meta_delivered, row.our_delivered) == (5, 5)
    assert outside.staff.notices == []


def test_one_call_asks_for_the_days_of_a_number_and_none_when_they_agree(number, outside):
    outside.meta.fail_next(AWAY, AWAY, call="count_days")
    gap_check.check(now=NOW)
    gap_check.check(now=NOW + timedelta(hours=4))
    gap_check.check(now=NOW + timedelta(hours=8))
    outside.meta.fail_next(AWAY, call="count_days")
    gap_check.check(now=NOW + timedelta(hours=12))

    assert {(row.state, row.attempts) for row in GapCheck.objects.all()} == {("EQUAL", 3)}


def test_days_are_cut_where_meta_cuts_them(number, outside):
    pacific = MIDNIGHT + timedelta(hours=10)  # midnight there; the day ends after NOW here
    sent(number, 8, at=pacific - DAY + timedelta(minutes=1))
    outside.meta.days[DIGITS] = [
        counted(start=pacific - DAY, sent=8, delivered=0),
        counted(start=pacific, sent=50, delivered=0),
    ]

    gap_check.check(now=NOW)

    assert (of(YESTERDAY - DAY).state, of(YESTERDAY - DAY).our_sent) == ("EQUAL", 8)
    assert of(YESTERDAY).state == "PENDING"
    assert outside.staff.notices == []


@pytest.mark.parametrize(
    ("theirs", "words"),
    [
        ({"sent": 20, "delivered": 20}, "Statuses are missing here"),
        ({"sent": 40, "delivered": 0}, "More was sent with this number"),
        ({"sent": 5, "delivered": 0}, "Meta counts less than we have"),
    ],
)
def test_difference_is_told_once_with_figures_and_advice(number, outside, theirs, words):
    sent(number, 20)
    outside.meta.days[DIGITS] = [counted(**theirs)]

    gap_check.check(now=NOW)
    gap_check.check(now=NOW + timedelta(hours=4))

    (notice,) = outside.staff.notices
    assert notice.key == f"whatsapp-gap:{number.pk}:2026-11-26"
    assert f"Meta counts {theirs['sent']} sent" in notice.body
    assert "our rows 20 and 0" in notice.body
    assert words in notice.body
    assert notice.url == f"/admin/whatsapp/gapcheck/{of(YESTERDAY).pk}/change/"


def test_day_on_which_meta_counts_nothing_is_compared_too(number, outside):
    sent(number, 20)

    gap_check.check(now=NOW)

    assert (of(YESTERDAY).state, of(YESTERDAY).meta_sent) == ("DIFFERENT", 0)


def test_difference_that_is_mended_is_equal_at_the_next_look(number, outside):
    outside.meta.days[DIGITS] = [counted(sent=9, delivered=9)]
    gap_check.check(now=NOW)
    assert of(YESTERDAY).state == "DIFFERENT"
    sent(number, 9, delivered_at=MIDNIGHT)

    gap_check.check(now=NOW + timedelta(hours=4))

    assert (of(YESTERDAY).state, of(YESTERDAY).attempts) == ("EQUAL", 2)
    assert gap_check.troubles() == {}


def test_tolerance_is_a_setting(number, settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "GAP_TOLERANCE": 0.5}
    testing.gateway().days[DIGITS] = [counted(sent=30, delivered=0)]
    sent(number, 20)

    gap_check.check(now=NOW)

    assert of(YESTERDAY).state == "EQUAL"


def test_read_without_delivered_counts_as_delivered_and_other_rows_do_not_count(number, outside):
    sent(number, 6, read_at=MIDNIGHT + timedelta(hours=1), delivery_status="READ")
    sent(number, 9, at=MIDNIGHT - timedelta(seconds=1))
    sent(number, 7, at=MIDNIGHT + DAY)
    sent(number, 8, received=True, sent_at=None)
    sent(BusinessNumberFactory(phone_number_id="2", is_default=False), 11)
    outside.meta.days[DIGITS] = [counted(sent=6, delivered=6)]

    gap_check.check(now=NOW)

    assert (of(YESTERDAY).our_sent, of(YESTERDAY).our_delivered) == (6, 6)


def test_meta_away_is_shown_and_asked_again(number, outside):
    outside.meta.fail_next(AWAY, call="count_days")

    assert gap_check.check(now=NOW) == 0

    assert {(row.state, row.error) for row in GapCheck.objects.all()} == {("FAILED", "No route")}
    assert outside.staff.notices == []
    assert gap_check.troubles() == {number.pk: "2026-11-26: No route"}
    assert gap_check.check(now=NOW + timedelta(hours=4)) == 3
    assert {row.state for row in GapCheck.objects.all()} == {"EQUAL"}


def test_one_number_without_an_answer_does_not_hold_up_the_next(number, outside):
    second = BusinessNumberFactory(
        phone_number_id="2",
        is_default=False,
        created_at=number.created_at,
        display_number="+40 300 000 002",
        access_token="EAAG",
    )
    outside.meta.fail_next(AWAY, call="count_days")

    gap_check.check(now=NOW)

    assert {row.state for row in GapCheck.objects.filter(number=number)} == {"FAILED"}
    assert {row.state for row in GapCheck.objects.filter(number=second)} == {"EQUAL"}


def test_number_whose_digits_are_not_known_is_not_asked_for(outside):
    BusinessNumberFactory(created_at=NOW - timedelta(days=9), display_number="")

    assert gap_check.check(now=NOW) == 0
    assert "digits are not known" in of(YESTERDAY).error


def test_days_before_the_number_was_ours_are_not_compared(outside):
    number = BusinessNumberFactory(created_at=MIDNIGHT + timedelta(hours=1))

    assert gap_check.check(now=NOW) == 0
    assert not GapCheck.objects.filter(number=number).exists()


def test_number_without_a_token_is_left_out(outside):
    BusinessNumberFactory(phone_number_id="2", created_at=NOW - timedelta(days=9))

    assert gap_check.check(now=NOW) == 0
    assert not GapCheck.objects.exists()


def test_notifier_that_fails_is_asked_again(number, outside):
    outside.meta.days[DIGITS] = [counted(sent=9, delivered=9)]
    notices, outside.staff.notices = outside.staff.notices, None

    gap_check.check(now=NOW)
    assert of(YESTERDAY).told_at is None
    outside.staff.notices = notices
    gap_check.check(now=NOW + timedelta(hours=4))

    assert len(notices) == 1
    assert of(YESTERDAY).told_at is not None


def test_old_day_is_compared_again_on_request(number, outside, django_capture_on_commit_callbacks):
    gap_check.check(now=NOW)
    row = of(YESTERDAY)
    outside.meta.days[DIGITS] = [counted(sent=9, delivered=9)]

    with django_capture_on_commit_callbacks() as woken:
        gap_check.repeat(check_id=row.pk)
    gap_check.check(now=NOW + 30 * DAY)

    row.refresh_from_db()
    assert (len(woken), row.state, row.meta_sent) == (1, "DIFFERENT", 9)


def test_unknown_day_cannot_be_repeated():
    with pytest.raises(NotFoundError):
        gap_check.repeat(check_id=7)


def test_rows_are_kept_for_a_year(number):
    gap_check.check(now=NOW)
    GapCheck.objects.filter(day=YESTERDAY).update(created_at=NOW - timedelta(days=366))

    gap_check.check(now=NOW)

    assert not GapCheck.objects.filter(day=YESTERDAY).exists()


def test_health_shows_the_difference():
    number = BusinessNumberFactory()
    now = datetime.now(tz=UTC)
    GapCheck.objects.create(
        number=number,
        day=now.date(),
        starts_at=now - DAY,
        ends_at=now,
        state="DIFFERENT",
        meta_sent=9,
        our_sent=1,
        meta_delivered=8,
        our_delivered=0,
    )

    (check,) = [c for c in health.report(details=True).checks if c.name.startswith("counts:")]

    assert check.status is health.HealthStatus.DEGRADED
    assert check.detail.endswith("Meta counts 9 sent and 8 delivered, our rows 1 and 0")
