"""Our programs as processes forked from one that has the libraries loaded.

A start takes a third of the work. Everything else is as ``subprocess.Popen`` has it: a process and
a group of its own, that can be killed and stopped, whose end and exit code are seen.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]


class Forked:
    """``python -m`` the module in the repository's folder; it ends when this process does."""

    def __init__(
        self, module: str, arguments: Sequence[str], *, env: Mapping[str, str], output: IO[bytes]
    ) -> None:
        self.args = [module, *arguments]
        self.returncode: int | None = None
        line, _ = _mother()
        self._end, writer = os.pipe()
        order = json.dumps({"argv": self.args, "env": dict(env)}) + "\n"
        socket.send_fds(line, [order.encode()], [output.fileno(), writer])
        os.close(writer)
        self.pid = int(line.recv(20))

    def poll(self) -> int | None:
        return self._look(timeout=0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._look(timeout=timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _look(self, *, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._end], [], [], timeout)[0]:
            self.returncode = int(os.read(self._end, 20) or -signal.SIGKILL)
            os.close(self._end)
        return self.returncode


@cache
def _mother() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """The process that forks, and the line to it; it ends when our side of the line does."""
    ours, theirs = socket.socketpair()
    with theirs:
        mother = subprocess.Popen(
            [sys.executable, "-m", "tests.forks.mother", str(theirs.fileno())],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            process_group=0,
        )
    return ours, mother
