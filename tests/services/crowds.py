"""One template to many."""

from __future__ import annotations

from tests.sending import PARAMETERS
from whatsapp.services.messages import Recipient, send_many


def to(phone: str = "", **rest) -> Recipient:
    return Recipient(phone_number=phone, **{"parameters": PARAMETERS, **rest})


def send(*recipients: Recipient, **envelope):
    return send_many(
        template="order_shipped", language="ro", recipients=iter(recipients), **envelope
    )
