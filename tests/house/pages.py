"""The project's pages, read as a person reads them: prose, code spans, tables, links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def pages() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", page.read_text())


def python_blocks(page: Path) -> list[str]:
    return _PYTHON.findall(page.read_text())


def spans(text: str) -> list[str]:
    return _SPAN.findall(text)


def links(page: Path) -> list[str]:
    return _LINK.findall(prose(page))


def rows(page: Path, *, first: str) -> Iterator[Mapping[str, str]]:
    """The rows of every table whose first heading is ``first``, by heading."""
    headings: list[str] | None = None
    for line in prose(page).splitlines():
        if not line.startswith("|"):
            headings = None
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if headings is None:
            headings = cells
        elif headings[0] == first and not set(cells[0]) <= set("-: "):
            yield dict(zip(headings, cells, strict=True))
