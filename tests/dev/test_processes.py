import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dev.processes import Children, Failure

ROOT = Path(__file__).resolve().parents[2]
SLEEP = "import time; time.sleep(60)"
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("on", flush=True)
time.sleep(60)
"""
WATCH = """
import pathlib
from dev.processes import Children
with Children(logs=pathlib.Path("logs")) as children:
    print("watching", flush=True)
    try:
        children.watch()
    except KeyboardInterrupt:
        print("stopped")
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


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="seen in Linux's /proc only")
def test_an_interrupt_of_make_alone_is_noticed(tmp_path: Path):
    (tmp_path / "watch.py").write_text(WATCH)
    (tmp_path / "Makefile").write_text(f"watch:\n\t@'{sys.executable}' watch.py\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    make = subprocess.Popen(
        ["make", "-s", "watch"], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert make.stdout.readline() == "watching\n"

    make.send_signal(signal.SIGINT)

    assert make.communicate(timeout=10)[0] == "stopped\n"


def test_waiting_has_an_end(tmp_path: Path):
    never = Children(logs=tmp_path)

    with never as children, pytest.raises(Failure, match="The web server was not ready after 0 s"):
        children.wait_until(lambda: False, what="The web server", seconds=0.2)
