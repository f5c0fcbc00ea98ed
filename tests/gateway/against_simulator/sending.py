"""One message to one customer of the simulator."""

from __future__ import annotations

from whatsapp.domain.content import Outgoing, Recipient

PHONE = "+40700000001"


def outgoing(content, *, callback_data="u:1", **more):
    recipient = Recipient(phone=PHONE)
    return Outgoing(recipient=recipient, content=content, callback_data=callback_data, **more)
