"""Processes that can be killed, paused and started again as they were."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dev.processes import Child, Children
from tests.forks import Forked


class Machines(Children):
    """Children by name; one that was ended keeps its command, its address and its data."""

    def __init__(self, *, logs: Path) -> None:
        super().__init__(logs=logs)
        self._starts: dict[str, tuple[Child, Sequence[str | Path], dict[str, Any]]] = {}

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str] = os.environ,
        cwd: Path,
        **how: Any,
    ) -> Child:
        child = super().start(name, command, env=env, cwd=cwd, **how)
        self._starts[name] = (child, command, {"env": env, "cwd": cwd, **how})
        return child

    def __getitem__(self, name: str) -> Child:
        return self._starts[name][0]

    def kill(self, name: str) -> None:
        """End one as a power cut would."""
        self.end(name, by=signal.SIGKILL)

    def terminate(self, name: str) -> None:
        """End one as an operator would."""
        self.end(name, by=self[name].stop_signal)

    def end(self, name: str, *, by: signal.Signals) -> None:
        """Send a signal and wait for the end."""
        child = self[name]
        child.process.send_signal(by)
        child.process.wait(timeout=60)
        self.forget(child)

    def pause(self, name: str) -> None:
        self[name].process.send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self[name].process.send_signal(signal.SIGCONT)

    def again(self, name: str) -> Child:
        """Start one that was ended, with the same command."""
        _, command, how = self._starts[name]
        return self.start(name, command, **how)

    def named_by_process(self, process_id: int) -> str:
        """The name of the child with this process id."""
        return next(
            name for name, (child, *_) in self._starts.items() if child.process.pid == process_id
        )

    def last_words_of_all(self) -> str:
        """The ends of all logs, for a test that failed."""
        return "\n".join(
            f"{name}:\n{child.last_words(lines=8)}" for name, (child, *_) in self._starts.items()
        )

    def kill_all(self) -> None:
        """End all that runs as a power cut would."""
        for child in self._children:
            child.process.kill()


class ForkingMachines(Machines):
    """Python programs are forked, which saves most of a start; all else is the same."""

    def spawn(self, command: Sequence[str | Path], **how: Any) -> Any:
        match command:
            case [sys.executable, "-m", module, *arguments]:
                return Forked(module, arguments, env=how["env"], output=how["stdout"])
        return super().spawn(command, **how)
