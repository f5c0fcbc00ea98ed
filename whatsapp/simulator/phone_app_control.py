"""Control of the shop's own phone (coexistence): echoes, old chats, its address book."""

from whatsapp.simulator.encoding import Json
from whatsapp.simulator.http import Request
from whatsapp.simulator.simulator import Simulator
from whatsapp.simulator.updates import Update
from whatsapp.simulator.world import Number, new_wamid

DECLINED = 2593109


def echo(sim: Simulator, request: Request) -> Json:
    """Let the shop write to a customer in its phone app: `text`, or a `message` as it is."""
    values = request.json()
    number, message = _number(sim, values), _written(sim, values)
    message |= {"from": number.digits, "to": _customer(sim, values)}
    _tell(sim, number, "smb_message_echoes", {"message_echoes": [message]})
    return {"id": message["id"], "message": message}


def history(sim: Simulator, request: Request) -> Json:
    """Tell a chunk of old chats: `threads` of `{from, messages}`, or `declined`; or a `file`.

    A message has `text` (or is a `message` as it is), `timestamp`, `ours` and `status`.
    """
    values = request.json()
    number = _number(sim, values)
    if values.get("declined"):
        error = {"code": DECLINED, "title": "History is not shared", "message": "It was declined."}
        _tell(sim, number, "history", {"history": [{"errors": [error]}]})
        return {"ids": []}
    if "file" in values:
        _tell(sim, number, "history", {"messages": [values["file"]]})
        return {"ids": [values["file"]["id"]]}
    threads = [_thread(sim, number, one) for one in values["threads"]]
    metadata = {
        "phase": int(values.get("phase", 0)),
        "chunk_order": int(values.get("chunk", 1)),
        "progress": int(values.get("progress", 100)),
    }
    _tell(sim, number, "history", {"history": [{"metadata": metadata, "threads": threads}]})
    return {"ids": [message["id"] for thread in threads for message in thread["messages"]]}


def address_book(sim: Simulator, request: Request) -> Json:
    """Tell an entry of the phone's address book: `from`, `name`, `action` (add or remove)."""
    values = request.json()
    entry = {
        "type": "contact",
        "action": str(values.get("action", "add")),
        "contact": {
            "full_name": str(values.get("name", "")),
            "phone_number": f"+{_customer(sim, values)}",
        },
        "metadata": {"timestamp": str(values.get("timestamp", sim.clock.stamp()))},
    }
    _tell(sim, _number(sim, values), "smb_app_state_sync", {"state_sync": [entry]})
    return entry


def _thread(sim: Simulator, number: Number, values: Json) -> Json:
    customer = _customer(sim, values)
    messages = []
    for one in values["messages"]:
        ours = bool(one.get("ours"))
        ends = {"from": number.digits, "to": customer} if ours else {"from": customer}
        context = {"history_context": {"status": str(one.get("status", "READ"))}}
        messages.append(_written(sim, one) | ends | context)
    return {"id": customer, "messages": messages}


def _written(sim: Simulator, values: Json) -> Json:
    message: Json = dict(values.get("message", {}))
    if not message:
        message = {"type": "text", "text": {"body": str(values["text"])}}
    at = int(values.get("timestamp", sim.clock.stamp()))
    return message | {"id": str(values.get("id") or new_wamid("")), "timestamp": str(at)}


def _number(sim: Simulator, values: Json) -> Number:
    return sim.world.number(str(values.get("number", "")))


def _customer(sim: Simulator, values: Json) -> str:
    return sim.customers.find({"from": values["from"]}).wa_id


def _tell(sim: Simulator, number: Number, topic: str, lists: Json) -> None:
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": number.digits, "phone_number_id": number.id},
    }
    at = sim.clock.stamp()
    sim.webhooks.put(Update(waba_id=number.waba_id, topic=topic, value=value | lists, time=at))
