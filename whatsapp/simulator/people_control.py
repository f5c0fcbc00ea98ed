"""Control of people: what customers say, read, wish; and messages that fail now."""

from whatsapp.simulator.encoding import Json
from whatsapp.simulator.http import Request
from whatsapp.simulator.inbound import speak
from whatsapp.simulator.simulator import Simulator
from whatsapp.simulator.updates import Update, contact_of
from whatsapp.simulator.world import Chat


def inbound(sim: Simulator, request: Request) -> Json:
    """Let a customer send a message."""
    incoming = speak(sim, request.json())
    customer = incoming.chat.customer
    return {
        "id": incoming.wamid,
        "wa_id": customer.wa_id,
        "user_id": customer.user_id,
        "message": incoming.payload,
    }


def read(sim: Simulator, request: Request) -> Json:
    """Let a customer read what was delivered to them."""
    return {"read": sim.life.read(_chat(sim, request.json()))}


def fail(sim: Simulator, request: Request) -> Json:
    """Let an accepted message fail now."""
    values = request.json()
    sim.life.fail(sim.world.by_wamid[values["wamid"]], int(values["code"]))
    return {"ok": True}


def customers(sim: Simulator, request: Request) -> Json:
    """Create or change a person; `marketing` stop or resume is told to the business."""
    values = request.json()
    customer = sim.customers.find(values)
    if "marketing" in values:
        _marketing(sim, _chat(sim, values), str(values["marketing"]))
    return {
        "wa_id": customer.wa_id,
        "user_id": customer.user_id,
        "name": customer.name,
        "username": customer.username,
        "phone_hidden": customer.phone_hidden,
    }


def _chat(sim: Simulator, values: Json) -> Chat:
    number = sim.world.number(str(values.get("number", "")))
    return sim.world.chat(number, sim.customers.find(values))


def _marketing(sim: Simulator, chat: Chat, wish: str) -> None:
    if wish not in ("stop", "resume"):
        raise ValueError("marketing must be stop or resume")
    customer = chat.customer
    customer.marketing_stopped = wish == "stop"
    contact = contact_of(customer, bsuid=sim.settings.bsuid)
    preference: Json = {name: contact[name] for name in ("wa_id", "user_id") if name in contact}
    preference |= {
        "category": "marketing_messages",
        "value": wish,
        "detail": f"User requested to {wish} marketing messages",
        "timestamp": sim.clock.stamp(),
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": chat.number.digits,
            "phone_number_id": chat.number.id,
        },
        "contacts": [contact],
        "user_preferences": [preference],
    }
    sim.webhooks.put(Update(waba_id=chat.number.waba_id, topic="user_preferences", value=value))
