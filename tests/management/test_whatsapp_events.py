"""``whatsapp_events``: what Meta told, what waits and why, and once more from the shell."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from tests.factories import BusinessNumberFactory
from whatsapp.models import WebhookEvent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("whatsapp_events", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def cells(said: str) -> list[list[str]]:
    """The rows of the tables."""
    lines = (line for line in said.splitlines() if line.startswith("│"))
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def event(key: str, **given) -> WebhookEvent:
    given = {"field": "messages", "payload": "{}", **given}
    return WebhookEvent.objects.create(idempotency_key=key, **given)


def test_empty_road_says_so():
    said = run()

    assert "Not tried yet: 0, to be tried again: 0, dead: 0" in said
    assert "There are no events." in said


def test_groups_what_waits_and_what_is_dead_are_shown_with_their_reasons():
    event("message:a", status="processed", outcome="applied")
    event(
        "status:b:read",
        attempts=3,
        error="Waits for its message.",
        received_at=timezone.now() - timedelta(minutes=4),
        next_attempt_at=timezone.now() + timedelta(minutes=1),
    )
    newest = event("message:c", status="failed", error="ValueError: [no]")

    said = run()

    assert "Not tried yet: 0, to be tried again: 1, dead: 1" in said
    rows = cells(said)
    assert ["messages", "processed", "applied", "1", "0\xa0minutes"] in rows
    assert ["status:b:read", "4\xa0minutes", "3", "Waits for its message."] in rows
    assert ["messages", "1", "ValueError: [no]", "0\xa0minutes", f"#{newest.pk}"] in rows


def test_json_has_it_all_for_programs():
    event("message:a", status="failed", error="ValueError: no")
    event("message:b")

    found = json.loads(run("--json"))

    assert (found["pending"], found["retried"], found["dead"]) == (1, 0, 1)
    assert found["oldest_due_seconds"] >= 0
    assert [row["idempotency_key"] for row in found["oldest"]] == ["message:b"]
    assert found["dead_reasons"][0]["reason"] == "ValueError: no"
    assert {(g["status"], g["count"]) for g in found["groups"]} == {("failed", 1), ("pending", 1)}


def test_dry_run_counts_and_changes_nothing():
    event("message:a", status="failed")
    event("message:b", status="failed", field="flows")

    said = run("replay", "--field", "flows", "--dry-run")

    assert said.strip() == "1 events would be processed again."
    assert not WebhookEvent.objects.pending().exists()


def test_replay_names_what_it_wants():
    event("message:a", status="failed")

    with pytest.raises(CommandError, match="Say which events") as refused:
        run("replay")

    assert refused.value.returncode == 2
    assert not WebhookEvent.objects.pending().exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--outcome", "stale"),
        ("--number", "Magazin"),
        ("--after", "2026-11-01", "--before", "2026-11-03"),
        ("--status", "processed", "--field", "messages"),
    ],
)
def test_filters_choose(arguments):
    number = BusinessNumberFactory()
    event(
        "message:a",
        status="processed",
        outcome="stale",
        phone_number_id=number.phone_number_id,
        received_at="2026-11-02T10:00:00Z",
    )
    event("message:b", status="failed", field="flows")

    assert json.loads(run("replay", *arguments, "--dry-run", "--json")) == {"matching": 1}


def test_replay_that_nobody_processes_says_so():
    row = event("message:a", status="failed")

    with pytest.raises(CommandError, match="Nobody processes events"):
        run("replay", "--id", str(row.pk), "--timeout", "0")

    row.refresh_from_db()
    assert row.status == "pending"


@pytest.mark.django_db(transaction=True)
def test_replay_waits_until_the_events_are_processed():
    for n in range(3):
        event(f"message:{n}", status="failed")
    ended = threading.Event()

    def process() -> None:
        while not ended.wait(0.05):
            WebhookEvent.objects.pending().update(status="processed")
        connection.close()

    worker = threading.Thread(target=process)
    worker.start()
    try:
        said = run("replay", "--status", "failed", "--json")
    finally:
        ended.set()
        worker.join()

    assert json.loads(said) == {"replayed": 3}
    assert not WebhookEvent.objects.pending().exists()


def test_old_events_are_purged():
    old = timezone.now() - timedelta(days=31)
    event("message:a", status="processed", processed_at=old)
    event("message:b", status="failed", received_at=old)

    assert run("purge").strip() == "Events deleted: 1."
    assert [row.idempotency_key for row in WebhookEvent.objects.all()] == ["message:b"]
