"""What Meta tells of a number that is in the phone app too."""

from __future__ import annotations

from tests import webhook_bodies as bodies
from tests.services.receiving.steps import process
from whatsapp.models import Message
from whatsapp.services import webhook_events

SHOP, ANA = "40300000000", "40700000001"


def value(**lists):
    metadata = {"display_phone_number": SHOP, "phone_number_id": bodies.NUMBER}
    return {"messaging_product": "whatsapp", "metadata": metadata, **lists}


def said(wamid, words, *, at=0, ours=True, **more):
    ends = {"from": SHOP, "to": ANA} if ours else {"from": ANA}
    head = {"id": wamid, "timestamp": str(bodies.SECOND + at), "type": "text"}
    return {**ends, **head, "text": {"body": words}, **more}


def echo(*items):
    return bodies.body(value(message_echoes=list(items)), field="smb_message_echoes")


def old(*items, customer=ANA):
    marked = [{**item, "history_context": {"status": "READ"}} for item in items]
    chunk = {
        "metadata": {"phase": 0, "chunk_order": 1, "progress": 50},
        "threads": [{"id": customer, "messages": marked}],
    }
    return bodies.body(value(history=[chunk]), field="history")


def live(*items):
    return bodies.body(bodies.messages(*items))


def hear(*raw):
    for each in raw:
        webhook_events.record(body=each)
        process()


def thread():
    rows = Message.objects.order_by("happened_at", "id")
    return list(rows.values_list("direction", "message_text", "delivery_status"))
