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

    def add(self, message: MutableMapping[str, Any]) -> bytes | Refusal | None:
        """Take a piece: all of the body when it was the last, None when more is to come."""
        if message["type"] != "http.request":
            return door.UNREADABLE
        piece: bytes = message.get("body", b"")
        self.size += len(piece)
        self._room.taken += len(piece)
        if self._room.taken > self._room.most:
            return door.BUSY
        refusal = door.check_size(self.size)
        if refusal is not None:
            return refusal
        more = message.get("more_body", False)
        if not (more or self._pieces):
            return piece
        self._pieces.append(piece)
        return None if more else b"".join(self._pieces)

    async def rest(self, receive: Receive) -> bytes | Refusal:
        """All of it, or why not: too large, broken off, too slow, or no room for it now."""
        read = None
        try:
            async with asyncio.timeout(REST_TIME):
                while read is None:
                    read = self.add(await receive())
        except TimeoutError:
            return door.UNREADABLE
        return read

    def leave(self) -> None:
        self._room.taken -= self.size
