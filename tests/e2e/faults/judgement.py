"""Whether the database and Meta's ledger tell the same story, row by row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.simulator_process import SimulatorProcess
from whatsapp.models import BusinessNumber, Message, MessageAttempt, OutboxItem, WebhookEvent

# What Meta's word becomes here; `accepted` stays where statuses were dropped on purpose
WORDS = {
    "accepted": "SENT",
    "sent": "SENT",
    "failed": "FAILED",
    "delivered": "DELIVERED",
    "read": "READ",
}
ORDER = ("SENT", "FAILED", "DELIVERED", "READ")
# An attempt that may have been taken although another one was made: our reason to send again
DOUBTS = ("UNCONFIRMED", "DOUBLED", "SURPRISE")

Entry = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """What both agree on, by uuid: how many Meta took, and all that is out of the ordinary.

    Taken twice, not taken at all, or taken without a word that reached us.
    """

    sent: int
    resent: list[str]
    unsent: list[str]
    held: list[str]


def assert_equals_ledger(
    simulator: SimulatorProcess, *, resent: int = 0, unsent: int = 0, held: int = 0
) -> Story:
    """Hold every row against the ledger; return the story when they agree.

    ``resent`` messages were taken twice, each explained by an attempt in doubt. ``unsent`` ones
    were not taken at all, ``held`` ones were and nobody told us: each has a row of trouble with a
    reason.
    """
    entries = _by_message(simulator.ledger())
    messages = {str(message.uuid): message for message in Message.objects.sent()}
    explained, doubtful = _explained(), _doubtful()
    problems = [f"{uuid}: taken, and unknown here" for uuid in entries.keys() - messages.keys()]
    for uuid in messages.keys() - doubtful:
        problems += _differences(messages[uuid], entries.get(uuid, []), explained)
    problems += _left_in_queue(entries, doubtful) + _unread_events() + _too_fast(simulator)
    story = Story(
        sent=len(entries),
        resent=[uuid for uuid, taken in entries.items() if len(taken) > 1],
        unsent=[uuid for uuid in messages if uuid not in entries],
        held=[uuid for uuid in messages if uuid in entries and uuid in doubtful],
    )
    assert not problems, f"{len(problems)} differences:\n" + "\n".join(sorted(problems)[:20])
    found = (len(story.resent), len(story.unsent), len(story.held))
    assert found == (resent, unsent, held), story
    return story


def _by_message(ledger: Iterable[Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in ledger:
        found[entry["biz_opaque_callback_data"].partition(":")[0]].append(entry)
    return dict(found)


def _explained() -> dict[int, dict[int, str]]:
    """Outcomes of the attempts that did not end in plain acceptance, by message and attempt."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for attempt in MessageAttempt.objects.all():
        found[attempt.message_id][attempt.attempt] = attempt.outcome
    return found


def _differences(
    message: Message, taken: Sequence[Entry], explained: dict[int, dict[int, str]]
) -> list[str]:
    if not taken:
        return [f"{message.uuid}: {message.delivery_status}, and Meta never took it"]
    found = []
    wamids = [entry["wamid"] for entry in taken]
    attempts = [int(entry["biz_opaque_callback_data"].partition(":")[2]) for entry in taken]
    if message.external_message_id not in wamids:
        found.append(f"{message.uuid}: wamid {message.external_message_id}, ledger {wamids}")
    if len({*attempts}) < len(attempts) or max(attempts) > message.attempts:
        found.append(f"{message.uuid}: attempts {attempts}, row says {message.attempts}")
    best = max((WORDS[entry["status"]] for entry in taken), key=ORDER.index)
    if message.delivery_status != best:
        found.append(f"{message.uuid}: {message.delivery_status}, ledger says {best}")
    doubted = [n for n in attempts if explained[message.pk].get(n) in DOUBTS]
    if len(taken) > 1 and len(doubted) < len(taken) - 1:
        found.append(f"{message.uuid}: taken {len(taken)} times, doubted only {doubted}")
    return found


def _doubtful() -> set[str]:
    """Messages held for a person, with the reason, because Meta's word never reached us."""
    rows = OutboxItem.objects.filter(state="HELD", message__external_message_id=None)
    told = rows.filter(message__delivery_status="UNCONFIRMED").exclude(reason="")
    return {str(uuid) for uuid in told.values_list("message__uuid", flat=True)}


def _left_in_queue(entries: dict[str, list[Entry]], doubtful: set[str]) -> list[str]:
    """Only what failed at Meta, or is held for a person, may still have a row."""
    rows = OutboxItem.objects.select_related("message")
    failed = {uuid for uuid, taken in entries.items() if {e["status"] for e in taken} == {"failed"}}
    return [
        f"{row.message.uuid}: outbox row {row.state} {row.reason}"
        for row in rows
        if str(row.message.uuid) not in failed | doubtful
    ]


def _unread_events() -> list[str]:
    rest = WebhookEvent.objects.exclude(status="processed")
    return [f"event {event.idempotency_key}: {event.status} {event.error}" for event in rest]


def _too_fast(simulator: SimulatorProcess) -> list[str]:
    limits = dict(BusinessNumber.objects.values_list("phone_number_id", "messages_per_second"))
    seen = simulator.stats()["numbers"]
    return [
        f"number {number}: {seen[number]['largest_second_arrived']} in a second, limit {limit}"
        for number, limit in limits.items()
        if seen[number]["largest_second_arrived"] > limit
    ]
