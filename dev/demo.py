"""The demo: everything on this machine, until Ctrl-C. A second run finds the same data.

python -m dev.demo          start (make demo)
python -m dev.demo reset    forget all data (make demo-reset)
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dev.folders import outside_folder
from dev.processes import Failure, interruptible
from dev.servers import ROOT
from dev.system import Ports, System, running

HOME = ROOT / ".demo"

BANNER = """
  The ERP               {web}/admin/
      admin / admin     supervisor
      ana / ana         agent
      mihai / mihai     agent
  The customer's phone  {simulator}/
  The API's pages       {web}/api/v1/docs
  Logs                  {logs}

  1. In the ERP, open Orders, tick a new one and run "Confirm the chosen orders".
  2. On the phone, open that customer's chat: the notice is there. Answer it.
  3. Back in the ERP, open Conversations: the answer waits there. Reply.

  Ctrl-C stops everything; the data stays until: make demo-reset
"""


def main() -> int:
    interruptible()
    try:
        if sys.argv[1:] == ["reset"]:
            reset(home=HOME)
        else:
            start(home=HOME)
    except Failure as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
    return 0


def start(*, home: Path) -> None:
    """Run the demo in `home` until somebody stops it, or a process dies (Failure)."""
    ports = Ports(web=_port("DEMO_WEB_PORT", 8000), simulator=_port("DEMO_SIM_PORT", 8001))
    with only_one(home):
        ports.check()
        _note(home, f"http://127.0.0.1:{ports.web}/admin/")
        with running(home=home, ports=ports, throwaway=False) as system:
            print(banner(system, home), flush=True)
            system.children.watch()


def reset(*, home: Path) -> None:
    """Delete the demo's data, unless a demo is using it."""
    with only_one(home):
        try:
            shutil.rmtree(home)
            with suppress(FileNotFoundError):
                shutil.rmtree(outside_folder(home=home))
        except PermissionError as error:
            raise Failure(
                f"{error.filename} belongs to another user; remove it as that user."
            ) from error
    print("The demo's data is gone; the next `make demo` starts afresh.")
    if os.environ.get("DATABASE_URL"):
        print("The rows in the database of DATABASE_URL are yours: they were left alone.")


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the demo's lock. The system frees it with the process, so a killed run leaves none."""
    home.mkdir(exist_ok=True)
    if os.geteuid() == 0:
        home.chmod(0o711)  # PostgreSQL runs as another user and must reach its data
    with (home / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Failure(
                f"A demo is running already: {lock.read().strip()}\nStop it with Ctrl-C first."
            ) from None
        yield


def banner(system: System, home: Path) -> str:
    return BANNER.format(web=system.web, simulator=system.simulator, logs=home / "logs")


def _note(home: Path, address: str) -> None:
    (home / "lock").write_text(f"{address} (process {os.getpid()})\n")


def _port(variable: str, default: int) -> int:
    text = os.environ.get(variable, "") or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Failure(f"{variable} must be a port number, not {text!r}.")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
