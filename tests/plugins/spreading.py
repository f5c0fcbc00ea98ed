"""The order of the files: those of one folder spread over the whole run.

They load the machine alike. In their own order all processes would wait for workers in tests/e2e
at the same time, while nothing computes.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]


@pytest.hookimpl(trylast=True)  # what is not asked for is left out by then
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    folders: dict[tuple[str, ...], list[Path]] = defaultdict(list)
    for path in dict.fromkeys(item.path for item in items):
        folders[path.relative_to(TESTS).parent.parts[:1]].append(path)
    place = {path: n / len(paths) for paths in folders.values() for n, path in enumerate(paths)}
    items.sort(key=lambda item: place[item.path])
