"""The phone's view of the world: chats, bubbles, and news of them as they change."""

import asyncio
from collections.abc import AsyncIterator
from itertools import islice

from whatsapp.simulator.bubbles import bubble, preview
from whatsapp.simulator.encoding import Json, dumps
from whatsapp.simulator.http import Response
from whatsapp.simulator.simulator import Simulator
from whatsapp.simulator.world import Chat

LISTED = 200
TICK = 0.15
SILENCE = 15.0
# What a browser may show as it is; anything else, HTML above all, is only saved.
SHOWN = ("image/jpeg", "image/png", "image/webp", "video/", "audio/", "application/pdf")


def chat_list(sim: Simulator, query: dict[str, str]) -> Json:
    """Return the chats, the last changed first; `q` filters by name, phone and username."""
    wanted = query.get("q", "").casefold()
    rows = (chat for chat in sim.world.recent_chats() if wanted in _searchable(chat))
    return {
        "chats": [_row(sim, chat) for chat in islice(rows, LISTED)],
        "numbers": [{"id": n.id, "name": n.name} for n in sim.world.numbers.values()],
        "changes": sim.world.changes,
    }


def chat_view(sim: Simulator, query: dict[str, str]) -> Json:
    """Return one chat with its bubbles, oldest first."""
    chat = find_chat(sim, query)
    now = asyncio.get_running_loop().time()
    seen = sim.world.incoming.get(chat.seen_by_business)
    return _row(sim, chat) | {
        "messages": [bubble(chat, message, seen=seen) for message in chat.messages],
        "typing": chat.typing_until > now,
        "window_open": sim.world.window_open(chat),
    }


def open_chat(sim: Simulator, values: Json) -> Json:
    """Note which chat the phone shows (none without `from`); what was delivered there is read."""
    if not values.get("from"):
        sim.life.open_chat = None
        return {"read": 0}
    chat = find_chat(sim, values)
    sim.life.open_chat = chat
    return {"read": sim.life.read(chat)}


def find_chat(sim: Simulator, values: Json) -> Chat:
    """Return the chat of a customer (`from`: phone or BSUID) with a number."""
    number = sim.world.number(str(values.get("number", "")))
    return sim.world.chat(number, sim.customers.find({"from": values["from"]}))


def picture(sim: Simulator, media_id: str) -> Response:
    """Return a file for the phone page, which needs no token."""
    medium = sim.media.get(media_id)
    if medium is None:
        return Response(status=404, body=b"Not found", content_type="text/plain")
    shown = medium.mime_type.startswith(SHOWN)
    headers = (
        ("x-content-type-options", "nosniff"),
        ("content-disposition", "inline" if shown else "attachment"),
    )
    return Response(body=medium.data, content_type=medium.mime_type, headers=headers)


async def watch(sim: Simulator) -> AsyncIterator[bytes]:
    """Yield each tick: a server-sent event when anything changed, else nothing to send."""
    loop = asyncio.get_running_loop()
    told, spoke_at = -1, loop.time()
    while True:
        if sim.world.changes != told:
            told, spoke_at = sim.world.changes, loop.time()
            yield b"data: " + dumps({"changes": told}) + b"\n\n"
        elif loop.time() - spoke_at > SILENCE:
            spoke_at = loop.time()
            yield b": still here\n\n"
        else:
            yield b""
        await asyncio.sleep(TICK)


def _row(sim: Simulator, chat: Chat) -> Json:
    customer = chat.customer
    last = chat.messages[-1] if chat.messages else None
    return {
        "customer": customer.key,
        "phone": f"+{customer.wa_id}" if customer.wa_id else "",
        "name": customer.name or customer.username,
        "username": customer.username,
        "number": chat.number.id,
        "business": chat.number.name,
        "unread": len(chat.unread),
        "preview": preview(last),
        "at": int(last.at) if last else 0,
    }


def _searchable(chat: Chat) -> str:
    customer = chat.customer
    return f"{customer.name} {customer.username} +{customer.wa_id} {customer.user_id}".casefold()
