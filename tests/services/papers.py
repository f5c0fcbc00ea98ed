"""What tests of documents share: rows of the ERP, templates, and presses of buttons."""

from __future__ import annotations

from datetime import UTC, datetime

from tests import webhook_bodies as bodies
from tests.factories import (
    BusinessNumberFactory,
    ContactFactory,
    ConversationFactory,
    TemplateFactory,
)
from tests.services.receiving import process
from whatsapp.domain.standard_templates import standard_template
from whatsapp.services import webhook_events

PHONE = "+40700000001"
NOW = int(datetime.now(tz=UTC).timestamp()) - bodies.SECOND - 100


def approved(name, language="ro", **fields):
    components = standard_template(name=name, language=language).components
    return TemplateFactory(name=name, language=language, components=list(components), **fields)


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
