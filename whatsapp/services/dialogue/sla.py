"""The SLA monitor: what waits too long is marked, made urgent and told; what is quiet is closed."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from whatsapp import signals
from whatsapp.conf import whatsapp_settings
from whatsapp.domain.conversation import ConversationPriority, ConversationStatus
from whatsapp.domain.sla import (
    SlaClock,
    SlaState,
    check_sla_status,
    escalation_priority,
    minutes_until_breach,
    should_auto_close,
)
from whatsapp.models import Conversation
from whatsapp.ports import StaffNotice
from whatsapp.services.dialogue import resolutions
from whatsapp.services.shared import staff
from whatsapp.services.shared.announce import emit
from whatsapp.wiring import staff_notifier

logger = logging.getLogger(__name__)

BATCH = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class SlaReport:
    """Conversations' ids: breached now for the first time, of higher priority now, closed now."""

    breached: tuple[int, ...] = ()
    escalated: tuple[int, ...] = ()
    closed: tuple[int, ...] = ()


def monitor(*, now: datetime) -> SlaReport:
    """Look at every conversation that is late or idle; one that somebody works on waits a round.

    The staff is told of a breach once, after it is committed: what they are told is true, and
    their notifier can undo nothing of ours.
    """
    late, escalated = _escalate(now=now)
    for conversation in late:
        _tell_staff(conversation, now=now)
    return SlaReport(
        breached=tuple(conversation.pk for conversation in late),
        escalated=tuple(escalated),
        closed=tuple(_close_idle(now=now)),
    )


def clock(conversation: Conversation) -> SlaClock:
    """Return the times of a conversation that the rules ask for."""
    return SlaClock(
        waiting_since=conversation.waiting_since,
        last_activity_at=conversation.last_message_at,
        status=ConversationStatus(conversation.status),
    )


def _escalate(*, now: datetime) -> tuple[list[Conversation], list[int]]:
    """Mark and raise all that are late, in batches; give the newly late and the raised."""
    breached: list[Conversation] = []
    escalated: list[int] = []
    after = 0
    while True:
        with transaction.atomic():
            batch = list(_late(now=now, after=after))
            newly = [row for row in batch if _mark_breach(row, now=now)]
            raised = [row.pk for row in batch if _raise_priority(row, now=now)]
            Conversation.objects.bulk_update(batch, ["sla_breached_at", "priority"])
            emit(signals.sla_breached, conversation_ids=[row.pk for row in newly])
        breached += newly
        escalated += raised
        if len(batch) < BATCH:
            return breached, escalated
        after = batch[-1].pk


def _late(*, now: datetime, after: int) -> list[Conversation]:
    """Lock the next late ones on which something is left to do.

    A mark from before the customer began to wait belongs to an earlier wait.
    """
    unmarked = Q(sla_breached_at=None) | Q(sla_breached_at__lt=F("waiting_since"))
    rows = (
        Conversation.objects.active()
        .filter(unmarked | ~Q(priority=ConversationPriority.URGENT.value))
        .filter(response_due_at__lte=now, waiting_since__isnull=False, pk__gt=after)
        .order_by("pk")
        .select_related("contact")
        .select_for_update(of=("self",), skip_locked=True)
    )
    return list(rows[:BATCH])


def _mark_breach(row: Conversation, *, now: datetime) -> bool:
    """Tell whether this wait is late and was not marked yet; ``sla_breached_at`` says so then."""
    state = check_sla_status(clock(row), now=now, response=whatsapp_settings().sla_response)
    marked = row.sla_breached_at
    if state is not SlaState.BREACHED or row.waiting_since is None:
        return False
    if marked is not None and marked >= row.waiting_since:
        return False
    row.sla_breached_at = now
    return True


def _raise_priority(row: Conversation, *, now: datetime) -> bool:
    before = ConversationPriority(row.priority)
    deserved = escalation_priority(
        clock(row), current=before, now=now, response=whatsapp_settings().sla_response
    )
    row.priority = deserved.value
    return deserved is not before


def _close_idle(*, now: datetime) -> list[int]:
    """Resolve what has gone quiet after our answer."""
    idle = whatsapp_settings().sla_idle
    closed: list[int] = []
    while True:
        with transaction.atomic():
            rows = (
                Conversation.objects.active()
                .filter(waiting_since=None, last_message_at__lte=now - idle)
                .order_by("pk")
                .select_for_update(skip_locked=True)[:BATCH]
            )
            ids = [row.pk for row in rows if should_auto_close(clock(row), now=now, idle=idle)]
            Conversation.objects.filter(pk__in=ids).update(
                status=ConversationStatus.RESOLVED.value, resolved_at=now, response_due_at=None
            )
            resolutions.note(conversation_ids=ids)
            emit(signals.conversation_resolved, conversation_ids=ids)
        closed += ids
        if len(ids) < BATCH:
            return closed


def _tell_staff(conversation: Conversation, *, now: datetime) -> None:
    try:
        staff_notifier().notify(_notice(conversation, now=now))
    except Exception:  # the host's code: one that fails must not silence the notices after it
        logger.exception("staff not told", extra={"conversation_id": conversation.pk})


def _notice(conversation: Conversation, *, now: datetime) -> StaffNotice:
    left = minutes_until_breach(
        clock(conversation), now=now, response=whatsapp_settings().sla_response
    )
    assignee = conversation.assigned_to_id
    return StaffNotice(
        key=f"whatsapp-sla:{conversation.pk}",
        subject=_("%(customer)s waits for an answer") % {"customer": conversation.contact},
        body=_("The answer on WhatsApp is %(minutes)d minutes late.") % {"minutes": -(left or 0)},
        level="critical" if conversation.priority == ConversationPriority.URGENT else "warning",
        user_ids=() if assignee is None else (assignee,),
        url=staff.conversation_page(conversation_id=conversation.pk),
    )
