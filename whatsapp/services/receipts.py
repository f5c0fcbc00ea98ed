"""Statuses from Meta move our messages: set-wise, forward only, whatever order they come in.

A batch is a handful of statements: find the messages; learn about their contacts, who come first
in the order of locks; lock and read the messages; work out each one's end state in memory; write.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields

from django.db import connection
from django.utils import timezone

from whatsapp import signals
from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.retry import UNUSABLE_FILE
from whatsapp.domain.updates import StatusUpdate
from whatsapp.models import Message, OutboxItem
from whatsapp.models.outbox import OutboxKind, OutboxState
from whatsapp.models.webhook_event import EventOutcome
from whatsapp.services.dialogue import targets
from whatsapp.services.receiving import (
    consequences,
    receipt_contacts,
    receipt_fold,
    second_tries,
    surprises,
)
from whatsapp.services.receiving.receipt_fold import Standing
from whatsapp.services.receiving.receipt_matching import Match, match
from whatsapp.services.receiving.surprises import Second
from whatsapp.services.shared.announce import emit

_ARRIVED = (MessageStatus.DELIVERED, MessageStatus.READ)
_ACCEPTED = (MessageStatus.SENT, *_ARRIVED)

_UPDATE_MESSAGES = """
UPDATE whatsapp_messages AS message SET {assignments}
FROM unnest(%s::bigint[], {arrays}) AS news(id, {names})
WHERE message.id = news.id
"""

_READ = [column.name for column in fields(Standing)]


@dataclass(slots=True)
class _Work:
    """A locked message on its way through a batch, and what was known of it before."""

    message: Standing
    before: MessageStatus | None
    values: tuple[object, ...]  # its columns before, as ``receipt_fold.values`` tells them
    was_taken: bool  # by Meta: we had a wamid for it
    changed: bool = False

    def reached(self, *statuses: MessageStatus) -> bool:
        """Tell whether this batch brought it there."""
        return self.message.status in statuses and self.before not in statuses

    @property
    def failed_at_meta(self) -> bool:
        """Whether Meta failed it in this batch; until then a failure may have been our guess."""
        failed = self.message.status is MessageStatus.FAILED
        return failed and not (self.before is MessageStatus.FAILED and self.was_taken)


@dataclass(slots=True)
class _Batch:
    works: dict[int, _Work]
    seconds: list[Second] = field(default_factory=list)


def apply(*, updates: Sequence[StatusUpdate]) -> list[EventOutcome | None]:
    """Move the messages that the statuses speak of; return an outcome for each, in their order.

    None: it fits no message of ours yet. Call it inside a transaction.
    """
    matches = match(updates)
    receipt_contacts.learn(updates=updates, matches=matches)
    consequences.of_statuses(updates=updates, matches=matches)
    batch = _Batch(works=_lock({found.message_id for found in matches if found}))
    outcomes: list[EventOutcome | None] = [None] * len(updates)
    for place in sorted(range(len(updates)), key=lambda place: updates[place].happened_at):
        outcomes[place] = _apply_one(batch, updates[place], matches[place])
    changed = [work for work in batch.works.values() if work.changed]
    _write(changed)
    surprises.note(seconds=batch.seconds)
    targets.link(targets=_wamids(updates, outcomes, matches))
    _settle_outbox(changed)
    again = _try_again(changed)
    _announce([work for work in changed if work.message.pk not in again])
    return outcomes


def _lock(message_ids: Iterable[int]) -> dict[int, _Work]:
    rows = Message.objects.filter(pk__in=message_ids).order_by("pk").select_for_update(no_key=True)
    locked = (Standing(*row) for row in rows.values_list(*_READ))
    return {
        message.pk: _Work(
            message=message,
            before=message.status,
            values=receipt_fold.values(message),
            was_taken=message.external_message_id is not None,
        )
        for message in locked
    }


def _apply_one(batch: _Batch, update: StatusUpdate, found: Match | None) -> EventOutcome | None:
    if update.status is None:
        return EventOutcome.UNSUPPORTED
    work = batch.works.get(found.message_id) if found else None
    if found is None or work is None:
        return None
    message = work.message
    past = receipt_fold.concerns_the_past(message, update.status, found=found)
    if past or message.external_message_id not in (None, update.wamid):
        _note_second_wamid(batch, update, found)
    if past:
        return EventOutcome.STALE
    news = receipt_fold.take_in(message, update, update.status, adopt=not found.has_rival)
    work.changed = work.changed or news
    return EventOutcome.APPLIED if news else EventOutcome.STALE


def _note_second_wamid(batch: _Batch, update: StatusUpdate, found: Match) -> None:
    if found.attempt is None or update.status is None:
        return
    batch.seconds.append(
        Second(
            message_id=found.message_id,
            attempt=found.attempt,
            wamid=update.wamid,
            status=update.status,
        )
    )


def _write(works: Sequence[_Work]) -> None:
    """Write the columns that have changed on any of them: nearly always a few of all."""
    if not works:
        return
    before = zip(*(work.values for work in works), strict=True)
    after = zip(*(receipt_fold.values(work.message) for work in works), strict=True)
    columns = zip(receipt_fold.COLUMNS.items(), before, after, strict=True)
    news = {column: list(new) for column, old, new in columns if old != new}
    if not news:
        return
    statement = _UPDATE_MESSAGES.format(
        assignments=", ".join(f"{name} = news.{name}" for name, _ in news),
        arrays=", ".join(f"%s::{kind}[]" for _, kind in news),
        names=", ".join(name for name, _ in news),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [[work.message.pk for work in works], *news.values()])


def _wamids(
    updates: Sequence[StatusUpdate],
    outcomes: Sequence[EventOutcome | None],
    matches: Sequence[Match | None],
) -> dict[str, int]:
    """Whose the wamids are, by now: a customer may answer before we know that of our message."""
    told = (EventOutcome.APPLIED, EventOutcome.STALE)
    return {
        update.wamid: found.message_id
        for update, outcome, found in zip(updates, outcomes, matches, strict=True)
        if outcome in told and found is not None and not found.has_rival
    }


def _settle_outbox(works: Sequence[_Work]) -> None:
    """Take what Meta took out of the queue; show what Meta failed among the troubles.

    The messages' locks guard their outbox rows: a sender takes them in the same order.
    """
    accepted = [work.message.pk for work in works if work.reached(*_ACCEPTED)]
    if accepted:
        OutboxItem.objects.filter(message_id__in=accepted, kind=OutboxKind.MESSAGE.value).delete()
    _correct_reasons(works)
    # Only when it fails: one that a person dismissed since does not come back
    failed = [work.message for work in works if work.failed_at_meta]
    OutboxItem.objects.bulk_create(
        [
            OutboxItem(
                kind=OutboxKind.MESSAGE.value,
                message_id=message.pk,
                number_id=message.number_id,
                contact_id=message.contact_id,
                state=OutboxState.FAILED.value,
                reason=message.error_text[:255],
            )
            for message in failed
            if message.number_id is not None  # adopted rows have none, and cannot be sent
        ],
        update_conflicts=True,
        unique_fields=["message", "kind"],
        update_fields=["state", "reason"],
    )


def _correct_reasons(works: Sequence[_Work]) -> None:
    """Show the earliest failure, also where a later one was told first."""
    for work in works:
        if work.message.status is MessageStatus.FAILED and not work.failed_at_meta:
            row = OutboxItem.objects.filter(
                message_id=work.message.pk,
                kind=OutboxKind.MESSAGE.value,
                state=OutboxState.FAILED.value,
            )
            row.update(reason=work.message.error_text[:255])


def _try_again(works: Sequence[_Work]) -> set[int]:
    """Let what failed for its file leave once more; nobody hears of a failure that is not final."""
    failed = [
        work.message.pk
        for work in works
        if work.failed_at_meta and work.message.error_code == UNUSABLE_FILE
    ]
    return second_tries.begin(message_ids=failed, now=timezone.now()) if failed else set()


def _announce(works: Sequence[_Work]) -> None:
    """Tell each thing once per message, however many statuses told it."""
    facts = (
        (signals.message_sent, lambda work: not work.was_taken),
        (signals.message_delivered, lambda work: work.reached(*_ARRIVED)),
        (signals.message_read, lambda work: work.reached(MessageStatus.READ)),
        (signals.message_failed, lambda work: work.reached(MessageStatus.FAILED)),
    )
    for signal, is_true in facts:
        emit(signal, message_ids=[work.message.pk for work in works if is_true(work)])
