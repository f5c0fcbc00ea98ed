"""``whatsapp_queue``: what waits and why, once or until it has left."""

from __future__ import annotations

import _thread
import json
import threading
import time
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone, translation

from tests.factories import BusinessNumberFactory, MessageFactory, OutboxItemFactory
from whatsapp.admin.queue_words import moment
from whatsapp.domain.breaker import BreakerState, Cause, Circuit, to_json
from whatsapp.domain.retry import Priority
from whatsapp.models import OutboxItem, SenderState

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("whatsapp_queue", *arguments, stdout=out)
    return out.getvalue()


def cells(said: str) -> list[list[str]]:
    """The rows of the tables."""
    lines = (line for line in said.splitlines() if line.startswith("│"))
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def paused(**fields) -> None:
    state = BreakerState(state=Circuit.OPEN, reason="Something went wrong (131000)", **fields)
    SenderState.objects.create(number=BusinessNumberFactory(), breaker=to_json(state))


def test_each_reason_is_a_line_with_its_count_age_and_words():
    now = timezone.now()
    OutboxItemFactory.create_batch(2, next_attempt_at=now - timedelta(minutes=4))
    OutboxItemFactory(
        state="FAILED", reason="Message undeliverable (131026)", priority=Priority.NOTICE.value
    )

    said = run()

    assert "Magazin (555000000000001): running" in said
    assert "Sender: none" in said
    assert "Rate: 0 in the last minute, at most 80 a second" in said
    assert cells(said) == [
        ["Reply", "2", "due, but no sender runs", "4\xa0minutes", "", ""],
        ["Order notice", "1", "not sent", "0\xa0minutes", "", "Message undeliverable (131026)"],
    ]


def test_holder_and_rate_are_shown():
    lease_until = timezone.now() + timedelta(seconds=5)
    SenderState.objects.create(
        number=BusinessNumberFactory(messages_per_second=20), holder="w:1", lease_until=lease_until
    )
    MessageFactory(sent_at=timezone.now())

    said = run()

    assert "Sender: w:1" in said
    assert "Rate: 1 in the last minute, at most 20 a second" in said
    assert "Nothing waits." in said


def test_pause_is_told_with_its_end_and_its_cause():
    now = timezone.now()
    until = now + timedelta(minutes=5)
    paused(cause=Cause.TROUBLE, until=until)
    OutboxItemFactory()

    said = run()

    end = moment(until, now=now)
    assert f"Sending paused until {end}: Meta fails too often, last with: " in said
    assert cells(said)[0][2:5] == ["sending is paused", "0\xa0minutes", end]


def test_operator_reads_their_own_language(monkeypatch):
    monkeypatch.setenv("LC_ALL", "ro_RO.UTF-8")
    OutboxItemFactory()

    said = run()

    assert "de trimis, dar nu trimite nimeni" in said
    assert translation.get_language() == "en"


def test_one_number_is_shown_alone_by_id_digits_or_name():
    BusinessNumberFactory()
    BusinessNumberFactory(phone_number_id="2", name="Depozit", is_default=False)

    for name in ("2", "Depozit"):
        assert [line for line in run("--number", name).splitlines() if "running" in line] == [
            "Depozit (2): running"
        ]


def test_unknown_number_is_refused_with_those_there_are():
    BusinessNumberFactory()

    with pytest.raises(CommandError, match=r"Depozit.*Magazin \(555000000000001\)"):
        run("--number", "Depozit")


def test_json_is_one_object_for_programs():
    item = OutboxItemFactory(state="HELD", reason="Meta's answer was never seen")

    (number,) = json.loads(run("--json"))["numbers"]

    assert number["phone_number_id"] == "555000000000001"
    assert (number["sending"], number["leaving"]) == ("RUNNING", 0)
    assert number["waiting"] == [
        {
            "kind": "MESSAGE",
            "priority": "reply",
            "why": "held",
            "count": 1,
            "since": item.created_at.isoformat(),
            "until": None,
            "reason": "Meta's answer was never seen",
        }
    ]


def test_watch_of_an_empty_queue_ends_at_once():
    OutboxItemFactory(next_attempt_at=timezone.now() + timedelta(hours=1))
    OutboxItemFactory(state="FAILED")

    said = run("--watch")

    assert said.splitlines()[0] == "0 left"
    assert [row[2] for row in cells(said)] == ["scheduled", "not sent"]


@pytest.mark.django_db(transaction=True)
def test_watch_writes_a_line_at_each_look_until_all_have_left():
    SenderState.objects.create(
        number=BusinessNumberFactory(),
        holder="w:1",
        lease_until=timezone.now() + timedelta(minutes=1),
    )
    rows = [OutboxItemFactory().pk for _ in range(3)]

    def leave() -> None:
        for pk in rows:
            time.sleep(0.15)
            OutboxItem.objects.filter(pk=pk).delete()
        connection.close()

    sender = threading.Thread(target=leave)
    sender.start()
    lines = run("--watch", "--interval", "0.02").splitlines()
    sender.join()

    left = [int(line.split()[0]) for line in lines if " left" in line]
    assert left[0] == 3
    assert left[-1] == 0
    assert left == sorted(left, reverse=True)
    assert any("/s" in line and "to go" in line for line in lines)


@pytest.mark.django_db(transaction=True)
def test_watch_of_a_paused_number_says_so():
    until = timezone.now() + timedelta(minutes=5)
    paused(cause=Cause.TROUBLE, until=until)
    row = OutboxItemFactory()
    out = StringIO()

    def watch() -> None:
        call_command("whatsapp_queue", "--watch", "--interval", "0.05", stdout=out)
        connection.close()

    watching = threading.Thread(target=watch)
    watching.start()
    time.sleep(0.5)
    row.delete()
    watching.join()

    assert out.getvalue().splitlines()[0].startswith("1 left · Magazin: Sending paused until ")


def test_watch_of_a_number_whose_account_somebody_must_mend_ends_and_says_so():
    paused(cause=Cause.ACCOUNT, until=None)
    OutboxItemFactory()

    said = run("--watch", "--interval", "0.05")

    assert said.splitlines()[0] == (
        "0 left · Magazin: Sending paused until the account is mended: "
        "Meta refuses the account: Something went wrong (131000)"
    )
    assert OutboxItem.objects.count() == 1


def test_pace_that_meta_lowered_is_the_one_shown():
    number = BusinessNumberFactory()
    eased = BreakerState().eased(limit=80, taken=66, now=timezone.now())
    SenderState.objects.create(number=number, breaker=to_json(eased))

    assert "at most 66 a second" in run()


def test_interrupted_watch_says_how_many_are_left():
    OutboxItemFactory.create_batch(2)
    threading.Timer(0.5, _thread.interrupt_main).start()

    with pytest.raises(CommandError, match=r"Stopped watching; 2 are left\.") as raised:
        run("--watch", "--interval", "5")

    assert raised.value.returncode == 130
