"""Wake-ups, on a Redis of our own that is away, hangs and comes back: no request ever waits."""

from __future__ import annotations

import contextvars
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from celery import current_app
from celery.signals import before_task_publish
from django.db import transaction
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from dev import redis_server
from whatsapp import queue

ROOT = Path(__file__).resolve().parents[1]
REQUEST = contextvars.ContextVar("REQUEST", default="of nobody")
QUICK = 0.5  # seconds; a request that waited for the broker would lose more


class Broker:
    """A Redis that can be stopped like a hung one."""

    def __init__(self) -> None:
        port = redis_server.free_port()
        self.url = f"redis://127.0.0.1:{port}/0"
        program = str(next(redis_server.programs()))
        self.process = subprocess.Popen(
            [program, "--bind", "127.0.0.1", "--port", str(port), "--save", ""],
            stdout=subprocess.DEVNULL,
        )
        self._client = redis.Redis.from_url(self.url, retry=Retry(ConstantBackoff(0.05), 100))
        self._client.ping()  # tries again until it is up

    def hang(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()

    def tasks(self, name: str = queue.SEND_QUEUE) -> int:
        """How many wait once no more come."""
        known = -1
        while (found := self._client.llen(name)) != known:
            known = found
            time.sleep(0.1)
        return known

    def wait_for_tasks(self, *, timeout: float = 5.0) -> int:
        deadline = time.monotonic() + timeout
        while not self._client.llen(queue.SEND_QUEUE) and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.tasks()


@pytest.fixture
def broker(settings) -> Iterator[Broker]:
    """A server of its own, and a waker that has not seen another."""
    settings.WHATSAPP = {**settings.WHATSAPP, "WAKE_PAUSE": timedelta(seconds=1)}
    usual = current_app.conf.broker_write_url
    broker = Broker()
    current_app.conf.broker_write_url = broker.url
    queue.start_afresh()
    yield broker
    queue._waker.flush()  # what it still publishes must not reach the next test's broker
    broker.end()
    current_app.conf.broker_write_url = usual
    queue.start_afresh()


def wake(number_id: int = 1) -> float:
    """Wake the number's sender and return how long the caller was kept."""
    started = time.monotonic()
    queue.enqueue(queue.SEND_DUE, number_id=number_id)
    return time.monotonic() - started


@pytest.mark.django_db(transaction=True)
def test_ten_thousand_rows_in_one_transaction_are_one_wake_up(broker):
    with transaction.atomic():
        for _ in range(10_000):
            with transaction.atomic():  # as each service call does
                queue.enqueue(queue.SEND_DUE, number_id=1)
        queue.enqueue(queue.SEND_DUE, number_id=2)

    assert broker.wait_for_tasks() == 2


@pytest.mark.django_db(transaction=True)
def test_savepoint_that_is_rolled_back_takes_no_other_wake_up_with_it(broker):
    with transaction.atomic():
        with suppress(ZeroDivisionError), transaction.atomic():
            queue.enqueue(queue.SEND_DUE, number_id=1)
            raise ZeroDivisionError
        queue.enqueue(queue.SEND_DUE, number_id=1)

    assert broker.wait_for_tasks() == 1


@pytest.mark.django_db(transaction=True)
def test_rolled_back_transaction_wakes_nobody_and_the_next_one_does(broker):
    with suppress(ZeroDivisionError), transaction.atomic():
        queue.enqueue(queue.SEND_DUE, number_id=1)
        raise ZeroDivisionError
    before = broker.tasks()
    with transaction.atomic():
        queue.enqueue(queue.SEND_DUE, number_id=1)

    assert (before, broker.wait_for_tasks()) == (0, 1)


@pytest.mark.django_db(transaction=True)
def test_each_transaction_wakes_for_itself(broker):
    for expected in (1, 2):
        with transaction.atomic():
            queue.enqueue(queue.SEND_DUE, number_id=1)
        assert broker.wait_for_tasks() == expected


def test_webhooks_of_one_moment_are_few_wake_ups_and_the_last_is_among_them(broker):
    for _ in range(200):
        queue.wake(queue.PROCESS_WEBHOOK_EVENTS)  # its rows are committed by another connection
        time.sleep(0.001)
    time.sleep(2 * queue.RESTS[queue.PROCESS_WEBHOOK_EVENTS])
    first = broker.tasks(queue.RECEIVE_QUEUE)
    queue.wake(queue.PROCESS_WEBHOOK_EVENTS)

    assert 1 <= first < 30
    assert broker.tasks(queue.RECEIVE_QUEUE) == first + 1


@pytest.mark.django_db(transaction=True)
def test_wake_up_of_a_sender_does_not_rest_behind_those_of_webhooks(broker):
    left: list[str] = []

    def note(sender: str, **_):
        left.append(sender)

    before_task_publish.connect(note)
    queue.wake(queue.PROCESS_WEBHOOK_EVENTS)
    _wait_until(lambda: len(left) == 1)
    queue.wake(queue.PROCESS_WEBHOOK_EVENTS)
    queue.wake(queue.SEND_DUE, number_id=1)
    _wait_until(lambda: len(left) == 3)
    before_task_publish.disconnect(note)

    assert left == [queue.PROCESS_WEBHOOK_EVENTS, queue.SEND_DUE, queue.PROCESS_WEBHOOK_EVENTS]


@pytest.mark.django_db(transaction=True)
def test_hung_broker_keeps_no_request_waiting_and_is_used_again_afterwards(broker):
    wake()
    assert broker.wait_for_tasks() == 1
    broker.hang()

    kept = [wake(n) for n in range(50)]
    time.sleep(3.0)  # the publisher has given up by now, and rests
    kept += [wake(n) for n in range(50)]
    broker.resume()
    time.sleep(1.2)
    before = broker.tasks()
    wake(99)

    assert max(kept) < QUICK
    assert broker.wait_for_tasks() >= 1
    assert broker.tasks() == before + 1


@pytest.mark.django_db(transaction=True)
def test_broker_that_is_away_costs_a_request_nothing(broker):
    broker.end()

    assert max(wake(n) for n in range(50)) < QUICK


@pytest.mark.django_db(transaction=True)
def test_forked_child_wakes_by_a_thread_of_its_own(broker):
    wake()
    assert broker.wait_for_tasks() == 1

    child = os.fork()
    if not child:
        wake(2)
        time.sleep(0.5)
        os._exit(0)
    os.waitpid(child, 0)

    assert broker.tasks() == 2


def test_short_process_says_its_wake_up_before_it_ends(broker):
    script = (
        "import django; django.setup();"
        "from whatsapp import queue;"
        "queue.enqueue(queue.SEND_DUE, number_id=7)"
    )

    subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "cypher_erp.settings",
            "REDIS_URL": broker.url,
        },
        check=True,
    )

    assert broker.tasks() == 1


@pytest.mark.django_db(transaction=True)
def test_wake_up_leaves_in_the_context_of_the_request_that_asked_for_it(broker):
    left: list[str] = []

    def note(**_):
        left.append(REQUEST.get())

    before_task_publish.connect(note)
    for request in ("first", "second"):
        token = REQUEST.set(request)
        with transaction.atomic():
            queue.enqueue(queue.PROCESS_WEBHOOK_EVENTS)
        REQUEST.reset(token)
        _wait_until(lambda request=request: request in left)
    before_task_publish.disconnect(note)

    assert left == ["first", "second"]


def _wait_until(probe: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not probe() and time.monotonic() < deadline:
        time.sleep(0.01)
