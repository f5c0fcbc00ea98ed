"""One reader for many listeners: each is told everything once, whenever it comes and goes."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection

from whatsapp.errors import RateLimitExceededError
from whatsapp.models.change import ChangeKind
from whatsapp.services.shared import change_log, event_stream
from whatsapp.services.shared.event_stream import Feed, Listener

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def feed():
    """A reader that is at rest again when the test ends."""
    made = Feed()
    yield made
    deadline = time.monotonic() + 10
    while any(thread.name == "changes" for thread in threading.enumerate()):
        assert time.monotonic() < deadline, "the reader did not end with its last listener"
        time.sleep(0.02)


def note(*ids: int) -> None:
    change_log.note(kind=ChangeKind.CONVERSATION_CHANGED, ids=ids)


def ids(events) -> list[int]:
    return [item.conversation for event in events for item in event.items]


def hear(listener: Listener, *, count: int) -> list[int]:
    """Listen until so many have come, and a little longer for one too many."""
    heard: list[int] = []
    deadline = time.monotonic() + 10
    while len(heard) < count and time.monotonic() < deadline:
        events = listener.take()
        heard += ids(listener.catch_up().events if events is None else events)
        time.sleep(0.02)
    time.sleep(2 * event_stream.INTERVAL)
    return heard + ids(listener.take() or ())


def test_past_and_present_join_without_gap_or_overlap(feed):
    start = change_log.here()
    note(1)
    early = Listener(feed=feed)
    note(2)
    late = Listener(feed=feed, position=start)
    note(3)

    heard_late = ids(late.catch_up().events)
    heard_late += hear(late, count=3 - len(heard_late))
    heard_early = ids(early.catch_up().events) + hear(early, count=2)
    early.leave()
    late.leave()

    assert sorted(heard_late) == [1, 2, 3]
    assert heard_early == [2, 3]


def test_listener_that_comes_back_goes_on_where_it_left(feed):
    first = Listener(feed=feed)
    first.catch_up()
    note(1)
    heard = hear(first, count=1)
    first.leave()
    note(2)

    again = Listener(feed=feed, position=change_log.parse(position=str(first.position)))
    heard += ids(again.catch_up().events)
    heard += hear(again, count=2 - len(heard))
    again.leave()

    assert heard == [1, 2]


def test_position_newer_than_the_readers_last_look_is_not_lost(feed):
    listener = Listener(feed=feed)
    ahead = Listener(feed=feed, position=change_log.here())
    note(1)

    news = ahead.catch_up()
    heard = ids(news.events) + hear(ahead, count=1)
    listener.leave()
    ahead.leave()

    assert heard == [1]


def test_listener_too_slow_for_what_is_kept_reads_the_log(feed, monkeypatch):
    monkeypatch.setattr(event_stream, "INTERVAL", 0.02)
    slow = Listener(feed=feed)
    slow.catch_up()
    quick = Listener(feed=feed)
    quick.catch_up()
    for n in range(event_stream.KEPT + 5):
        note(n)
        while not (told := quick.take()):
            time.sleep(0.002)
        assert ids(told) == [n]

    assert slow.take() is None
    heard = ids(slow.catch_up().events)
    slow.leave()
    quick.leave()

    assert heard == list(range(event_stream.KEPT + 5))


def test_much_at_once_is_forgotten_and_read_from_the_log_instead(feed, monkeypatch):
    monkeypatch.setattr(event_stream, "INTERVAL", 0.02)
    monkeypatch.setattr(event_stream, "MOST_KEPT", 4)
    slow, quick = Listener(feed=feed), Listener(feed=feed)
    for listener in (slow, quick):
        listener.catch_up()
    heard: list[list[int]] = []
    for some in ((1, 2), (3,), (4,), (5, 6)):  # the first is too much once the last has come
        note(*some)
        while not (told := quick.take()):
            time.sleep(0.002)
        heard.append(ids(told))

    assert heard == [[1, 2], [3], [4], [5, 6]]  # who keeps up reads nothing again
    assert slow.take() is None
    assert ids(slow.catch_up().events) == [1, 2, 3, 4, 5, 6]
    slow.leave()
    quick.leave()


def test_look_that_is_too_much_by_itself_is_kept_for_nobody_and_missed_by_nobody(feed, monkeypatch):
    monkeypatch.setattr(event_stream, "MOST_KEPT", 4)
    listener = Listener(feed=feed)
    listener.catch_up()
    note(*range(10))
    deadline = time.monotonic() + 10
    while (told := listener.take()) == []:
        assert time.monotonic() < deadline
        time.sleep(0.02)

    assert told is None
    heard = ids(listener.catch_up().events)
    note(10)
    heard += hear(listener, count=1)
    listener.leave()

    assert heard == list(range(11))


def test_database_that_is_away_for_a_moment_costs_nobody_an_event(feed, monkeypatch):
    monkeypatch.setattr(event_stream, "PAUSE", event_stream.timedelta(seconds=0.05))
    listener = Listener(feed=feed)
    listener.catch_up()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query LIKE '%%whatsapp_changes%%' AND pid <> pg_backend_pid()"
            " AND datname = current_database()"
        )
    note(1)

    heard = hear(listener, count=1)
    listener.leave()

    assert heard == [1]


def test_too_many_listeners_are_told_to_come_later(feed, monkeypatch):
    monkeypatch.setattr(event_stream, "MOST_LISTENERS", 1)
    first = Listener(feed=feed)

    with pytest.raises(RateLimitExceededError) as refused:
        feed.require_room()
    first.leave()
    feed.require_room()

    assert refused.value.retry_after == event_stream.PAUSE


def test_many_writers_and_one_listener_agree(feed):
    listener = Listener(feed=feed)
    listener.catch_up()

    def write(base: int) -> None:
        try:
            for n in range(25):
                note(base + n)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(base,)) for base in range(0, 400, 100)]
    for writer in writers:
        writer.start()
    heard = hear(listener, count=100)
    for writer in writers:
        writer.join()
    listener.leave()

    assert sorted(heard) == sorted(base + n for base in range(0, 400, 100) for n in range(25))
