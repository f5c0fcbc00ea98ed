"""What a batch of webhook events does: parsed, applied kind by kind, one verdict for each.

What is rare comes one by one, each in a savepoint; customers' messages and statuses come set-wise,
statuses last, so that our messages are locked as briefly as possible.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar, assert_never

from django.db import InterfaceError, OperationalError, transaction

from whatsapp.conf import whatsapp_settings
from whatsapp.domain.updates import (
    AddressBookEntry,
    Echo,
    IdentityUpdate,
    InboundMessage,
    PastMessage,
    Person,
    PlatformNews,
    PreferenceUpdate,
    StatusUpdate,
    TemplateUpdate,
    UnsupportedUpdate,
    Update,
)
from whatsapp.gateway.updates import parse
from whatsapp.models.webhook_event import EventOutcome
from whatsapp.services import inbox, receipts, templates
from whatsapp.services.contacts import people, people_bulk, preferences
from whatsapp.services.events import account_news
from whatsapp.services.receiving import echoes, history
from whatsapp.services.templating import template_sync

logger = logging.getLogger(__name__)

DEADLOCK = "40P01"
CLOCK_SKEW = timedelta(minutes=5)  # that Meta's clock may be ahead of ours
# Classes of SQLSTATE that speak of the database and not of the item: connection, rolled back by
# the server, resources, locks, operator. None at all: the connection broke.
_SERVER_TROUBLE = ("08", "40", "53", "55P03", "57P")
_OTHER_NUMBER = "It came to a number that is not among ours."
_OTHER_ACCOUNT = "It is about an account or a number that is not among ours."
_OTHER_TEMPLATE = "No template of ours has this id or name."
_APP = str(Path(__file__).parents[2])


class Claimed(NamedTuple):
    """An event in a processor's hands: its row is locked."""

    pk: int
    idempotency_key: str
    field: str
    payload: str
    attempts: int
    received_at: datetime


SingleUpdate = (
    Echo
    | PastMessage
    | AddressBookEntry
    | PreferenceUpdate
    | IdentityUpdate
    | TemplateUpdate
    | PlatformNews
)
U = TypeVar("U", bound=Update)
Parsed = tuple[Claimed, U]


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What became of an event: its outcome; None means try again, after a failure or a wait."""

    outcome: EventOutcome | None
    failed: bool = False
    reason: str = ""


def apply(*, events: Sequence[Claimed], now: datetime) -> dict[int, Verdict]:
    """Apply the events inside the caller's transaction; return a verdict for each id.

    An item that fails loses its own effect only. Trouble of the database itself is raised.
    """
    verdicts: dict[int, Verdict] = {}
    singles: list[Parsed[SingleUpdate]] = []
    messages: list[Parsed[InboundMessage]] = []
    statuses: list[Parsed[StatusUpdate]] = []
    for event in sorted(events, key=lambda event: event.pk):
        try:
            update = _not_from_the_future(event, parse(field=event.field, payload=event.payload))
        except Exception as error:
            verdicts[event.pk] = _failure(event, error)
            continue
        match update:
            case StatusUpdate():
                statuses.append((event, update))
            case InboundMessage():
                messages.append((event, update))
            case UnsupportedUpdate():
                verdicts[event.pk] = Verdict(outcome=EventOutcome.UNSUPPORTED, reason=update.why)
            case _:
                singles.append((event, update))
    if singles:
        _lock_people(singles, messages)
        template_sync.lock([one for _, one in singles if isinstance(one, TemplateUpdate)])
    for event, single in sorted(singles, key=_turn):
        verdicts[event.pk] = _apply_single(event, single, now=now)
    verdicts |= _apply_set(messages, partial(_receive, now=now))
    return verdicts | _apply_set(statuses, partial(_settle, now=now))


def _lock_people(
    singles: Iterable[Parsed[SingleUpdate]], messages: Iterable[Parsed[InboundMessage]]
) -> None:
    """Lock the contacts of all before the first is applied: nobody comes back to them."""
    persons = [message.person for _, message in messages]
    for _, single in singles:
        persons += _persons(single)
    people_bulk.lock(persons=persons)


def _persons(update: SingleUpdate) -> list[Person]:
    """Whom it is about, by whom it is ordered first; nobody, if it is about an account, say."""
    match update:
        case Echo() | PastMessage():
            return [update.message.person]
        case PreferenceUpdate() | AddressBookEntry():
            return [update.person]
        case IdentityUpdate():
            return [update.person, update.before]
        case TemplateUpdate() | PlatformNews():
            return []


def _not_from_the_future(event: Claimed, update: Update) -> Update:
    """Believe no time after the event came: the newest word wins here in many places, and one from
    the year 2100 would hold the window open and silence every later word for as long.
    """
    if isinstance(update, UnsupportedUpdate):
        return update
    latest = event.received_at + CLOCK_SKEW
    if isinstance(update, Echo | PastMessage):
        soon = min(update.message.happened_at, latest)
        return replace(update, message=replace(update.message, happened_at=soon))
    return update if update.happened_at <= latest else replace(update, happened_at=latest)


def _turn(parsed: Parsed[SingleUpdate]) -> tuple[str, str, float, int]:
    """Order by person, so that contacts are locked in one order; then Meta's time, then arrival."""
    event, update = parsed
    person = next(iter(_persons(update)), Person())
    return person.wa_id, person.bsuid, update.happened_at.timestamp(), event.pk


