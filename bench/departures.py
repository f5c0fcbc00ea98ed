"""When messages left, as the sender wrote it on their rows, to the microsecond."""

from __future__ import annotations

from bench.arrivals import Arrivals
from whatsapp.models import Message


def departures() -> Arrivals:
    """Those of all messages sent; a law broken here is the sender's own doing."""
    sent = Message.objects.sent().order_by("sent_at").values_list("sent_at", "uuid")
    left = [(at.timestamp(), str(uuid)) for at, uuid in sent if at]
    return Arrivals(times=[at for at, _ in left], callbacks=[uuid for _, uuid in left])
