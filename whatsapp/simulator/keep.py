"""What outlives a restart (`--data FILE`): templates, people, chats and their open windows."""

import asyncio
import json
import os
from dataclasses import asdict
from pathlib import Path

from whatsapp.simulator.encoding import Json
from whatsapp.simulator.people import Customer
from whatsapp.simulator.simulator import Simulator
from whatsapp.simulator.template import Template
from whatsapp.simulator.world import Accepted, Chat, Incoming

EVERY = 2.0
KEPT_MESSAGES = 50


async def keep(sim: Simulator, path: Path) -> None:
    """Write the file whenever something changed, at most every two seconds."""
    written = None
    while True:
        await asyncio.sleep(EVERY)
        state = (sim.world.changes, sim.templates.changes)
        if state != written:
            written = state
            save(sim, path)


def save(sim: Simulator, path: Path) -> None:
    """Write the file whole, or leave the old one."""
    people = {id(c): c for c in sim.world.customers.values()}.values()
    value = {
        "templates": [asdict(t) for t in sim.templates.by_id.values()],
        "customers": [asdict(customer) for customer in people],
        "chats": [_chat(chat) for chat in sim.world.touched],
    }
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(value), encoding="utf-8")
    os.replace(beside, path)


def load(sim: Simulator, path: Path) -> None:
    """Read the file, if there is one."""
    if not path.exists():
        return
    value = json.loads(path.read_text(encoding="utf-8"))
    for kept in value["templates"]:
        sim.templates.put_back(Template(**kept))
    for kept in value["customers"]:
        sim.world.remember(Customer(**kept))
    for kept in value["chats"]:
        _put_back(sim, kept)


def _chat(chat: Chat) -> Json:
    return {
        "number": chat.number.id,
        "customer": chat.customer.user_id,
        "window_opened_at": chat.window_opened_at,
        "reactions": chat.reactions,
        "edits": chat.edits,
        "deleted": sorted(chat.deleted),
        "messages": [_message(message) for message in chat.messages[-KEPT_MESSAGES:]],
    }


def _message(message: Accepted | Incoming) -> Json:
    if isinstance(message, Incoming):
        return {"wamid": message.wamid, "at": message.at, "payload": message.payload}
    return {
        "wamid": message.wamid,
        "to": message.to,
        "type": message.type,
        "body": message.body.decode("utf-8", "replace"),
        "callback": message.callback,
        "arrived_at": message.arrived_at,
        "arrived_monotonic": message.arrived_monotonic,
        "history": message.history,
        "code": message.code,
        "template": message.template.id if message.template else "",
    }


def _put_back(sim: Simulator, kept: Json) -> None:
    number = sim.world.numbers.get(kept["number"])
    customer = sim.world.customers.get(kept["customer"])
    if number is None or customer is None:
        return
    chat = sim.world.chat(number, customer)
    chat.window_opened_at = kept["window_opened_at"]
    chat.reactions = kept["reactions"]
    chat.edits, chat.deleted = kept.get("edits", {}), set(kept.get("deleted", ()))
    for row in kept["messages"]:
        if "payload" in row:
            incoming = Incoming(**row, chat=chat)
            sim.world.incoming[incoming.wamid] = incoming
            chat.add(incoming)
        else:
            chat.add(_accepted(sim, chat, dict(row)))
    sim.world.touch(chat)


def _accepted(sim: Simulator, chat: Chat, row: Json) -> Accepted:
    row["body"] = row["body"].encode()
    row["history"] = [(status, stamp) for status, stamp in row["history"]]
    row["template"] = sim.templates.by_id.get(row["template"])
    # The ledger is of this run alone; a kept message is there for the phone and for replies to it.
    message = Accepted(**row, seq=0, number=chat.number, chat=chat)
    sim.world.by_wamid[message.wamid] = message
    return message