def _apply_single(event: Claimed, update: SingleUpdate, *, now: datetime) -> Verdict:
    try:
        with transaction.atomic():
            return _dispatch(update, key=event.idempotency_key, now=now)
    except Exception as error:
        return _failure(event, error)


def _dispatch(update: SingleUpdate, *, key: str, now: datetime) -> Verdict:
    match update:
        case Echo():
            return _verdict(echoes.take_in(update=update, source=key), other=_OTHER_NUMBER)
        case PastMessage():
            return _verdict(history.take_in(update=update, source=key), other=_OTHER_NUMBER)
        case AddressBookEntry():
            return _verdict(echoes.note_name(update=update, source=key), other=_OTHER_NUMBER)
        case PlatformNews():
            return _verdict(account_news.apply(update=update, now=now), other=_OTHER_ACCOUNT)
        case PreferenceUpdate():
            return _verdict(preferences.apply(update=update, source=key), other=_OTHER_NUMBER)
        case IdentityUpdate():
            return _verdict(people.note_identity(update=update, source=key), other=_OTHER_NUMBER)
        case TemplateUpdate():
            return _verdict(templates.apply_update(update=update), other=_OTHER_TEMPLATE)
    assert_never(update)


def _verdict(outcome: EventOutcome, *, other: str) -> Verdict:
    """Say why, where nothing was done; ``other`` is what is not ours."""
    why = {
        EventOutcome.NOT_OURS: other,
        EventOutcome.UNSUPPORTED: "It was written in a group.",
        EventOutcome.STALE: "Nothing in it was news.",
    }
    return Verdict(outcome=outcome, reason=why.get(outcome, ""))


def _apply_set(
    batch: Sequence[Parsed[U]], apply_all: Callable[[Sequence[Parsed[U]]], list[Verdict]]
) -> dict[int, Verdict]:
    """Apply all in a few statements; if that fails, halve until the bad one stands alone."""
    if not batch:
        return {}
    try:
        with transaction.atomic():
            verdicts = apply_all(batch)
    except Exception as error:
        if len(batch) == 1:
            event, _ = batch[0]
            return {event.pk: _failure(event, error)}
        _raise_server_trouble(error)
        half = len(batch) // 2
        return _apply_set(batch[:half], apply_all) | _apply_set(batch[half:], apply_all)
    return {event.pk: verdict for (event, _), verdict in zip(batch, verdicts, strict=True)}


def _receive(batch: Sequence[Parsed[InboundMessage]], *, now: datetime) -> list[Verdict]:
    outcomes = inbox.receive(updates=[update for _, update in batch], now=now)
    return [_verdict(outcome, other=_OTHER_NUMBER) for outcome in outcomes]


def _settle(batch: Sequence[Parsed[StatusUpdate]], *, now: datetime) -> list[Verdict]:
    outcomes = receipts.apply(updates=[update for _, update in batch])
    return [
        _verdict_on_status(event, outcome, now=now)
        for (event, _), outcome in zip(batch, outcomes, strict=True)
    ]


def _verdict_on_status(event: Claimed, outcome: EventOutcome | None, *, now: datetime) -> Verdict:
    """Let a status that fits no message wait for a while: it may have overtaken our own record."""
    if outcome is EventOutcome.UNSUPPORTED:
        return Verdict(outcome=outcome, reason="Nothing acts on a status of this name.")
    if outcome is not None:
        return _verdict(outcome, other="")
    if now < event.received_at + whatsapp_settings().status_wait:
        return Verdict(outcome=None, reason="Waits for its message.")
    return Verdict(outcome=EventOutcome.NOT_OURS, reason="Fits no message of ours.")


def _failure(event: Claimed, error: Exception) -> Verdict:
    _raise_server_trouble(error)
    # No traceback and only the first line: PostgreSQL's details show what somebody wrote.
    reason = (str(error).splitlines() or [""])[0]
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f"{frame.name}:{frame.lineno}" for frame in frames if _APP in frame.filename]
    logger.warning(
        "webhook event failed",
        extra={
            "event_id": event.pk,
            "attempts": event.attempts + 1,
            "error": type(error).__name__,
            "place": ours[-1],
        },
    )
    return Verdict(outcome=None, failed=True, reason=f"{type(error).__name__}: {reason}")


def is_deadlock(error: Exception) -> bool:
    """Tell whether PostgreSQL chose this transaction as the victim of a deadlock."""
    return _sqlstate(error) == DEADLOCK


def _raise_server_trouble(error: Exception) -> None:
    if not isinstance(error, OperationalError | InterfaceError):
        return
    state = _sqlstate(error)
    if not state or state.startswith(_SERVER_TROUBLE):
        raise error


def _sqlstate(error: Exception) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""
