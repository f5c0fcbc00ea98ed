"""Folders for servers: short enough for a socket, and open to the user who runs PostgreSQL."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dev.processes import Failure

PREFIX = "cypher-erp-"
# `sun_path` holds 107 characters on Linux, 103 on macOS; "/postgres/.s.PGSQL.5432.lock" and
# mkdtemp's own letters come on top of the folder.
LONGEST_PARENT = 50


def server_user(*, data: Path | None = None) -> dict[str, Any]:
    """Keyword arguments for Popen that make it a user PostgreSQL accepts: it refuses root."""
    if os.geteuid() != 0:
        return {}
    owner = data.stat().st_uid if data and data.exists() else 0
    user = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def give(path: Path, user: dict[str, Any]) -> None:
    if user:
        os.chown(path, user["user"], user["group"])


def enterable(path: Path, user: dict[str, Any]) -> bool:
    """Whether that user can reach the folder: root's home, say, is closed to everyone else."""
    if not user:
        return True
    for folder in (path, *path.parents):
        facts = folder.stat()
        owned = facts.st_uid == user["user"] and facts.st_mode & 0o100
        if not owned and not facts.st_mode & 0o001:
            return False
    return True


def data_folder(*, home: Path) -> Path:
    """Where the demo's rows live: its own folder or, where nobody can enter that, in /var/tmp."""
    user = server_user(data=home / "pg")
    if enterable(home, user):
        return home / "pg"
    outside = outside_folder(home=home)
    outside.mkdir(exist_ok=True)
    if outside.stat().st_uid != os.geteuid():
        raise Failure(f"{outside} belongs to another user; it must be ours or not be there.")
    outside.chmod(0o711)
    return outside / "pg"


def outside_folder(*, home: Path) -> Path:
    """The stand-in for a demo folder that PostgreSQL's user cannot enter; one per clone."""
    return Path("/var/tmp") / f"{PREFIX}{hashlib.sha256(bytes(home)).hexdigest()[:12]}"


@contextmanager
def scratch() -> Iterator[Path]:
    """A temporary folder named after our process; those of killed runs are swept away first."""
    parent = _scratch_parent()
    sweep(parent)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent))
    try:
        if os.geteuid() == 0:
            folder.chmod(0o711)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(parent: Path) -> None:
    """Remove scratch folders whose process is no more."""
    for folder in parent.glob(f"{PREFIX}*-*"):
        process = folder.name.removeprefix(PREFIX).split("-")[0]
        if (
            process.isdecimal()
            and folder.stat().st_uid == os.geteuid()
            and not _alive(int(process))
        ):
            shutil.rmtree(folder, ignore_errors=True)


def _scratch_parent() -> Path:
    user = server_user()
    for parent in (Path(tempfile.gettempdir()).resolve(), Path("/tmp"), Path("/var/tmp")):
        if len(str(parent)) <= LONGEST_PARENT and parent.is_dir() and enterable(parent, user):
            return parent
    raise Failure(
        "No temporary folder is short and open enough for PostgreSQL's socket; set TMPDIR."
    )


def _alive(process: int) -> bool:
    with suppress(PermissionError):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
    return True
