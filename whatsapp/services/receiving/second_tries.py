"""Messages that Meta took and failed, and that are worth another try by themselves.

Only one is: a file that Meta could not fetch from its address. It keeps what an address gave it for
ten minutes, so the other try comes after that, and is the last.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from whatsapp.domain.content import is_fetched
from whatsapp.domain.retry import LINK_REST, UNUSABLE_FILE
from whatsapp.models import Message, OutboxItem
from whatsapp.models.outbox import OutboxKind
from whatsapp.services.outgoing import interventions


def begin(*, message_ids: Iterable[int], now: datetime) -> set[int]:
    """Let those of the messages that deserve it leave again, by their first attempt alone.

    They are FAILED, in the list of trouble, and locked by the caller. Returns those that wait now.
    """
    failed = Message.objects.filter(
        pk__in=message_ids, error_code=UNUSABLE_FILE, attempts=1, number__isnull=False
    )
    again = {pk for pk, content in failed.values_list("pk", "content") if is_fetched(content or {})}
    for message_id in sorted(again):
        interventions.retry(message_id=message_id)
    OutboxItem.objects.filter(message_id__in=again, kind=OutboxKind.MESSAGE.value).update(
        next_attempt_at=now + LINK_REST, retries=1
    )
    return again
