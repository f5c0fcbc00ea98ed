"""The servers we stand on go away in mid-batch and come back, Redis with nothing in it."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest
import redis
from django.db import OperationalError, connection, connections
from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks

from tests.e2e.faults import rows
from tests.e2e.faults.judgement import assert_equals_ledger
from tests.e2e.faults.setting_up import machines, own_postgres, own_redis, stand_on
from tests.e2e.faults.stand import Stand
from tests.simulator_process import SimulatorProcess
from whatsapp import queue

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.alone,
]

LIMIT = 100
AWAY = 10.0  # seconds without Redis


@pytest.fixture
def on_redis(transactional_db, times, simulator: SimulatorProcess) -> Iterator[Stand]:
    with machines() as made, own_redis(made) as url:
        stand = stand_on(made, simulator=simulator, redis=url)
        stand.door()
        yield stand


@pytest.fixture
def on_postgres(times, simulator: SimulatorProcess, django_db_blocker) -> Iterator[Stand]:
    with django_db_blocker.unblock(), machines() as made, own_postgres(made) as url:
        stand = stand_on(made, simulator=simulator, database=url)
        stand.door()
        yield stand


def sweep_each_second() -> None:
    """As an operator would, in the admin: beat takes it up within five seconds."""
    second, _ = IntervalSchedule.objects.get_or_create(every=1, period="seconds")
    PeriodicTask.objects.filter(task=queue.SWEEP_OUTBOX).update(interval=second)
    PeriodicTasks.update_changed()


def flush(stand: Stand) -> None:
    redis.Redis.from_url(stand.environment["REDIS_URL"]).flushall()


@pytest.mark.django_db(transaction=True)
def test_redis_emptied_and_away_for_ten_seconds_loses_nothing(on_redis):
    stand, number = on_redis, rows.number(limit=LIMIT)
    stand.worker()
    stand.beat()
    rows.write(250, sender=number)
    stand.wait_until_taken(100)
    sweep_each_second()

    flush(stand)
    stand.machines.kill("redis")
    slowest = 0.0
    for _ in range(5):
        started = time.monotonic()
        rows.write(50, sender=number)
        slowest = max(slowest, time.monotonic() - started)
        time.sleep(AWAY / 5)
    stand.machines.again("redis")
    stand.wait_until_settled(sweeps=False)

    assert slowest < 1
    assert assert_equals_ledger(stand.simulator).sent == 500

    # kombu keeps in mind which queues it has declared; a Redis that is emptied does not
    stand.machines.pause("beat")
    flush(stand)
    rows.write(40, sender=number)  # told by this process, their statuses by the door
    stand.wait_until_settled(sweeps=False)
    rows.write(10, sender=number, wake=False)
    stand.machines.resume("beat")
    stand.wait_until_settled(sweeps=False)

    assert assert_equals_ledger(stand.simulator).sent == 550


def restart_postgres(stand: Stand, *, how: signal.Signals) -> None:
    """Let it end at once, politely to its clients or as in a crash, and start it again."""
    stand.machines.end("postgres", by=how)
    stand.machines.again("postgres")
    connections.close_all()
    stand.machines.wait_until(is_up, what="PostgreSQL")


def is_up() -> bool:
    try:
        connection.ensure_connection()
    except OperationalError:
        return False
    return True


def test_postgres_restarted_twice_in_mid_batch_costs_no_result_and_doubles_nothing(on_postgres):
    stand, number = on_postgres, rows.number(limit=LIMIT)
    stand.worker()
    rows.write(600, sender=number)

    stand.wait_until_taken(150)
    restart_postgres(stand, how=signal.SIGINT)
    stand.wait_until_taken(350)
    restart_postgres(stand, how=signal.SIGQUIT)
    stand.wait_until_settled()

    assert assert_equals_ledger(stand.simulator).sent == 600
