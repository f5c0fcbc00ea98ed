"""News of accounts and numbers, told and heard."""

from __future__ import annotations

from tests import webhook_bodies as bodies
from tests.services.receiving.steps import process
from whatsapp.models import BusinessNumber
from whatsapp.services import webhook_events

UPGRADE = {"display_phone_number": "40300000000", "event": "THROUGHPUT_UPGRADE"}


def hear(field, value, *, at=0, waba=bodies.WABA):
    """Let Meta tell it, and process what came."""
    entry = {
        "id": waba,
        "time": bodies.SECOND + at,
        "changes": [{"field": field, "value": value}],
    }
    webhook_events.record(body=bodies.envelope(entry))
    process()


def state_of(number):
    """Everything on the row that news may change."""
    return BusinessNumber.objects.values().get(pk=number.pk)
