"""The ASGI application: reads a request, finds its room, writes the answer."""

import asyncio
import re
from typing import Any

from whatsapp.simulator import control, graph_media, pages
from whatsapp.simulator.breakage import under
from whatsapp.simulator.faults import CALL
from whatsapp.simulator.graph import VERSIONED, Graph
from whatsapp.simulator.http import Cut, Outcome, Request, Response, Stream
from whatsapp.simulator.simulator import Simulator

CONTROL = re.compile(r"/_sim/(.+?)/?")
DOWNLOAD = "/whatsapp_business/attachments"


class Application:
    """One for both ports: media are served on theirs, everything else on the other."""

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim
        self._graph = Graph(sim)
        self.closing = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = await _read(scope, receive)
        outcome = await self._respond(request)
        match outcome:
            case Response():
                await _write(send, outcome)
            case Cut():
                await self._cut(request, outcome, receive)
            case Stream():
                await self._stream(outcome, receive, send)

    async def _respond(self, request: Request) -> Outcome:
        if request.port == self._sim.media.port:
            if request.path.startswith(DOWNLOAD):
                fault = self._sim.faults.take(CALL, endpoint="downloads")
                return await under(fault, lambda: graph_media.download(self._sim, request))
        elif found := VERSIONED.fullmatch(request.path):
            return await self._graph.respond(request, found[1])
        elif found := CONTROL.fullmatch(request.path):
            return await control.respond(self._sim, request, found[1])
        elif request.method == "GET" and (page := pages.find(request.path)):
            return page
        return Response(status=404, body=b'{"error":"nothing here"}')

    async def _cut(self, request: Request, cut: Cut, receive: Any) -> None:
        if cut.hold:
            gone = asyncio.ensure_future(receive())
            closing = asyncio.ensure_future(self.closing.wait())
            await asyncio.wait(
                {gone, closing}, timeout=cut.hold, return_when=asyncio.FIRST_COMPLETED
            )
            gone.cancel()
            closing.cancel()
        request.reset()
        while (await receive())["type"] != "http.disconnect":
            pass

    async def _stream(self, stream: Stream, receive: Any, send: Any) -> None:
        gone = asyncio.ensure_future(receive())
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async for chunk in stream.chunks:
            if gone.done() or self.closing.is_set():
                break
            if chunk:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        gone.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _read(scope: Any, receive: Any) -> Request:
    message = await receive()
    body = message.get("body", b"")
    if message.get("more_body"):
        pieces = [body]
        while message.get("more_body"):
            message = await receive()
            pieces.append(message.get("body", b""))
        body = b"".join(pieces)
    seen = scope["extensions"]["simulator"]
    return Request(
        method=scope["method"],
        path=scope["path"],
        raw_query=scope["query_string"],
        headers=dict(scope["headers"]),
        body=body,
        port=scope["server"][1],
        arrived_at=seen.at,
        arrived_monotonic=seen.monotonic,
        reset=seen.reset,
    )


async def _write(send: Any, response: Response) -> None:
    headers = [
        (b"content-type", response.content_type.encode()),
        (b"content-length", str(len(response.body)).encode()),
        *((name.encode(), value.encode()) for name, value in response.headers),
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
