"""Messages that wait for their template: Meta has paused it, or looks at it again."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from whatsapp.domain.template import is_resting
from whatsapp.models import OutboxItem
from whatsapp.models.outbox import OutboxState
from whatsapp.services.outgoing.outbox import Claimed

LOST = "Its template is {status} by now; Meta sends it no more."
REASON = "Its template is {status} at Meta; it is looked at again every ten minutes."


def is_waiting(item: Claimed) -> bool:
    """Tell whether its template cannot be sent now, and perhaps later."""
    return bool(item.template_status) and is_resting(item.template_status)


@transaction.atomic
def let_others_pass(*, items: Sequence[Claimed]) -> None:
    """Say why rows wait that were given back, and let nobody's other messages wait behind them.

    Somebody who holds such a row decides about it; it is passed over.
    """
    for item in sorted(items, key=lambda each: each.outbox_id):
        row = OutboxItem.objects.filter(
            pk=item.outbox_id, epoch=item.epoch, state=OutboxState.PENDING.value
        )
        if row.select_for_update(no_key=True, skip_locked=True).exists():
            reason = REASON.format(status=item.template_status)
            row.update(epoch=0, waits=1, reason=reason)  # shown among what is tried again
