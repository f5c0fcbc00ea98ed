"""A body read as ASGI hands it out, held to its limits while it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from whatsapp.webhooks import door
from whatsapp.webhooks.door import Refusal

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

REST_TIME = 30.0  # seconds in which all that follows the first piece must come


class Room:
    """The bytes that all bodies of one door may hold together."""

    def __init__(self, *, most: int) -> None:
        self.most = most
        self.taken = 0


class Body:
    """One body; its place in the room is held until ``leave``."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._pieces: list[bytes] = []
        self.size = 0

    async def read(self, receive: Receive) -> bytes | Refusal:
        """All of it, or why not: too large, broken off, too slow, or no room for it now."""
        try:
            more = await self._add(receive)
            if more is True:
                async with asyncio.timeout(REST_TIME):
                    while more is True:
                        more = await self._add(receive)
        except TimeoutError:
            return door.UNREADABLE
        if isinstance(more, Refusal):
            return more
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)

    async def _add(self, receive: Receive) -> bool | Refusal:
        """Take the next piece; tell whether more is to come."""
        message = await receive()
        if message["type"] != "http.request":
            return door.UNREADABLE
        piece = message.get("body", b"")
        self._pieces.append(piece)
        self.size += len(piece)
        self._room.taken += len(piece)
        if self._room.taken > self._room.most:
            return door.BUSY
        return door.check_size(self.size) or bool(message.get("more_body", False))

    def leave(self) -> None:
        self._room.taken -= self.size
