"""A message followed from the shell until it is there, failed, or time is over."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from whatsapp.admin.queue_words import moment, reason_in_words, sending_in_words
from whatsapp.domain.lifecycle import RANK, MessageStatus
from whatsapp.models import Message, OutboxItem
from whatsapp.services.sending import senders
from whatsapp.services.sending.senders import Sending
from whatsapp.templatetags.desk_words import words_of

PAUSE = 0.2  # seconds between looks at the row
FAILED, NOT_YET = 3, 4  # exit codes
_LOST = (MessageStatus.FAILED, MessageStatus.CANCELLED)


def follow(
    *, message: Message, goal: MessageStatus, timeout: float, say: Callable[[str], object]
) -> None:
    """Say each new status until ``goal``; CommandError when it failed or ``timeout`` s are over."""
    ends_at = time.monotonic() + timeout
    shown: MessageStatus | None = MessageStatus.PENDING
    while True:
        message.refresh_from_db()
        status = message.status or MessageStatus.PENDING
        if status in _LOST:
            raise CommandError(_failure(message), returncode=FAILED)
        if status is not shown:
            say(words_of(status))
        if RANK[status] >= RANK[goal]:
            return
        if time.monotonic() > ends_at:
            raise CommandError(_not_yet(message), returncode=NOT_YET)
        shown = status
        time.sleep(PAUSE)


def _failure(message: Message) -> str:
    code = f" ({message.error_code})" if message.error_code else ""
    reason = f": {reason_in_words(message.error_text)}" if message.error_text else ""
    return f"{words_of(message.delivery_status)}{reason}{code}"


def _not_yet(message: Message) -> str:
    row = OutboxItem.objects.filter(message=message).first()
    status = words_of(message.delivery_status)
    return _("Not there yet (%(status)s). %(why)s") % {"status": status, "why": _why(row)}


def _why(row: OutboxItem | None) -> str:
    now = timezone.now()
    if row is None:
        return _("Meta has it; the customer's phone may be off.")
    if row.reason:
        return reason_in_words(row.reason)
    if row.next_attempt_at > now:
        return _("It waits until %(when)s.") % {"when": moment(row.next_attempt_at, now=now)}
    sender = senders.look(number_ids=[row.number_id])[0]
    if sender.sending is not Sending.RUNNING:
        return f"{sending_in_words(sender)}."
    return _("It is due: see whatsapp_queue for what holds it back.")
