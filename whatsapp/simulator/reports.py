"""What the simulator saw, for tests and benchmarks: ledger, requests, counts."""

from collections import Counter, defaultdict
from itertools import islice

from whatsapp.simulator.encoding import Json
from whatsapp.simulator.pace import largest_window
from whatsapp.simulator.simulator import Simulator
from whatsapp.simulator.world import Accepted

PAGE = 1000
FILTERS = {"number", "to", "type", "callback", "status"}


def ledger_page(sim: Simulator, query: dict[str, str]) -> Json:
    """Return accepted messages after a sequence number, oldest first, filtered."""
    after, limit = int(query.get("after", 0)), int(query.get("limit", PAGE))
    wanted = {name: value for name, value in query.items() if name in FILTERS}
    last = after
    rows: list[Json] = []
    for message in islice(sim.world.ledger, after, None):
        if len(rows) >= limit:
            break
        last = message.seq
        if _fits(message, wanted):
            rows.append(_line(message, body=query.get("body") != "0"))
    return {"count": len(sim.world.ledger), "items": rows, "next": last}


def duplicates(sim: Simulator) -> Json:
    """Return what was accepted more than once: by callback data, and by its part before `:`."""
    exact: dict[str, list[str]] = defaultdict(list)
    by_message: dict[str, list[str]] = defaultdict(list)
    for message in sim.world.ledger:
        if message.callback:
            exact[message.callback].append(message.wamid)
            by_message[message.callback.split(":")[0]].append(message.wamid)
    return {
        "callback": {key: wamids for key, wamids in exact.items() if len(wamids) > 1},
        "message": {key: wamids for key, wamids in by_message.items() if len(wamids) > 1},
    }


def requests_page(sim: Simulator, query: dict[str, str]) -> Json:
    """Return the calls of the Graph API after a sequence number, refused ones too."""
    after, limit = int(query.get("after", 0)), int(query.get("limit", PAGE))
    log = sim.world.requests
    first = log[0].seq if log else 1
    rows = list(islice(log, max(0, after + 1 - first), max(0, after + 1 - first) + limit))
    return {
        "count": sim.world.requests_seen,
        "items": [row._asdict() for row in rows],
        "next": rows[-1].seq if rows else after,
    }


def stats(sim: Simulator) -> Json:
    """Return counts, and the largest number of sends in any sliding second, per number."""
    numbers = {
        number.id: {
            "accepted": len(number.accepted),
            "arrived": len(number.arrivals),
            "largest_second_accepted": largest_window(list(number.accepted)),
            "largest_second_arrived": largest_window(list(number.arrivals)),
            "first_arrival": number.arrivals[0] if number.arrivals else None,
            "last_arrival": number.arrivals[-1] if number.arrivals else None,
        }
        for number in sim.world.numbers.values()
    }
    return {
        "numbers": numbers,
        "accepted": len(sim.world.ledger),
        "inbound": len(sim.world.incoming),
        "statuses": Counter(message.status for message in sim.world.ledger),
        "requests": sim.world.requests_seen,
        "webhooks": sim.webhooks.state(),
    }


def _fits(message: Accepted, wanted: dict[str, str]) -> bool:
    customer = message.chat.customer
    return (
        wanted.get("number", message.number.id) == message.number.id
        and wanted.get("to", message.to) in (message.to, customer.wa_id, customer.user_id)
        and wanted.get("type", message.type) == message.type
        and wanted.get("status", message.status) == message.status
        and message.callback.startswith(wanted.get("callback", ""))
    )


def _line(message: Accepted, *, body: bool) -> Json:
    line = {
        "seq": message.seq,
        "arrived_at": message.arrived_at,
        "arrived_monotonic": message.arrived_monotonic,
        "wamid": message.wamid,
        "number": message.number.id,
        "to": message.to,
        "wa_id": message.chat.customer.wa_id,
        "user_id": message.chat.customer.user_id,
        "type": message.type,
        "biz_opaque_callback_data": message.callback,
        "status": message.status,
        "history": message.history,
        "code": message.code,
    }
    return line | {"body": message.content()} if body else line
