"""What `make test` runs."""

from __future__ import annotations

from dev.servers import ROOT
from dev.tests import FOLDERS_ALONE

MARK = "pytest.mark.alone"


def test_no_test_that_runs_alone_lies_where_it_is_not_looked_for():
    here = ROOT / "tests/dev"
    paths = [path for path in (ROOT / "tests").rglob("test_*.py") if path.parent != here]
    marked = [str(path.relative_to(ROOT)) for path in paths if MARK in path.read_text()]

    assert len(marked) > 5
    assert [path for path in marked if not path.startswith(FOLDERS_ALONE)] == []
