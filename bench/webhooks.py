"""Webhooks for the receiving benchmarks: recorded as the door does, a thousand things in a body."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from dev.credentials import ACCOUNT_ID, NUMBER_ID
from whatsapp.domain import updates as domain
from whatsapp.gateway.updates import split
from whatsapp.services import webhook_events

Item = dict[str, Any]
IN_A_BODY = 1000  # Meta gathers no more
WORDS = ("sent", "delivered", "read")
LAG = 300  # events between two words about one message


def statuses(messages: Sequence[tuple[str, str]]) -> list[Item]:
    """All words about these messages (wamid, callback data), each message's apart from another."""
    now = int(time.time())
    ordered = sorted(
        (place * len(WORDS) + step * LAG, step, place)
        for place in range(len(messages))
        for step in range(len(WORDS))
    )
    return [
        _status(messages[place], WORDS[step], at=now - 100 + step * 10)
        for _, step, place in ordered
    ]


def _status(message: tuple[str, str], word: str, *, at: int) -> Item:
    """A status as Meta tells it of a service message."""
    wamid, callback = message
    return {
        "id": wamid,
        "status": word,
        "timestamp": str(at),
        "recipient_id": "40720000001",
        "biz_opaque_callback_data": callback,
        "conversation": {"id": "c0ffee", "origin": {"type": "service"}},
        "pricing": {
            "billable": True,
            "pricing_model": "PMP",
            "category": "service",
            "type": "regular",
        },
    }


def texts(people: Iterable[str], *, run: str) -> list[Item]:
    """A text from each of these people, given as ``wa_id``; ``run`` makes the wamids its own."""
    now = int(time.time())
    return [
        {
            "from": wa_id,
            "id": f"wamid.HBgL{run}{place:010}",
            "timestamp": str(now),
            "type": "text",
            "text": {"body": "Bună ziua! Când ajunge comanda mea?"},
        }
        for place, wa_id in enumerate(people)
    ]


def record(name: str, told: Iterable[Item]) -> None:
    """Record statuses or messages; nothing is processed."""
    coming = iter(told)
    while some := list(islice(coming, IN_A_BODY)):
        webhook_events.record(body=body(name, some))


def items(name: str, told: Sequence[Item]) -> list[domain.Item]:
    """The same as the rows that the door would make of them."""
    return split(body(name, told))


def body(name: str, told: Sequence[Item]) -> bytes:
    """A POST of Meta's with these ``messages`` or ``statuses``."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "40300000000", "phone_number_id": NUMBER_ID},
        name: list(told),
    }
    if name == "messages":
        value["contacts"] = [
            {"profile": {"name": f"Client {item['from'][4:].lstrip('0')}"}, "wa_id": item["from"]}
            for item in told
        ]
    change = {"field": "messages", "value": value}
    entry = {"id": ACCOUNT_ID, "time": int(time.time()), "changes": [change]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
