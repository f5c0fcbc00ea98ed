"""What webhooks say, and the envelope that carries one update or a thousand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from whatsapp.simulator.encoding import Json
from whatsapp.simulator.people import Customer
from whatsapp.simulator.world import Number


@dataclass(slots=True, kw_only=True, eq=False)
class Update:
    """One thing to tell the business. `value` is a whole change; `item` one of a list in it."""

    waba_id: str
    topic: str = "messages"
    number: Number | None = None
    group: Literal["messages", "statuses"] | None = None
    item: Json = field(default_factory=dict)
    value: Json | None = None
    contact: Json | None = None
    time: int = 0
    to: str = ""
    status_name: str = ""


def contact_of(customer: Customer, *, bsuid: bool) -> Json:
    """Return the entry of `contacts[]`: without a phone when a username hides it."""
    profile: Json = {"name": customer.name or customer.username or customer.wa_id}
    if customer.username:
        profile["username"] = customer.username
    contact: Json = {"profile": profile}
    if customer.wa_id and not customer.phone_hidden:
        contact["wa_id"] = customer.wa_id
    if bsuid or "wa_id" not in contact:
        contact["user_id"] = customer.user_id
    return contact


def envelope(updates: Sequence[Update]) -> Json:
    """Return one POST body; updates of one number share a `value`, as Meta batches them."""
    entries: list[Json] = []
    shared: dict[tuple[str, str], Json] = {}
    for update in updates:
        if update.number is None or update.group is None:
            change = {"field": update.topic, "value": update.value}
            entry: Json = {"id": update.waba_id, "changes": [change]}
            if update.time:
                entry["time"] = update.time
            entries.append(entry)
            continue
        key = (update.waba_id, update.number.id)
        value = shared.get(key)
        if value is None:
            value = shared[key] = _value_of(update.number)
            change = {"field": update.topic, "value": value}
            entries.append({"id": update.waba_id, "changes": [change]})
        if update.contact is not None and update.contact not in value.get("contacts", ()):
            value.setdefault("contacts", []).append(update.contact)
        value.setdefault(update.group, []).append(update.item)
    return {"object": "whatsapp_business_account", "entry": entries}


def _value_of(number: Number) -> Json:
    return {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": number.digits, "phone_number_id": number.id},
    }
