"""The test suite: in three processes, then alone what judges how fast or when something arrives.

With arguments it is one plain run of pytest: ``python -m dev.tests tests/domain -x``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

PYTEST = (sys.executable, "-m", "pytest")

# One process more than CI has cores, since tests also wait; files in our order (see
# tests/plugins/spreading.py), since those of few tests last the longest and would come at the end
TOGETHER = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder", "-m", "not alone")
FOLDERS_ALONE = ("tests/e2e", "tests/webhooks")  # to look through all takes as long as a test
ALONE = ("-m", "alone", *FOLDERS_ALONE)


def main(arguments: list[str]) -> int:
    """Return pytest's exit code, of the first run that failed."""
    if arguments:
        return subprocess.call([*PYTEST, *arguments])
    with database_to_copy() as name:
        environment = {**os.environ, "TEST_TEMPLATE": name}
        codes = [subprocess.call([*PYTEST, *run], env=environment) for run in (TOGETHER, ALONE)]
    return next((code for code in codes if code), 0)


@contextmanager
def database_to_copy() -> Iterator[str]:
    """A name for the database that tests/plugins/migrating.py makes; it is gone afterwards."""
    name = f"cypher_erp_template_{os.getpid()}"
    try:
        yield name
    finally:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
