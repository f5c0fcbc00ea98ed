"""The log of changes: nothing is skipped and nothing told twice, whatever commits when."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.factories import ConversationFactory, MessageFactory
from whatsapp.errors import ValidationError
from whatsapp.models import Change
from whatsapp.models.change import ChangeKind
from whatsapp.services.shared import change_log
from whatsapp.services.shared.change_log import Position

CHANGED = ChangeKind.CONVERSATION_CHANGED


def note(*ids: int) -> None:
    change_log.note(kind=CHANGED, ids=ids)


def told(news) -> list[int]:
    return [item.conversation for event in news.events for item in event.items]


class Slow:
    """A transaction that has written its change, and commits when it is told to."""

    def __init__(self, *ids: int, give_up: bool = False) -> None:
        self._written, self._may_end = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ids, give_up))
        self._thread.start()
        assert self._written.wait(10)

    def _run(self, ids, give_up) -> None:
        try:
            with transaction.atomic():
                note(*ids)
                self._written.set()
                assert self._may_end.wait(10)
                transaction.set_rollback(give_up)
        finally:
            connection.close()

    def end(self) -> None:
        self._may_end.set()
        self._thread.join(10)


@pytest.mark.django_db(transaction=True)
def test_change_that_commits_late_is_told_once_and_nothing_before_it_again():
    start = change_log.here()
    slow = Slow(1)
    note(2)
    first = change_log.read(after=start)
    note(3)
    second = change_log.read(after=first.position)
    slow.end()
    third = change_log.read(after=second.position)
    fourth = change_log.read(after=third.position)

    assert [told(news) for news in (first, second, third, fourth)] == [[2], [3], [1], []]


@pytest.mark.django_db(transaction=True)
def test_change_that_was_rolled_back_is_never_told():
    start = change_log.here()
    slow = Slow(1, give_up=True)
    first = change_log.read(after=start)
    slow.end()

    assert told(first) == told(change_log.read(after=first.position)) == []
    assert told(change_log.read(after=start)) == []


@pytest.mark.django_db(transaction=True)
def test_two_positions_cut_the_log_without_gap_or_overlap():
    start = change_log.here()
    slow = Slow(1)
    note(2)
    between = change_log.here()
    slow.end()
    note(3)

    before = change_log.read(after=start, until=between)
    after = change_log.read(after=between)

    assert (told(before), told(after)) == ([2], [1, 3])
    assert before.position == between


@pytest.mark.django_db(transaction=True)
def test_position_survives_being_written_down():
    slow = Slow(1)
    position = change_log.here()
    slow.end()

    again = change_log.parse(position=str(position))

    assert again == position
    assert told(change_log.read(after=again)) == [1]


@pytest.mark.django_db(transaction=True)
def test_changes_of_one_transaction_come_in_the_order_they_were_written():
    start = change_log.here()
    with transaction.atomic():
        note(3)
        with transaction.atomic():
            note(1)
        note(2)

    assert told(change_log.read(after=start)) == [3, 1, 2]


@pytest.mark.django_db(transaction=True)
def test_change_of_messages_names_their_conversations_as_they_are_now():
    message = MessageFactory(conversation=ConversationFactory())
    start = change_log.here()
    change_log.note(kind=ChangeKind.MESSAGE_READ, ids=[message.pk, 999_999_999])

    (event,) = change_log.read(after=start).events

    assert event.kind == "message_read"
    assert [(item.message, item.conversation) for item in event.items] == [
        (message.pk, message.conversation_id),
        (999_999_999, None),
    ]


@pytest.mark.django_db(transaction=True)
def test_more_than_anybody_reads_is_cut(monkeypatch):
    start = change_log.here()
    note(*range(1, change_log.MOST_IDS + 2))
    whole = change_log.read(after=start)
    monkeypatch.setattr(change_log, "MOST_ROWS", 1)

    cut = change_log.read(after=start)

    assert [len(event.items) for event in whole.events] == [change_log.MOST_IDS, 1]
    assert (cut.events, cut.is_cut, whole.is_cut) == ((), True, False)
    assert cut.position == whole.position


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("named", "is_cut"), [(6, True), (7, False)])
def test_few_rows_that_name_more_than_anybody_reads_are_cut_too(monkeypatch, named, is_cut):
    """A night of receipts is some thousand rows, and millions of ids in them."""
    monkeypatch.setattr(change_log, "MOST_IDS", 3)
    start = change_log.here()
    note(*range(1, 8))
    monkeypatch.setattr(change_log, "MOST_NAMED", named)

    news = change_log.read(after=start)

    assert news.is_cut is is_cut
    assert [len(event.items) for event in news.events] == ([] if is_cut else [3, 3, 1])


@pytest.mark.parametrize(
    "given",
    [
        "",
        "12",
        "5:4:@1",  # ends before it begins
        "5:9:8,7@1",  # out of order
        "5:9:9@1",  # runs, though it has not begun
        "5:9:4@1",
        "0:9:@1",
        "5:9:@",
        "5:9:;DROP TABLE x@1",
        "9" * 19 + ":" + "9" * 19 + ":@1",
        "5:9:" + "6," * 2000 + "6@1",
        "५:९:@१",
    ],
)
def test_position_that_was_not_given_out_is_refused(given):
    with pytest.raises(ValidationError) as refused:
        change_log.parse(position=given)

    assert refused.value.details["field"] == "Last-Event-ID"


@pytest.mark.django_db(transaction=True)
def test_position_that_outlived_the_log_or_came_from_another_server_is_lost():
    present = change_log.here()
    days = int(change_log.RETENTION.total_seconds())
    old = replace(present, second=present.second - days)
    foreign = replace(present, oldest=10**15, end=10**15)

    assert change_log.is_lost(position=old)
    assert change_log.is_lost(position=foreign)
    assert not change_log.is_lost(position=present)


@pytest.mark.django_db(transaction=True)
def test_row_restored_from_a_server_that_counted_further_is_not_told_for_ever():
    Change.objects.create(xact=10**15, kind=CHANGED.value, ids=[1])

    assert told(change_log.read(after=Position(oldest=1, end=1))) == []


@pytest.mark.django_db
def test_purge_takes_what_is_older_than_the_log_reaches_back():
    now = timezone.now()
    note(1)
    note(2)
    old, young = Change.objects.order_by("id")
    Change.objects.filter(pk=old.pk).update(
        created_at=now - change_log.RETENTION - timedelta(seconds=1)
    )

    assert change_log.purge(now=now) == 1
    assert list(Change.objects.all()) == [young]
