"""When messages left, as the sender wrote it on their rows, to the microsecond."""

from __future__ import annotations

from bench.arrivals import Arrivals
from whatsapp.models import Message


def departures() -> Arrivals:
    """Those of all messages sent; a law broken here is the sender's own doing.

    ``sent_at`` would not do: Meta's word for it, in whole seconds, may come first.
    """
    sent = Message.objects.sent().exclude(external_message_id=None).order_by("happened_at")
    left = [(at.timestamp(), str(uuid)) for at, uuid in sent.values_list("happened_at", "uuid")]
    return Arrivals(times=[at for at, _ in left], callbacks=[uuid for _, uuid in left])
