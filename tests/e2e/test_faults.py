"""Senders that are stopped, paused or cut off in mid-batch, held against the simulator's ledger."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection, transaction
from psycopg import sql

from tests.e2e.conftest import wait_for
from tests.factories import ConversationFactory
from whatsapp.models import BusinessNumber, Message, OutboxItem
from whatsapp.services import messages

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(120),
    pytest.mark.alone,
]

LIMIT = 40  # a second: few messages last for a while


def many(count: int) -> None:
    """Replies to as many customers, at 40 a second; the sender is woken."""
    BusinessNumber.objects.update(messages_per_second=LIMIT)
    conversations = ConversationFactory.create_batch(count)
    with transaction.atomic():
        for conversation in conversations:
            messages.send_text(text="Bună ziua!", conversation_id=conversation.pk)


def accepted(system) -> list[str]:
    return [entry["biz_opaque_callback_data"] for entry in system.simulator.ledger()]


def uuids(system) -> set[str]:
    return {callback.partition(":")[0] for callback in accepted(system)}


def count_of(*statuses: str) -> int:
    return Message.objects.filter(delivery_status__in=statuses).count()


def unsettled() -> int:
    """Rows not known to be taken. (Meta fails most later: these customers never wrote first.)"""
    return OutboxItem.objects.exclude(state="FAILED").count()


def largest_second(system) -> int:
    return system.simulator.stats()["numbers"]["555000000000001"]["largest_second_arrived"]


def assert_each_was_sent_once(system, count: int) -> None:
    assert unsettled() == 0
    assert len(accepted(system)) == count
    assert len(uuids(system)) == count
    assert largest_second(system) <= LIMIT


@contextmanager
def database_away() -> Iterator[None]:
    """As in a restart of PostgreSQL: connections are cut, and new ones refused for a while."""
    known = connection.get_connection_params()  # the address may be a socket's
    address = {key: known[key] for key in ("host", "port", "user", "password") if key in known}
    server = psycopg.connect(**address, dbname="postgres", autocommit=True)
    name = sql.Identifier(known["dbname"])
    try:
        server.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [known["dbname"]],
        )
        yield
    finally:
        server.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
        server.close()
        connection.close()


def test_stopped_worker_gives_back_and_the_other_goes_on_at_once(system):
    system.simulator.settings(latency_ms=100)
    with system.worker() as first:
        many(80)
        wait_for(lambda: len(accepted(system)) > 20, what="the first is at work")
        with system.worker():
            time.sleep(3)  # it is up and has found the lease taken
            many(80)
            started = time.monotonic()
            first.stop()
            took = time.monotonic() - started
            doubtful = count_of("UNCONFIRMED")
            wait_for(lambda: len(accepted(system)) == 160, what="the other sent the rest")
            wait_for(lambda: not unsettled(), what="all results are written")

    assert doubtful == 0
    assert took < 8
    assert_each_was_sent_once(system, 160)


def test_restart_of_the_database_costs_no_result_and_doubles_nothing(system):
    system.simulator.settings(latency_ms=300)
    many(150)
    with system.worker():
        wait_for(lambda: len(accepted(system)) > 30, what="the sender is at work")
        with database_away():
            time.sleep(3)
        wait_for(lambda: len(accepted(system)) == 150, what="the rest left", timeout=40)
        wait_for(lambda: not unsettled(), what="all results are written")

    assert_each_was_sent_once(system, 150)


def test_holder_that_was_paused_beyond_its_lease_sends_nothing_late(system):
    system.simulator.settings(latency_ms=50)
    many(150)
    with system.worker() as first:
        wait_for(lambda: len(accepted(system)) > 20, what="the first is at work")
        with system.worker():
            first.process.send_signal(signal.SIGSTOP)
            wait_for(lambda: len(accepted(system)) > 60, what="the other took over")
            time.sleep(1)
            first.process.send_signal(signal.SIGCONT)
            wait_for(lambda: count_of("PENDING", "SENDING") == 0, what="nothing waits")
            system.simulator.wait_until_idle()
            wait_for(lambda: count_of("UNCONFIRMED") == 150 - len(uuids(system)), what="it agrees")

    assert len(accepted(system)) == len(uuids(system))
    assert largest_second(system) <= LIMIT
