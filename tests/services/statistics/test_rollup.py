"""The roll-up says what counting the rows says, whatever happens to them and when."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from tests.services.statistics.counting import HOUR, NOON, at, roll_up
from whatsapp.models import DayCount, HourCount, Message, StatsMark
from whatsapp.services import stats
from whatsapp.services.statistics import rollup

pytestmark = pytest.mark.django_db
BUCHAREST = ZoneInfo("Europe/Bucharest")


def day(moment: datetime) -> date:
    return moment.astimezone(BUCHAREST).date()


def counted(model=HourCount) -> dict:
    unit = "hour" if model is HourCount else "day"
    rows = model.objects.values_list(unit).annotate(total=Sum("n"))
    return dict(rows.order_by(unit))


# What is marked is counted


def test_message_is_counted_in_the_hour_of_its_row_and_its_day_in_bucharest():
    at(datetime(2026, 11, 10, 22, 59, tzinfo=UTC))

    roll_up()

    assert counted() == {datetime(2026, 11, 10, 22, tzinfo=UTC): 1}
    assert counted(DayCount) == {date(2026, 11, 11): 1}


def test_read_told_a_month_later_moves_the_count_of_its_hour():
    message = at(NOON)
    roll_up()

    Message.objects.filter(pk=message.pk).update(delivery_status="READ", read_at=NOON + 30 * HOUR)
    roll_up()

    assert list(HourCount.objects.values_list("delivery_status", "n")) == [("READ", 1)]
    assert list(DayCount.objects.values_list("delivery_status", "n")) == [("READ", 1)]


def test_counting_again_changes_nothing_and_leaves_no_mark():
    at(NOON)
    roll_up()
    before = list(HourCount.objects.values_list("hour", "n"))

    rollup.mark(start=NOON - HOUR, end=NOON + HOUR)

    assert roll_up() == 2
    assert list(HourCount.objects.values_list("hour", "n")) == before
    assert not StatsMark.objects.exists()
    assert roll_up() == 0


def test_row_deleted_by_hand_is_no_longer_counted():
    message = at(NOON)
    roll_up()

    message.delete()
    roll_up()

    assert not HourCount.objects.exists()
    assert not DayCount.objects.exists()


def test_rows_the_erp_writes_by_its_own_sql_are_counted():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO whatsapp_messages (direction, message_type, message_text, "
            "delivery_status, created_at) VALUES ('SENT', 'TEXT', 'Salut', 'odd', %s)",
            [NOON],
        )

    roll_up()

    assert list(HourCount.objects.values_list("number_id", "delivery_status", "n")) == [
        (None, "odd", 1)
    ]


def test_rolled_back_change_leaves_no_mark():
    message = at(NOON)
    roll_up()

    with transaction.atomic():
        Message.objects.filter(pk=message.pk).update(delivery_status="READ")
        transaction.set_rollback(True)

    assert not StatsMark.objects.exists()


@pytest.mark.parametrize(
    ("changes_on", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)]
)
def test_day_on_which_the_clocks_change_has_the_hours_it_has(changes_on, hours):
    midnight = datetime(changes_on.year, changes_on.month, changes_on.day, tzinfo=BUCHAREST)
    start = midnight.astimezone(UTC)
    for n in range(-1, hours + 1):
        at(start + n * HOUR)

    roll_up()

    assert counted(DayCount)[changes_on] == hours
    assert sum(counted(DayCount).values()) == hours + 2


def test_hours_are_counted_newest_first_in_slices(monkeypatch):
    monkeypatch.setattr(rollup, "SLICE", 2)
    for n in range(5):
        at(NOON + n * HOUR)

    assert roll_up() == 5
    assert sum(counted().values()) == 5


# Several at once


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_count_each_hour_once():
    for n in range(60):
        at(NOON + n * HOUR)
    start = threading.Barrier(3)

    def work() -> None:
        start.wait()
        roll_up()
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    roll_up()

    assert set(counted().values()) == {1}
    assert sum(counted(DayCount).values()) == 60
    assert not StatsMark.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_change_committed_while_somebody_counts_is_counted_afterwards():
    message = at(NOON)
    roll_up()
    changed, done = threading.Event(), threading.Event()

    def change() -> None:
        with transaction.atomic():
            Message.objects.filter(pk=message.pk).update(delivery_status="READ")
            changed.set()
            done.wait(10)
        connection.close()

    other = threading.Thread(target=change)
    other.start()
    changed.wait(10)
    assert roll_up() == 0  # it waits for nobody
    done.set()
    other.join()

    assert roll_up() == 1
    assert HourCount.objects.get().delivery_status == "READ"


@pytest.mark.django_db(transaction=True)
def test_reader_waits_for_nobody_who_counts():
    at(NOON)
    held, done = threading.Event(), threading.Event()

    def count() -> None:
        with transaction.atomic():
            roll_up()
            held.set()
            done.wait(10)
        connection.close()

    other = threading.Thread(target=count)
    other.start()
    held.wait(10)
    oldest = StatsMark.objects.order_by("created_at").first()
    found = stats.message_stats(first=day(NOON), last=day(NOON))
    done.set()
    other.join()

    assert (found.sent, found.as_of) == (0, oldest.created_at)
    assert stats.message_stats(first=day(NOON), last=day(NOON)).sent == 1
