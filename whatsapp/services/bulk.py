"""One approved template to many people, in a handful of statements for all of them."""

from __future__ import annotations

import hashlib
from array import array
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from whatsapp import queue
from whatsapp.domain.retry import Priority
from whatsapp.domain.template import TemplateCategory
from whatsapp.models import Template
from whatsapp.models.change import ChangeKind
from whatsapp.services.dialogue.addressing import approved_template, number_for, require_enabled
from whatsapp.services.outgoing.bulk_rows import Common, Stage
from whatsapp.services.outgoing.queueing import Envelope, times_of
from whatsapp.services.outgoing.recipients import Intake, Recipient, Refusal
from whatsapp.services.shared import change_log, idempotency, visibility

__all__ = ["BulkResult", "Recipient", "Refusal", "send_many"]

CHUNK = 2000  # recipients in memory at a time

# Why the rows themselves refused somebody: the error a single send would raise, and its words
_REFUSALS: Mapping[str, tuple[str, str]] = {
    "customer": ("not_found", "There is no such customer."),
    "order": ("not_found", "There is no such order."),
    "contact": ("not_found", "There is no such contact."),
    "opted_out": ("message_not_deliverable", "The customer wants no marketing messages."),
    "colleagues_conversation": (
        "message_not_deliverable",
        "A colleague is talking with this customer.",
    ),
    "duplicate": ("duplicate", "The same person is among the recipients before."),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class BulkResult:
    """The messages' ids in the order of their recipients, and who was left out."""

    message_ids: Sequence[int]
    refused: Sequence[Refusal]

    def to_json(self) -> dict[str, Any]:
        refused = [[one.position, one.code, one.reason, dict(one.details)] for one in self.refused]
        return {"messages": list(self.message_ids), "refused": refused}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> BulkResult:
        refused = [
            Refusal(position=position, code=code, reason=why, details=more[0] if more else {})
            for position, code, why, *more in kept["refused"]  # kept before details were: three
        ]
        return cls(message_ids=array("q", kept["messages"]), refused=refused)


@transaction.atomic
def send_many(
    *,
    template: str,
    language: str,
    recipients: Iterable[Recipient],
    number_id: int | None = None,
    user_id: int | None = None,
    priority: Priority = Priority.BROADCAST,
    send_at: datetime | None = None,
    expires_at: datetime | None = None,
    idempotency_key: str | None = None,
) -> BulkResult:
    """Queue an approved template to many, in the caller's transaction, with one wake-up.

    Whoever cannot get it is refused alone: a phone that is none, parameters that do not fit, who
    opted out, who is named again (the first time counts), whose conversation is a colleague's that
    ``user_id`` may not see, or was named and is archived or another number's. Where nobody can get
    it, no key is kept. ``recipients`` are read once, as they come. The ERP is not asked whose a
    stranger's phone is, so name the customer. A bulk is nobody's answer: it stops no SLA clock. For
    what concerns all it raises as ``messages.send_template``, and IdempotencyConflictError.
    """
    call = _Call(
        template=template,
        language=language,
        number_id=number_id,
        user_id=user_id,
        envelope=Envelope(priority=priority, send_at=send_at, expires_at=expires_at),
    )
    if idempotency_key is None:
        return _queue(call, recipients)
    seen = _Fingerprint(call)
    claim = idempotency.claim(user_id=user_id, key=idempotency_key)
    if claim.result is not None:
        deque(seen.through(recipients), maxlen=0)
        idempotency.require_same(claim=claim, fingerprint=seen.hexdigest())
        return BulkResult.from_json(claim.result)
    result = _queue(call, seen.through(recipients))
    if result.message_ids:
        idempotency.settle(claim=claim, fingerprint=seen.hexdigest(), result=result.to_json())
    else:
        idempotency.forget(claim=claim)
    return result


@dataclass(frozen=True, kw_only=True, slots=True)
class _Call:
    """What was asked for all recipients alike."""

    template: str
    language: str
    number_id: int | None
    user_id: int | None
    envelope: Envelope


class _Fingerprint:
    """Of a call and of its recipients, taken while they pass: there may be too many to keep."""

    def __init__(self, call: _Call) -> None:
        asked = {"template": call.template, "language": call.language, "number": call.number_id}
        head = idempotency.fingerprint(name="send_many", asked={**asked, **call.envelope})
        self._digest = hashlib.sha256(head.encode())

    def through(self, recipients: Iterable[Recipient]) -> Iterator[Recipient]:
        for recipient in recipients:
            phone = idempotency.meant_phone(given=recipient.phone_number)
            meant = replace(recipient, phone_number=phone)
            self._digest.update(idempotency.canonical(meant))
            yield recipient

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def _queue(call: _Call, recipients: Iterable[Recipient]) -> BulkResult:
    require_enabled()
    number = number_for(number_id=call.number_id)
    template = approved_template(
        name=call.template, language=call.language, waba_id=number.account_id
    )
    common = _common(call, number_id=number.pk, template=template)
    only_of = call.user_id if common.own_only else None
    intake = Intake(template=template, number_id=number.pk, only_of=only_of)
    with connection.cursor() as cursor:
        stage = Stage(cursor, common)
        everyone = enumerate(recipients)
        while chunk := list(islice(everyone, CHUNK)):
            stage.put(intake.staged(chunk))
        ids = stage.write()
        refused = intake.refused + [_refusal(*one) for one in stage.refused()]
        stage.drop()
    if ids:
        change_log.note(kind=ChangeKind.MESSAGE_QUEUED, ids=ids)
        queue.enqueue(queue.SEND_DUE, number_id=number.pk)
    return BulkResult(message_ids=ids, refused=sorted(refused, key=lambda one: one.position))


def _common(call: _Call, *, number_id: int, template: Template) -> Common:
    now = timezone.now()
    times = times_of(call.envelope, now=now)
    return Common(
        number_id=number_id,
        template_id=template.pk,
        user_id=call.user_id,
        priority=call.envelope["priority"],
        marketing=template.category == TemplateCategory.MARKETING.value,
        own_only=visibility.is_limited_id(user_id=call.user_id),
        now=now,
        send_at=times.send_at,
        expires_at=times.expires_at,
    )


def _refusal(position: int, word: str) -> Refusal:
    code, reason = _REFUSALS[word]
    return Refusal(position=position, code=code, reason=reason, details={"reason": word})
