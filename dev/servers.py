"""PostgreSQL and Redis for one command: those given, the machine's own, or the wheels.

    python -m dev.servers [--durable] -- command …

runs a command with DATABASE_URL and REDIS_URL set, stops what it started, and ends with the
command's exit code.
CYPHER_EMBEDDED=1 passes over the machine's own programs, as if it had none.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from dev import folders, postgres_server, redis_server
from dev.processes import Children, Failure, interruptible, tether

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "cypher_erp"
TIDY_UP_SECONDS = 3.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Urls:
    database: str
    redis: str

    def as_environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database, "REDIS_URL": self.redis}


@contextmanager
def servers(
    *,
    data: Path | None = None,
    logs: Path | None = None,
    durable: bool = False,
    given: Mapping[str, str] = os.environ,
) -> Iterator[Urls]:
    """Yield the addresses of both servers; whatever was started ends with the block.

    Without `data` the rows live in a temporary folder, and without fsync unless `durable`.
    """
    database, redis = given.get("DATABASE_URL", ""), given.get("REDIS_URL", "")
    embedded = given.get("CYPHER_EMBEDDED", "") not in ("", "0")
    with ExitStack() as stack:
        if not (database and redis):
            scratch = stack.enter_context(folders.scratch())
            children = stack.enter_context(Children(logs=logs or scratch / "logs"))
        if not redis:
            started = redis_server.start(children=children, scratch=scratch, embedded=embedded)
            redis = f"{started}/0"
        if not database:
            database = postgres_server.start(
                children=children,
                data=data or scratch / "data",
                scratch=scratch,
                durable=durable,
                embedded=embedded,
            ).format(name=DATABASE)
            make_database(database)
        yield Urls(database=database, redis=redis)


def make_database(url: str) -> None:
    """Create the database that a URL names, if its server does not have it yet."""
    import psycopg
    from psycopg import conninfo, sql

    name = str(conninfo.conninfo_to_dict(url)["dbname"])
    with psycopg.connect(url, dbname="postgres", autocommit=True) as connection:
        query = "SELECT FROM pg_database WHERE datname = %s"
        if connection.execute(query, [name]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


@contextmanager
def throwaway_database(urls: Urls) -> Iterator[Urls]:
    """A database of our own on the same server, for as long as the block lasts."""
    import psycopg

    name = f"cypher_erp_journey_{os.getpid()}"
    url = urlsplit(urls.database)._replace(path=f"/{name}").geturl()
    try:
        make_database(url)
    except psycopg.Error as error:
        raise Failure(f"DATABASE_URL's server does not let us make a database: {error}") from None
    try:
        yield Urls(database=url, redis=urls.redis)
    finally:
        with psycopg.connect(urls.database, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def run(command: list[str], *, durable: bool) -> int:
    """Run a command inside the servers. It shares our terminal, so a Ctrl-C reaches it as well."""
    with servers(durable=durable) as urls:
        environment = {**os.environ, **urls.as_environment()}
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, preexec_fn=tether(signal.SIGTERM)
        )
        try:
            return process.wait()
        except KeyboardInterrupt:
            return _ended(process)


def _ended(process: subprocess.Popen[bytes]) -> int:
    """Give a command that heard the same Ctrl-C the time to tidy up, then end it."""
    with suppress(subprocess.TimeoutExpired):
        return process.wait(timeout=TIDY_UP_SECONDS)
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        return process.wait(timeout=TIDY_UP_SECONDS)
    process.kill()
    return process.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description="Run a command beside PostgreSQL and Redis.")
    parser.add_argument("--durable", action="store_true", help="keep fsync on")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    interruptible()
    try:
        return run(options.command, durable=options.durable)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
