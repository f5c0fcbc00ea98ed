"""The same events delivered twice: what the second delivery costs, and that it changes nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

from django.db import connection

from bench import rows
from bench.figures import Figure, at_least, at_most, noted
from bench.system import System
from dev.credentials import ACCOUNT_ID, NUMBER_ID
from whatsapp.models import WebhookEvent
from whatsapp.services import webhook_events

SENT, PEOPLE = 30_000, 5_000  # our messages, each with three statuses; who writes to us
WRITTEN = 10_000  # messages of customers
FIRST, SECOND = 100, (1, 400)  # things in a POST at first; the fewest and the most when repeated
BATCH = 1000  # events that one call of the processor takes up
BEGINNING = 1_700_000_000

_ANSWERED = """
    UPDATE whatsapp_messages SET delivery_status = 'SENT', attempts = 1,
        external_message_id = 'wamid.OUT' || id, sent_at = now()
"""
_STATE = """
    SELECT md5(string_agg(md5(t::text), ',' ORDER BY t.id)) FROM {table} t
"""
_TABLES = (
    *("whatsapp_messages", "whatsapp_conversations", "whatsapp_contacts", "whatsapp_outbox"),
    "whatsapp_webhook_events",
)

Thing = tuple[str, dict[str, Any]]


def run(_: System) -> list[Figure]:
    """Seconds to record and process 100,000 events, then the same again in another order."""
    number = rows.fresh_number(limit=80)
    WebhookEvent.objects.all().delete()
    rows.make_people(PEOPLE, number=number)
    for _round in range(SENT // PEOPLE):
        rows.write(PEOPLE, number=number)
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED)
        cursor.execute("SELECT id FROM whatsapp_messages")
        wamids = [f"wamid.OUT{pk}" for (pk,) in cursor.fetchall()]
        cursor.execute("ANALYZE")
    things = [*_statuses(wamids), *_messages()]
    dice = Random(1)
    dice.shuffle(things)
    first = _deliver(list(_posts(things, sizes=iter(lambda: FIRST, 0))))
    expected = _state()
    dice.shuffle(things)
    sizes = iter(lambda: dice.randint(*SECOND), 0)
    second = _deliver(list(_posts(things, sizes=sizes)))
    changed = sum(_state()[name] != digest for name, digest in expected.items())
    left = WebhookEvent.objects.exclude(status="processed").count()
    return [
        noted("dedupe_first", len(things) / first, "events/s"),
        at_least(
            "dedupe",
            len(things) / second,
            "events/s",
            goal=2,
            ratio=first / second,
            against=f"first delivery: {len(things) / first:.0f}/s",
        ),
        at_most("dedupe_changed", changed + left, "tables changed, events left", goal=0),
    ]


def _statuses(wamids: Sequence[str]) -> Iterator[Thing]:
    for place, wamid in enumerate(wamids):
        for after, word in enumerate(("sent", "delivered", "read")):
            at = str(BEGINNING + place + after)
            yield "statuses", {"id": wamid, "status": word, "timestamp": at}


def _messages() -> Iterator[Thing]:
    """Each with a second of its own: in one second the first to arrive comes first."""
    for place in range(WRITTEN):
        yield (
            "messages",
            {
                "from": f"4072{place % PEOPLE + 1:07d}",
                "id": f"wamid.IN{place}",
                "timestamp": str(BEGINNING + place),
                "type": "text",
                "text": {"body": "Unde este comanda mea?"},
            },
        )


def _posts(things: Sequence[Thing], *, sizes: Iterator[int]) -> Iterator[bytes]:
    """Put them into bodies as Meta posts them, of so many things each."""
    metadata = {"display_phone_number": "40300000000", "phone_number_id": NUMBER_ID}
    start = 0
    while start < len(things):
        part = things[start : start + next(sizes)]
        start += len(part)
        lists: dict[str, list[Any]] = {}
        for name, element in part:
            lists.setdefault(name, []).append(element)
        value = {"messaging_product": "whatsapp", "metadata": metadata, **lists}
        entry = {"id": ACCOUNT_ID, "time": BEGINNING, "changes": [_change(value)]}
        yield json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def _change(value: dict[str, Any]) -> dict[str, Any]:
    return {"field": "messages", "value": value}


def _deliver(posts: Sequence[bytes]) -> float:
    """Seconds from the first body to the last event processed."""
    started = time.monotonic()
    for body in posts:
        webhook_events.record(body=body)
    while webhook_events.process_due(now=datetime.now(tz=UTC), limit=BATCH):
        pass
    return time.monotonic() - started


def _state() -> dict[str, str]:
    """A digest of every row of each table."""
    found = {}
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(_STATE.format(table=table))
            (digest,) = cursor.fetchone()
            found[table] = digest or ""
    return found
