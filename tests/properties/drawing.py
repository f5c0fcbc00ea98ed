"""How many histories are drawn: in each run of the tests the same few, by HISTORIES anew."""

from __future__ import annotations

import os
from typing import Any

HISTORIES = int(os.environ.get("HISTORIES") or 0)


def drawn(*, usually: int) -> dict[str, Any]:
    """Settings of a test: what fails at random on an old defect helps nobody."""
    return {"max_examples": HISTORIES or usually, "derandomize": not HISTORIES, "deadline": None}
