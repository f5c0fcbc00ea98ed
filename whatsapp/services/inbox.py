"""Take in what customers write: the people, the threads, the messages, and what follows of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import connection

from whatsapp import signals
from whatsapp.domain.updates import InboundMessage
from whatsapp.models import BusinessNumber
from whatsapp.models.message import PAST
from whatsapp.models.webhook_event import EventOutcome
from whatsapp.services.contacts import people_bulk
from whatsapp.services.dialogue import arrivals
from whatsapp.services.dialogue.arrivals import Arrival
from whatsapp.services.receiving import (
    auto_reply,
    history,
    media,
    quote_answers,
    stop_words,
    supplier_orders,
)
from whatsapp.services.shared import accounts
from whatsapp.services.shared.announce import emit

_KNOWN = """
SELECT external_message_id, coalesce(content ? %s, false) FROM whatsapp_messages
WHERE external_message_id = ANY(%s::text[])
"""


def receive(*, updates: Sequence[InboundMessage], now: datetime) -> list[EventOutcome]:
    """Put customers' messages into their threads, each once; return an outcome for each.

    Given in the order in which they came; among them Meta's time counts first. Call it inside a
    transaction. What was written in a group, or to a number that is not ours, is kept as an event
    only: it must never show up in a private thread.
    """
    numbers = _numbers(updates)
    known = _known_wamids(updates)
    verdicts = [_without_effect(update, numbers=numbers, known=known) for update in updates]
    fresh: dict[str, InboundMessage] = {}
    for update, verdict in zip(updates, verdicts, strict=True):
        if verdict is None:
            fresh.setdefault(update.wamid, update)
    written = _write(sorted(fresh.values(), key=lambda each: each.happened_at), numbers=numbers)
    past = [
        update
        for update, verdict in zip(updates, verdicts, strict=True)
        if verdict is EventOutcome.STALE and known[update.wamid]
    ]
    anew = history.tell_anew(updates=past, numbers=numbers)
    _expect_files(written)
    _follow_up([*written, *anew], now=now)
    applied = {id(arrival.update) for arrival in (*written, *anew)}
    return [
        EventOutcome.APPLIED if id(update) in applied else verdict or EventOutcome.STALE
        for update, verdict in zip(updates, verdicts, strict=True)
    ]


def _numbers(updates: Sequence[InboundMessage]) -> dict[str, BusinessNumber]:
    called = {update.phone_number_id for update in updates}
    found = {each: accounts.number_called(phone_number_id=each) for each in sorted(called)}
    return {each: number for each, number in found.items() if number is not None}


def _known_wamids(updates: Sequence[InboundMessage]) -> dict[str, bool]:
    """Those that we have, and whether only their history has told of them."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [PAST, list({update.wamid for update in updates})])
        return dict(cursor.fetchall())


def _without_effect(
    update: InboundMessage,
    *,
    numbers: Mapping[str, BusinessNumber],
    known: Collection[str],
) -> EventOutcome | None:
    if update.group_id:
        return EventOutcome.UNSUPPORTED
    if update.phone_number_id not in numbers:
        return EventOutcome.NOT_OURS
    return EventOutcome.STALE if update.wamid in known else None


def _write(
    updates: Sequence[InboundMessage], *, numbers: Mapping[str, BusinessNumber]
) -> list[Arrival]:
    if not updates:
        return []
    contacts = people_bulk.contacts_for(updates=updates)
    return arrivals.write(updates=updates, numbers=numbers, contacts=contacts)


def _expect_files(written: Sequence[Arrival]) -> None:
    files = [
        (arrival.message, arrival.number.pk, arrival.update.media)
        for arrival in written
        if arrival.update.media is not None
    ]
    if files:
        media.expect(files=files)


def _follow_up(written: Sequence[Arrival], *, now: datetime) -> None:
    """What messages bring about beyond their threads: a line for each concern, given all of them.

    In the order of locks; contacts and conversations are held already. What fails here takes the
    batch's halves, and at last the one message, with it: trouble that should not is caught there.
    """
    if not written:
        return
    confirmed = stop_words.heed(arrivals=written, now=now)
    confirmed |= quote_answers.take(arrivals=written, now=now)
    others = [arrival for arrival in written if arrival.message.pk not in confirmed]
    auto_reply.answer(arrivals=others, now=now)
    supplier_orders.follow_up(arrivals=written, now=now)
    emit(signals.message_received, message_ids=[arrival.message.pk for arrival in written])
