"""The number's automatic text to those who write: once per conversation and day."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from whatsapp.domain.content import Text
from whatsapp.domain.retry import Priority
from whatsapp.errors import WhatsAppError
from whatsapp.models import Conversation
from whatsapp.models.message import AMENDMENTS, MessageType
from whatsapp.services.dialogue.addressing import Target
from whatsapp.services.dialogue.arrivals import Arrival
from whatsapp.services.outgoing import queueing
from whatsapp.services.outgoing.queueing import Envelope

logger = logging.getLogger(__name__)

PAUSE = timedelta(days=1)
_UNANSWERED = frozenset({*AMENDMENTS, MessageType.SYSTEM.value, MessageType.UNSUPPORTED.value})


def answer(*, arrivals: Iterable[Arrival], now: datetime) -> None:
    """Queue the text to each conversation that is due for it, behind agents' replies.

    What came so late that the window is closed gets none.
    """
    due: dict[str, dict[int, Target]] = {}
    for arrival in arrivals:
        text = arrival.number.auto_reply_text
        if text and _is_due(arrival, now=now):
            due.setdefault(text, {})[arrival.conversation.pk] = Target(
                number=arrival.number, contact=arrival.contact, conversation=arrival.conversation
            )
    for text, targets in due.items():
        _send(text, [targets[pk] for pk in sorted(targets)], now=now)


def _is_due(arrival: Arrival, *, now: datetime) -> bool:
    last = arrival.conversation.auto_replied_at
    if arrival.message.message_type in _UNANSWERED or (last is not None and now - last < PAUSE):
        return False
    return arrival.conversation.window_open(now=now)


def _send(text: str, targets: Sequence[Target], *, now: datetime) -> None:
    try:
        content = Text(body=text)
    except WhatsAppError as error:  # too long, say: no customer's message is lost for it
        logger.warning("no automatic reply", extra={"reason": error.message})
        return
    envelope = Envelope(priority=Priority.NOTICE)
    queueing.queue_messages(content, MessageType.TEXT, targets=targets, envelope=envelope)
    answered = [target.conversation.pk for target in targets]
    Conversation.objects.filter(pk__in=answered).update(auto_replied_at=now)
