"""A person gets a new number, and with it a new BSUID; or a new BSUID alone."""

from whatsapp.simulator.customers import Said
from whatsapp.simulator.encoding import Json
from whatsapp.simulator.http import Request
from whatsapp.simulator.people import Customer, digits_of
from whatsapp.simulator.simulator import Simulator
from whatsapp.simulator.updates import Update
from whatsapp.simulator.world import Number

WAYS = ("system", "user_id_update")


def moved(sim: Simulator, request: Request) -> Json:
    """Move the person named by `from` or `user_id` to the number `to` and the id `to_user_id`.

    `told` says how the business learns of it: `system`, `user_id_update`, both (as by default) or
    none. A new number brings a new id unless one is given; who had either before is without it.
    """
    values = request.json()
    told = list(values.get("told", WAYS))
    if not set(told) <= set(WAYS):
        raise ValueError(f"told takes {', '.join(WAYS)}")
    customer = sim.customers.find(
        {name: values[name] for name in ("from", "user_id") if name in values}
    )
    number = sim.world.number(str(values.get("number", "")))
    before = (customer.wa_id, customer.user_id)
    wa_id = digits_of(str(values.get("to", ""))) or customer.wa_id
    user_id = str(values.get("to_user_id", "")) or customer.user_id
    if (wa_id, user_id) == before:
        raise ValueError("say what is new: to (a phone) or to_user_id (a BSUID)")
    if wa_id != customer.wa_id:
        for former in filter(None, (customer, sim.world.customers.get(wa_id))):
            sim.world.leave(former)
        user_id = str(values.get("to_user_id", "")) or sim.world.user_id_for(wa_id)
    sim.world.rename(customer, wa_id=wa_id, user_id=user_id)
    if "system" in told:
        _say(sim, number, customer, before)
    if "user_id_update" in told and user_id != before[1]:
        _update(sim, number, customer, before)
    return {"wa_id": wa_id, "user_id": user_id, "was": {"wa_id": before[0], "user_id": before[1]}}


def _say(sim: Simulator, number: Number, customer: Customer, before: tuple[str, str]) -> None:
    """Write the line of the thread: from the old number and id, about the new ones."""
    old_number, old_id = before
    has_new_number = customer.wa_id != old_number
    kind = "user_changed_number" if has_new_number else "user_changed_user_id"
    old, new = (old_number, customer.wa_id) if has_new_number else (old_id, customer.user_id)
    system: Json = {
        "body": f"User {customer.name or 'A'} changed from {old} to {new}",
        "type": kind,
    }
    if has_new_number:
        system["wa_id"] = customer.wa_id
    if sim.settings.bsuid:
        system["user_id"] = customer.user_id
    said = Said(payload={"type": "system", "system": system})
    sender = Customer(
        wa_id=old_number,
        user_id=old_id,
        name=customer.name,
        phone_hidden=customer.phone_hidden,
    )
    sim.customers.tell(number=number, customer=customer, said=said, sender=sender)


def _update(sim: Simulator, number: Number, customer: Customer, before: tuple[str, str]) -> None:
    change: Json = {
        "user_id": {"previous": before[1], "current": customer.user_id},
        "timestamp": str(sim.clock.stamp()),
    }
    if customer.wa_id and not customer.phone_hidden:
        change["wa_id"] = customer.wa_id
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": number.digits, "phone_number_id": number.id},
        "user_id_update": [change],
    }
    sim.webhooks.put(Update(waba_id=number.waba_id, topic="user_id_update", value=value))
