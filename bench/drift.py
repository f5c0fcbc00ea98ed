"""Where the database and Meta's ledger tell different stories; nothing may be found here."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from tests.simulator_process import SimulatorProcess
from whatsapp.models import Message, MessageAttempt, OutboxItem
from whatsapp.models.outbox import OutboxState

ORDER = ("ACCEPTED", "SENT", "FAILED", "DELIVERED", "READ")  # the ledger's words, lowest first
NEVER_TAKEN = ("PENDING", "SENDING", "UNCONFIRMED", "FAILED", "CANCELLED")
HELD = OutboxState.HELD.value
_FIELDS = ("uuid", "delivery_status", "external_message_id")
DOUBTS = ("UNCONFIRMED", "DOUBLED", "SURPRISE")  # an attempt that may have been taken all the same

Ledger = Mapping[str, Sequence[Mapping[str, Any]]]  # by the message's uuid


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """Numbers of messages, but for ``left``: rows of the queue by their state."""

    total: int
    taken: int
    unknown: int  # taken, and no row of ours
    lost: int  # sent as our row has it, and never taken
    behind: int  # our row says less than Meta, or another wamid
    resent: int  # taken more than once: by policy, after doubt
    unexplained: int  # of them, without an attempt in doubt
    held: int  # never taken as far as we know, and a person decides
    forsaken: int  # of them, those that Meta took and told us of
    left: Mapping[str, int]


def compare(simulator: SimulatorProcess) -> Drift:
    """Hold every row against the ledger, when nothing moves any more."""
    ledger, doubted = _ledger(simulator), _doubted()
    rows = {str(message.uuid): message for message in Message.objects.sent().only(*_FIELDS)}
    sent = {uuid for uuid, message in rows.items() if message.status not in NEVER_TAKEN}
    held = {str(uuid) for uuid in _held()}
    again = {uuid: len(taken) - 1 for uuid, taken in ledger.items() if len(taken) > 1}
    return Drift(
        total=len(rows),
        taken=len(ledger),
        unknown=len(ledger.keys() - rows.keys()),
        lost=len(sent - ledger.keys()),
        behind=sum(_is_behind(rows[uuid], ledger[uuid]) for uuid in ledger.keys() & rows.keys()),
        resent=len(again),
        unexplained=sum(doubted[uuid] < times for uuid, times in again.items()),
        held=len(held),
        forsaken=len(held & ledger.keys()),
        left=Counter(OutboxItem.objects.exclude(state=HELD).values_list("state", flat=True)),
    )


def _held() -> QuerySet[OutboxItem, UUID]:
    return OutboxItem.objects.filter(state=HELD).values_list("message__uuid", flat=True)


def _is_behind(message: Message, taken: Sequence[Mapping[str, Any]]) -> bool:
    said = max((entry["status"].upper() for entry in taken), key=ORDER.index)
    wamids = {entry["wamid"] for entry in taken}
    return message.delivery_status != said or message.external_message_id not in wamids


def _ledger(simulator: SimulatorProcess) -> Ledger:
    found = defaultdict(list)
    for entry in simulator.ledger(body="0"):
        found[entry["biz_opaque_callback_data"].partition(":")[0]].append(entry)
    return found


def _doubted() -> Counter[str]:
    """How many attempts of each message were in doubt."""
    attempts = MessageAttempt.objects.filter(outcome__in=DOUBTS)
    return Counter(str(uuid) for uuid in attempts.values_list("message__uuid", flat=True))
