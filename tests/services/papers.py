"""What tests of documents share: rows of the ERP, templates, and presses of buttons."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils import timezone

from tests import webhook_bodies as bodies
from tests.factories import BusinessNumberFactory, ContactFactory, ConversationFactory
from tests.services.receiving.steps import process
from whatsapp.models import Media, Message, OutboxItem
from whatsapp.services import delivery, webhook_events
from whatsapp.services.outgoing import uploads

PHONE = "+40700000001"
NOW = int(datetime.now(tz=UTC).timestamp()) - bodies.SECOND - 100


def writes_to_us(phone=PHONE, **fields):
    """A conversation whose window is open."""
    contact = ContactFactory(phone=phone, wa_id=phone.removeprefix("+"), **fields)
    return ConversationFactory(contact=contact, number=BusinessNumberFactory())


def buttons_of(message):
    """What the buttons under a message send back, in their order."""
    content = message.content
    if content["kind"] == "buttons":
        return [button["id"] for button in content["buttons"]]
    parts = [part for part in content["components"] if part["type"] == "button"]
    return [part["parameters"][0]["payload"] for part in parts]


def press(payload, *, wamid, about="", sender=PHONE, template=False, at=0):
    """A customer presses a button; the same ``wamid`` is the same webhook again."""
    said = (
        {"type": "button", "button": {"payload": payload, "text": "Apăsat"}}
        if template
        else {
            "type": "interactive",
            "interactive": {
                "type": "button_reply",
                "button_reply": {"id": payload, "title": "Apăsat"},
            },
        }
    )
    hear(wamid, sender=sender, at=at, about=about, **said)


def hear(wamid, said="Confirmăm.", *, sender=PHONE, about="", at=0, **more):
    """A message comes in and is taken in."""
    item = bodies.text(wamid, said, at=NOW + at, sender=sender.removeprefix("+")) | more
    if about:
        item["context"] = {"from": "40300000000", "id": about}
    webhook_events.record(body=bodies.body(bodies.messages(item)))
    process()


def storage():
    return Media._meta.get_field("file").storage


def files():
    """The names of all that is kept."""
    kept = storage()
    years = kept.listdir("whatsapp")[0] if kept.exists("whatsapp") else []
    folders = [f"whatsapp/{year}/{month}" for year in years for month in months(year)]
    return [f"{folder}/{name}" for folder in folders for name in kept.listdir(folder)[1]]


def months(year):
    return storage().listdir(f"whatsapp/{year}")[0]


def leave():
    """What the workers do."""
    uploads.upload_due(now=timezone.now())
    delivery.send_due(number_id=BusinessNumberFactory().pk)


def fail(message):
    Message.objects.filter(pk=message.pk).update(delivery_status="FAILED")
    OutboxItem.objects.filter(message=message).delete()
    OutboxItem.objects.create(
        message=message, number=message.number, contact=message.contact, state="FAILED"
    )
