"""What became of attempts, written down in batches: accepted, try again, unknown, failed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import Error as DatabaseError
from django.db import connection

from whatsapp import signals
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.models import OutboxItem
from whatsapp.models.outbox import OutboxKind
from whatsapp.services.contacts import people
from whatsapp.services.outgoing.outbox import Claimed
from whatsapp.services.outgoing.sender_lease import brief
from whatsapp.services.receiving import consequences
from whatsapp.services.sending import database_errors, verdicts
from whatsapp.services.sending.verdicts import Outcome
from whatsapp.services.shared.announce import emit

logger = logging.getLogger(__name__)

LOCK_TIMEOUT = "500ms"  # for a row of the queue; the lease cannot wait longer

_UNWRITABLE = Failure(
    failure_class=FailureClass.AMBIGUOUS, code=None, title="The answer could not be written down"
)


def refused(item: Claimed, *, reason: str) -> Outcome:
    """The outcome of a row that our own rules keep back for good."""
    failure = Failure(failure_class=FailureClass.FATAL_MESSAGE, code=None, title=reason)
    return Outcome(item=item, departed_at=None, failure=failure)


def record(*, outcomes: Sequence[Outcome], now: datetime) -> list[Outcome]:
    """Write a batch of outcomes in one transaction; return those that must wait for a lock.

    'Accepted' is true whatever the epoch and is never fenced. A verdict on a failure changes only
    rows that nobody has claimed or decided on since. Nobody is waited for: what somebody has locked
    comes back, to be tried again with the next batch. An answer that the database refuses is found
    by halving; it leaves its message in doubt, and keeps no other back. Raises OperationalError and
    InterfaceError when the database is gone, and all may be tried again.
    """
    try:
        return _record(outcomes, now=now)
    except Exception as error:
        if database_errors.is_gone(error):
            raise
        if database_errors.is_locked(error):
            return list(outcomes)
        half = len(outcomes) // 2
        if not half:
            logger.exception(
                "answer not written", extra={"message_id": outcomes[0].item.message_id}
            )
            return _doubt_unwritable(outcomes[0], now=now)
        first = record(outcomes=outcomes[:half], now=now)
        return [*first, *record(outcomes=outcomes[half:], now=now)]


def _doubt_unwritable(outcome: Outcome, *, now: datetime) -> list[Outcome]:
    """Leave a message in doubt whose answer is refused; not even that written, it comes back."""
    departed_at = outcome.departed_at or now
    doubt = replace(outcome, accepted=None, failure=_UNWRITABLE, departed_at=departed_at)
    try:
        left = _record([doubt], now=now)
    except DatabaseError as error:
        if database_errors.is_gone(error):
            raise
        return [outcome]  # the disk is full, say: nothing can be written at all
    return [outcome] if left else []


def _record(outcomes: Sequence[Outcome], *, now: datetime) -> list[Outcome]:
    with brief() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
        _note_addresses(outcomes)  # contacts come before messages in the order of locks
        busy = consequences.of_answers(outcomes, now=now)
        ids = [outcome.item.message_id for outcome in outcomes]
        free, locked = _lock([pk for pk in ids if pk not in busy])
        mine = [outcome for outcome in outcomes if outcome.item.message_id in free]
        _accept([outcome for outcome in mine if outcome.failure is None])
        for outcome in mine:
            if outcome.failure is not None:
                verdicts.judge(outcome=outcome, failure=outcome.failure, now=now)
    return [outcome for outcome in outcomes if outcome.item.message_id in locked | busy]


def _lock(message_ids: list[int]) -> tuple[set[int], set[int]]:
    """Lock what can be locked; return that, and what somebody else holds. Deleted ones are gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM whatsapp_messages WHERE id = ANY(%s)", [message_ids])
        known = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            "SELECT id FROM whatsapp_messages WHERE id = ANY(%s) ORDER BY id "
            "FOR NO KEY UPDATE SKIP LOCKED",
            [message_ids],
        )
        free = {row[0] for row in cursor.fetchall()}
    return free, known - free


_ADOPT = """
    UPDATE whatsapp_messages m SET
        external_message_id = news.wamid,
        delivery_status = CASE WHEN old.moves THEN 'SENT' ELSE m.delivery_status END,
        error_code = CASE WHEN old.moves THEN NULL ELSE m.error_code END,
        error_text = CASE WHEN old.moves THEN '' ELSE m.error_text END,
        failed_at = CASE WHEN old.moves THEN NULL ELSE m.failed_at END,
        sent_at = coalesce(m.sent_at, news.departed_at),
        happened_at = news.departed_at
    FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::timestamptz[])
            AS news(id, attempt, wamid, departed_at)
        JOIN (
            SELECT id, external_message_id AS wamid,
                delivery_status IN ('PENDING', 'CANCELLED', 'SENDING', 'UNCONFIRMED')
                OR delivery_status = 'FAILED' AND external_message_id IS NULL AS moves
            FROM whatsapp_messages
        ) AS old ON old.id = news.id
    WHERE m.id = news.id AND m.attempts = news.attempt
      AND coalesce(m.external_message_id, news.wamid) = news.wamid
    RETURNING m.id, old.wamid IS NULL, m.delivery_status = 'FAILED'
"""


def _accept(outcomes: list[Outcome]) -> None:
    """Adopt the wamids set-wise; a second one for a message is noted beside it, never lost.

    A status may have come before: what it said of the message stands.
    """
    done = [o.item.outbox_id for o in outcomes if o.item.kind is not OutboxKind.MESSAGE]
    if done:
        OutboxItem.objects.filter(pk__in=done).delete()
    sent = [(o, o.accepted) for o in outcomes if o.accepted is not None]
    if not sent:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _ADOPT,
            [
                [outcome.item.message_id for outcome, _ in sent],
                [outcome.item.attempt for outcome, _ in sent],
                [accepted.wamid for _, accepted in sent],
                [outcome.departed_at for outcome, _ in sent],
            ],
        )
        adopted = cursor.fetchall()
        cursor.execute(
            "DELETE FROM whatsapp_outbox WHERE message_id = ANY(%s) AND kind = 'MESSAGE'",
            [[pk for pk, _, failed in adopted if not failed]],
        )
    known = {pk for pk, _, _ in adopted}
    for outcome, _ in sent:
        if outcome.item.message_id not in known:
            text = "Taken by Meta beside another attempt of the same message."
            verdicts.note_attempt(outcome=outcome, outcome_name="SURPRISE", text=text)
    emit(signals.message_sent, message_ids=sorted(pk for pk, first, _ in adopted if first))


def _note_addresses(outcomes: Sequence[Outcome]) -> None:
    """Keep the wa_id Meta answers with; it may differ from the number dialled (Brazil, Mexico)."""
    people.note_wa_ids(
        {
            o.item.contact_id: o.accepted.wa_id
            for o in outcomes
            if o.item.contact_id and o.accepted and o.accepted.wa_id
        }
    )
