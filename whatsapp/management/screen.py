"""What operators see: tables on standard output, progress beside it."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

WIDTH = 120  # of a table that goes into a file or a log


def progress() -> Progress:
    """A spinner with a text on standard error; nothing remains of it."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    return Progress(*columns, console=Console(stderr=True), transient=True)


def table(*headings: str, rows: Iterable[tuple[str, ...]]) -> str:
    """Set the rows under their headings."""
    console = Console(width=None if Console().is_terminal else WIDTH)
    drawn = Table(*headings)
    for row in rows:
        drawn.add_row(*row)
    with console.capture() as capture:
        console.print(drawn)
    return capture.get()
