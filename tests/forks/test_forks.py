from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.forks import Forked

FACTS = """
import atexit, json, os, random, sys, threading
atexit.register(lambda: print("as an interpreter ends", flush=True))
print(json.dumps({
    "environment": dict(os.environ), "process": os.getpid(), "group": os.getpgid(0),
    "dice": random.random(), "threads": threading.active_count(),
    "ours": sorted({name.partition(".")[0] for name in sys.modules} & {"cypher_erp", "whatsapp"}),
    "sockets": [each for each in os.listdir("/proc/self/fd") if int(each) > 2 and
                os.path.exists(f"/proc/self/fd/{each}")
                and not os.readlink(f"/proc/self/fd/{each}").startswith("/proc")],
}))
"""


@pytest.fixture
def program(tmp_path: Path):
    """Forks what runs such a statement once; what is left of it ends with the test."""
    made = []

    def start(statement: str, name: str = "log", **env: str) -> Forked:
        with (tmp_path / name).open("wb") as output:
            made.append(Forked("timeit", ["-n1", "-r1", statement], env=env, output=output))
        return made[-1]

    yield start
    for each in made:
        each.kill()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="seen in Linux's /proc only")
def test_forked_program_shares_nothing_with_another(program, tmp_path):
    running = [program(FACTS, name, NAME=name) for name in ("one", "other")]
    codes = [each.wait(timeout=60) for each in running]

    printed = [(tmp_path / name).read_text() for name in ("one", "other")]
    one, other = (json.loads(text.splitlines()[0]) for text in printed)
    assert codes == [0, 0]
    assert (one["environment"], other["environment"]) == ({"NAME": "one"}, {"NAME": "other"})
    assert one["process"] == one["group"] == running[0].pid
    assert one["dice"] != other["dice"]
    assert (other["threads"], other["ours"], other["sockets"]) == (1, [], [])
    assert printed[0].endswith("as an interpreter ends\n")


def test_forked_program_is_killed_stopped_and_gone_on_with(program):
    running = program("import time; time.sleep(60)")
    with pytest.raises(subprocess.TimeoutExpired):
        running.wait(timeout=0.05)
    running.send_signal(signal.SIGSTOP)
    running.send_signal(signal.SIGCONT)
    assert running.poll() is None

    running.kill()

    assert running.wait(timeout=10) == -signal.SIGKILL
    with pytest.raises(ProcessLookupError):
        os.kill(running.pid, 0)


def test_code_of_a_forked_program_is_its_own(program):
    assert program("import os; os._exit(3)").wait(timeout=10) == 3
