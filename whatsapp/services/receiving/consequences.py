"""What a refusal proves beyond its message: about the person, the template, our own table of codes.

Meta may say each of it in its answer or by a status; either road leads here, right before the
messages are locked. The sender waits for nobody, so the answers about somebody whose contact is
locked wait for the next batch.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from django.utils.translation import gettext as _

from whatsapp import queue
from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.domain.template import TemplateStatus
from whatsapp.domain.updates import StatusUpdate
from whatsapp.gateway.errors import CLASSES
from whatsapp.models import Contact, Message, Template
from whatsapp.ports import StaffNotice
from whatsapp.services import notice_rules
from whatsapp.services.outgoing.outbox import Claimed
from whatsapp.services.receiving import receipt_contacts
from whatsapp.services.receiving.receipt_contacts import OPTED_OUT, UNDELIVERABLE
from whatsapp.services.receiving.receipt_matching import Match
from whatsapp.services.shared import staff
from whatsapp.services.templating import template_sync, template_versions

logger = logging.getLogger(__name__)

# What a code says of the template whose message was refused
_TEMPLATE_WORDS: Mapping[int, TemplateStatus] = MappingProxyType(
    {
        132001: TemplateStatus.MISSING,
        132015: TemplateStatus.PAUSED,
        132016: TemplateStatus.DISABLED,
    }
)
# A draft of ours, or one in review, is known not to be sent; what else Meta said of one stays
_IN_USE = (TemplateStatus.APPROVED.value, TemplateStatus.PAUSED.value)


class Answer(Protocol):
    """How an attempt ended, as far as it is of interest here."""

    @property
    def item(self) -> Claimed: ...

    @property
    def departed_at(self) -> datetime | None: ...

    @property
    def failure(self) -> Failure | None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class _Refusal:
    message_id: int
    contact_id: int | None
    code: int
    reason: str
    at: datetime


def of_answers(outcomes: Sequence[Answer], *, now: datetime) -> set[int]:
    """Learn from Meta's answers; return the messages whose outcome has to wait for a contact."""
    told = [
        _Refusal(
            message_id=outcome.item.message_id,
            contact_id=outcome.item.contact_id,
            code=failure.code,
            reason=failure.reason,
            at=outcome.departed_at or now,
        )
        for outcome in outcomes
        if (failure := outcome.failure) is not None and failure.code is not None
    ]
    if not told:
        return set()
    locked = _note_people(told)
    heard = [refusal for refusal in told if refusal.message_id not in locked]
    _stop_templates(heard)
    _tell_unknown(
        outcome.failure.code
        for outcome in outcomes
        if outcome.failure and outcome.failure.failure_class is FailureClass.FATAL_MESSAGE
    )
    return locked


def of_statuses(*, updates: Sequence[StatusUpdate], matches: Sequence[Match | None]) -> None:
    """Learn from failed statuses what ``receipt_contacts.learn`` does not: of all but people."""
    told = [
        _Refusal(
            message_id=found.message_id,
            contact_id=found.contact_id,
            code=update.error_code,
            reason=update.error_text,
            at=update.happened_at,
        )
        for update, found in zip(updates, matches, strict=True)
        if found and update.status is MessageStatus.FAILED and update.error_code is not None
    ]
    _stop_templates(told)
    _tell_unknown(refusal.code for refusal in told)


def _note_people(refusals: Iterable[_Refusal]) -> set[int]:
    """Note who is not on WhatsApp and who stopped marketing; return what is locked, by message."""
    about = [one for one in refusals if one.contact_id and one.code in (UNDELIVERABLE, OPTED_OUT)]
    if not about:
        return set()
    contacts = Contact.objects.filter(pk__in={one.contact_id for one in about}).order_by("pk")
    free = set(
        contacts.select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True)
    )
    heard = [(one.contact_id, one) for one in about if one.contact_id in free]
    receipt_contacts.write(
        reached=set(),
        unreachable={pk for pk, one in heard if pk and one.code == UNDELIVERABLE},
        refused={
            pk: one.at
            for pk, one in sorted(heard, key=lambda each: each[1].at)
            if pk and one.code == OPTED_OUT
        },
    )
    return {one.message_id for one in about if one.contact_id not in free}


def _stop_templates(refusals: Iterable[_Refusal]) -> None:
    """Move a template to what the newest refusal says of it, unless a newer word is known.

    Meta's listing is asked for at once, and has the last word. A row that somebody holds is being
    brought in line by them: it is passed over, so that no order of locks is needed.
    """
    told = {one.message_id: one for one in refusals if one.code in _TEMPLATE_WORDS}
    if not told:
        return
    used = Message.objects.filter(pk__in=told, template__isnull=False)
    newest: dict[int, _Refusal] = {}
    since = used.values_list("pk", "template_id", "order_notice__fell_back_at")
    for message_id, template_id, fell_back_at in since:
        known, refusal = newest.get(template_id), told[message_id]
        if fell_back_at is not None and refusal.at <= fell_back_at:
            continue  # it was told of the template before
        if known is None or known.at < refusal.at:
            newest[template_id] = refusal
    rows = Template.objects.present().filter(pk__in=newest, status__in=_IN_USE).order_by("pk")
    for row in rows.select_for_update(no_key=True, skip_locked=True):
        _stop(row, newest[row.pk])


def _stop(row: Template, refusal: _Refusal) -> None:
    status = _TEMPLATE_WORDS[refusal.code]
    known = row.status_changed_at
    if row.status == status or (known is not None and refusal.at <= known):
        return
    template_sync.move(row, status=status, reason=refusal.reason, at=refusal.at)
    row.save(update_fields=template_sync.MOVED)
    template_versions.note(rows=[row], now=refusal.at)
    notice_rules.note_templates()
    queue.enqueue(queue.SYNC_TEMPLATE_STATUSES)


def _tell_unknown(codes: Iterable[int | None]) -> None:
    """Tell staff of codes that our table does not have, each as one trouble."""
    for code in sorted({code for code in codes if code is not None} - CLASSES.keys()):
        logger.error("unknown code of Meta's", extra={"code": code})
        notice = StaffNotice(
            key=f"whatsapp-code-{code}",
            subject=_("Meta refuses WhatsApp messages for a reason we do not know: %(code)s")
            % {"code": code},
            body=_(
                "They are not tried again. Meta's own words are beside each of them, among the "
                "failed messages; send them again from there once the reason is mended."
            ),
        )
        staff.tell(notice)
