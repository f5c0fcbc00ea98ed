"""The server beneath: uvicorn, with the arrival stamped and the connection at hand."""

import asyncio
import gc
import signal
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from whatsapp.simulator.app import Application
from whatsapp.simulator.keep import keep, load, save
from whatsapp.simulator.settings import Settings
from whatsapp.simulator.simulator import Simulator
from whatsapp.simulator.verification import verify_until_up

# Longer than any client keeps an idle connection, so that we never close one under a request.
KEEP_ALIVE = 300
GRACE = 1


class Sight:
    """The first sight of a request: when it came, and the wire it came on."""

    __slots__ = ("_transport", "at", "monotonic")

    def __init__(self, transport: asyncio.Transport) -> None:
        self.at = time.time()
        self.monotonic = time.monotonic()
        self._transport = transport

    def reset(self) -> None:
        """Cut the connection with a reset, not with a polite end."""
        wire = self._transport.get_extra_info("socket")
        if wire is not None and wire.fileno() >= 0:  # the client may be gone already
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()


class Protocol(HttpToolsProtocol):
    """uvicorn's own, with a stamp at the first byte of each request, before it is parsed."""

    def on_message_begin(self) -> None:
        sight = Sight(self.transport)
        super().on_message_begin()
        self.scope["extensions"] = {"simulator": sight}  # type: ignore[dict-item]


class Server(uvicorn.Server):
    """Ends at the first signal, letting go of streams and of calls that hang on purpose."""

    def __init__(self, config: uvicorn.Config, *, closing: asyncio.Event) -> None:
        super().__init__(config)
        self._closing = closing

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM, with exit code 0."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, self._stop)
        yield

    def _stop(self) -> None:
        self.should_exit = True
        self._closing.set()


def listen(host: str, port: int) -> socket.socket:
    """Return a bound socket; raises `OSError` when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    wire = socket.socket(family, socket.SOCK_STREAM)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        wire.bind((host, port))
        wire.listen(1024)
    except OSError:
        wire.close()
        raise
    wire.setblocking(False)
    return wire


async def serve(settings: Settings, *, wire: socket.socket, media_wire: socket.socket) -> None:
    """Run until a signal comes."""
    sim = Simulator(settings)
    sim.media.port = media_wire.getsockname()[1]
    app = Application(sim)
    config = uvicorn.Config(
        app,
        http=Protocol,
        lifespan="off",
        ws="none",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        date_header=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )
    sim.webhooks.deliveries.start()
    _spare_the_collector()
    tasks = [asyncio.create_task(_greet(sim, wire))]
    data = Path(settings.data) if settings.data else None
    if data is not None:
        load(sim, data)
        tasks.append(asyncio.create_task(keep(sim, data)))
    await Server(config, closing=app.closing).serve(sockets=[wire, media_wire])
    for task in tasks:
        task.cancel()
    sim.webhooks.deliveries.stop()
    if data is not None:
        save(sim, data)


def _spare_the_collector() -> None:
    # The ledger only grows and holds no garbage: scanning it again and again would stop the clock
    # for tenths of a second in the middle of a measurement.
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


async def _greet(sim: Simulator, wire: socket.socket) -> None:
    (host, port), media_port = wire.getsockname()[:2], sim.media.port
    print(f"Simulator ready: http://{host}:{port}/ (media on port {media_port})", flush=True)  # noqa: T201
    if sim.settings.webhook_url:
        url, token = sim.settings.webhook_url, sim.settings.verify_token
        sim.webhooks.verified = await verify_until_up(url=url, token=token)
