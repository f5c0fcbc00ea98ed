"""Child processes that never outlive us: started, watched and stopped together."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 8.0


class Failure(Exception):
    """Something a person must read; printed without a traceback."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals

    def last_words(self, *, lines: int = 15) -> str:
        written = self.log.read_text(errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in written[-lines:])


class Children:
    """The processes of one run. Leaving the `with` block stops them, the newest first."""

    def __init__(self, *, logs: Path) -> None:
        self._logs = logs
        self._children: list[Child] = []
        self._under_make = make_listens()

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path,
        stop_signal: signal.Signals = signal.SIGTERM,
        **identity: Any,
    ) -> Child:
        """Start a process in a group of its own: a Ctrl-C in the terminal reaches us alone."""
        log = self._logs / f"{name}.log"
        with log.open("wb") as output:
            process = self.spawn(
                command,
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
                preexec_fn=tether(stop_signal),
                **identity,
            )
        child = Child(name=name, process=process, log=log, stop_signal=stop_signal)
        self._children.append(child)
        return child

    def spawn(self, command: Sequence[str | Path], **how: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, **how)

    def check(self) -> None:
        """Raise Failure, with the last lines of its log, if a child has ended by itself."""
        for child in self._children:
            code = child.process.poll()
            if code is not None:
                raise Failure(
                    f"{child.name} ended by itself (exit code {code}). The end of {child.log}:\n"
                    f"{child.last_words()}"
                )

    def wait_until(self, ready: Callable[[], bool], *, what: str, seconds: float = 60) -> None:
        """Wait for a sign of life; raise Failure when a child dies first or the time is up."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise Failure(f"{what} was not ready after {seconds:.0f} s; see {self._logs}")
            time.sleep(0.1)

    def watch(self) -> None:
        """Stay until a child ends (Failure) or we are told to stop (KeyboardInterrupt)."""
        while True:
            self.check()
            if self._under_make and not make_listens():
                raise KeyboardInterrupt
            time.sleep(0.5)

    def run(
        self, name: str, command: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path
    ) -> None:
        """Run a command to its end; Failure, with its last lines, if it does not succeed."""
        child = self.start(name, command, env=env, cwd=cwd)
        while child.process.poll() is None:
            time.sleep(0.05)
        if child.process.returncode:
            raise Failure(f"{name} failed. The end of {child.log}:\n{child.last_words()}")
        self.forget(child)

    def forget(self, child: Child) -> None:
        """Stop minding a child that has ended and was allowed to."""
        self._children.remove(child)

    def stop(self) -> None:
        """Ask all of them to end, wait a little, and end those that have not."""
        deadline = time.monotonic() + GRACE_SECONDS
        for child in self._children:
            _signal(child.process, child.stop_signal)
        for child in reversed(self._children):
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(timeout=max(0.1, deadline - time.monotonic()))
            # Also the grandchildren: a pool process whose parent was killed would stay for ever.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
        self._children.clear()


def tether(stop_signal: signal.Signals) -> Callable[[], None] | None:
    """For `preexec_fn`: the kernel signals the child when we die, even of SIGKILL (Linux only)."""
    if sys.platform != "linux":
        return None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(stop_signal))
        if os.getppid() != parent:  # we died between fork and prctl
            os._exit(1)

    return tie


def interruptible() -> None:
    """Turn SIGINT, SIGTERM and SIGHUP into one KeyboardInterrupt; the clean-up is not interrupted.

    Set by hand, because a shell starts background jobs with SIGINT ignored.
    """
    asked = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(number: int, frame: FrameType | None) -> None:
        for each in asked:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for each in asked:
        signal.signal(each, stop)


def make_listens() -> bool:
    """Whether our parent is a `make` that has not been interrupted (Linux only).

    A terminal's Ctrl-C reaches us too. A script's `kill -INT` of make alone does not: make takes
    its handler down and waits for us, and never tells us.
    """
    status = Path(f"/proc/{os.getppid()}/status")
    if not status.exists():
        return False
    facts = dict(line.split(":\t", 1) for line in status.read_text().splitlines())
    caught = int(facts["SigCgt"], 16) & 1 << (signal.SIGINT - 1)
    return facts["Name"] == "make" and bool(caught)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(number)
