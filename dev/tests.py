"""The test suite: in three processes, then alone what judges how fast or when something arrives.

With arguments it is one plain run of pytest: ``python -m dev.tests tests/domain -x``.
"""

from __future__ import annotations

import subprocess
import sys

# One process more than CI has cores, since tests also wait; files in their order, since those of
# few tests last the longest and would come at the end
TOGETHER = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder", "-m", "not alone")
FOLDERS_ALONE = ("tests/e2e", "tests/webhooks")  # to look through all takes as long as a test
ALONE = ("-m", "alone", *FOLDERS_ALONE)


def main(arguments: list[str]) -> int:
    """Return pytest's exit code, of the first run that failed."""
    runs = [tuple(arguments)] if arguments else [TOGETHER, ALONE]
    codes = [subprocess.call([sys.executable, "-m", "pytest", *run]) for run in runs]
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
