import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from dev import folders, postgres_server
from dev.processes import Failure
from dev.servers import ROOT, servers, throwaway_database

NOTHING_GIVEN: dict[str, str] = {}
WHEELS_ONLY = {"CYPHER_EMBEDDED": "1"}


@pytest.mark.parametrize("given", [NOTHING_GIVEN, WHEELS_ONLY], ids=["machine", "wheels"])
def test_both_servers_answer_and_end_with_the_block(given: dict[str, str]):
    modes = _modes_above_the_wheel()

    with servers(given=given) as urls:
        with psycopg.connect(urls.database) as connection:
            fsync = connection.execute("SHOW fsync").fetchone()
            data = Path(connection.execute("SHOW data_directory").fetchone()[0])
        redis_process = redis.from_url(urls.redis).info("server")["process_id"]
        postgres_process = int((data / "postmaster.pid").read_text().split()[0])

    assert fsync == ("off",)
    assert not data.exists()
    assert not _runs(redis_process)
    assert not _runs(postgres_process)
    assert _modes_above_the_wheel() == modes


def test_addresses_that_are_given_start_nothing():
    given = {"DATABASE_URL": "postgres://somewhere/erp", "REDIS_URL": "redis://somewhere/3"}

    with servers(given=given) as urls:
        assert urls.as_environment() == given


@pytest.fixture
def home():
    """A folder that PostgreSQL's user can enter, unlike pytest's own."""
    with folders.scratch() as folder:
        yield folder


def test_kept_data_is_found_again_and_is_durable(home: Path):
    with _kept(home) as urls, psycopg.connect(urls.database) as connection:
        connection.execute("CREATE TABLE kept (id int)")
        fsync = connection.execute("SHOW fsync").fetchone()
    with _kept(home) as urls, psycopg.connect(urls.database) as connection:
        rows = connection.execute("SELECT count(*) FROM kept").fetchone()

    assert fsync == ("on",)
    assert rows == (0,)


def test_a_journey_has_a_database_of_its_own_on_a_server_that_was_given():
    with servers(given=NOTHING_GIVEN) as urls:
        with throwaway_database(urls) as own, psycopg.connect(own.database) as connection:
            name = connection.info.dbname
        with psycopg.connect(urls.database) as connection:
            rows = connection.execute("SELECT datname FROM pg_database").fetchall()

    assert name == f"cypher_erp_journey_{os.getpid()}"
    assert ("cypher_erp",) in rows
    assert (name,) not in rows


def test_servers_of_a_killed_launcher_end_as_well():
    program = (
        "import os; print(os.environ['DATABASE_URL'], flush=True); import time; time.sleep(60)"
    )
    launcher = subprocess.Popen(
        [sys.executable, "-m", "dev.servers", "--", sys.executable, "-c", program],
        cwd=ROOT,
        env=_without_addresses(),
        stdout=subprocess.PIPE,
        text=True,
    )
    url = launcher.stdout.readline().strip()
    with psycopg.connect(url) as connection:
        data = Path(connection.execute("SHOW data_directory").fetchone()[0])

    launcher.send_signal(signal.SIGKILL)
    launcher.wait()

    assert _within(seconds=10, true=lambda: not (data / "postmaster.pid").exists())
    with folders.scratch():
        assert not data.exists()


def test_the_exit_code_is_that_of_the_command():
    command = [sys.executable, "-m", "dev.servers", "--", sys.executable, "-c", "exit(7)"]
    given = {"DATABASE_URL": "postgres://somewhere/erp", "REDIS_URL": "redis://somewhere"}

    ended = subprocess.run(command, cwd=ROOT, env={**os.environ, **given}, check=False)

    assert ended.returncode == 7


def test_data_of_another_major_names_the_way_out(tmp_path: Path):
    (tmp_path / "PG_VERSION").write_text("9\n")

    with pytest.raises(Failure, match=r"was made by PostgreSQL 9.*\n.*make demo-reset"):
        postgres_server.choose(data=tmp_path)


def test_data_of_the_wheels_major_is_served_by_the_wheel(tmp_path: Path):
    wheel = next(iter(postgres_server.installations(embedded=True)))
    (tmp_path / "PG_VERSION").write_text(f"{wheel.major}\n")

    assert postgres_server.choose(data=tmp_path).major == wheel.major


def test_a_dead_servers_lock_is_removed_and_a_live_ones_kept(tmp_path: Path):
    lock = tmp_path / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{tmp_path}\n")  # the id belongs to somebody else by now

    postgres_server._forget_killed_server(tmp_path)

    assert not lock.exists()


def _kept(home: Path):
    return servers(given=NOTHING_GIVEN, data=home / "pg", logs=home, durable=True)


def _modes_above_the_wheel() -> list[int]:
    wheel = next(iter(postgres_server.installations(embedded=True))).bin
    return [folder.stat().st_mode for folder in (wheel, *wheel.parents)]


def _without_addresses() -> dict[str, str]:
    return {key: os.environ[key] for key in os.environ.keys() - {"DATABASE_URL", "REDIS_URL"}}


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _within(*, seconds: float, true) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    return true()
