import os
import sys
from pathlib import Path

import pytest

from dev.processes import Children, Failure

SLEEP = "import time; time.sleep(60)"
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("on", flush=True)
time.sleep(60)
"""


def test_children_end_with_the_block(tmp_path: Path):
    with Children(logs=tmp_path) as children:
        child = children.start("web", [sys.executable, "-c", SLEEP], env=os.environ, cwd=tmp_path)
        assert child.process.poll() is None

    assert child.process.poll() is not None


def test_a_child_that_ignores_us_is_ended_after_the_grace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("dev.processes.GRACE_SECONDS", 0.3)
    with Children(logs=tmp_path) as children:
        command = [sys.executable, "-c", STUBBORN]
        child = children.start("worker", command, env=os.environ, cwd=tmp_path)
        children.wait_until(lambda: "on" in child.last_words(), what="The child")

    assert child.process.returncode == -9


def test_a_child_that_dies_is_named_with_its_last_words(tmp_path: Path):
    with Children(logs=tmp_path) as children:
        command = [sys.executable, "-c", "print('no more paper'); exit(3)"]
        children.start("beat", command, env=os.environ, cwd=tmp_path)

        with pytest.raises(
            Failure, match=r"beat ended by itself \(exit code 3\)(.|\n)*no more pap"
        ):
            children.watch()


def test_a_command_that_fails_is_named_with_its_last_words(tmp_path: Path):
    with Children(logs=tmp_path) as children:
        command = [sys.executable, "-c", "exit('no such table')"]

        with pytest.raises(Failure, match=r"migrate failed(.|\n)*no such table"):
            children.run("migrate", command, env=os.environ, cwd=tmp_path)


def test_waiting_has_an_end(tmp_path: Path):
    never = Children(logs=tmp_path)

    with never as children, pytest.raises(Failure, match="The web server was not ready after 0 s"):
        children.wait_until(lambda: False, what="The web server", seconds=0.2)
