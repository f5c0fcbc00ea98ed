"""What operators see: tables on standard output, progress beside it, words in their language."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import timedelta
from typing import Self

from django.core.management.base import OutputWrapper
from django.utils import translation
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

WIDTH = 120  # of a table that goes into a file or a log


def language() -> str:
    """The operator's language as the shell names it, if we speak it; else the host's own."""
    shell = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    name = shell.partition(".")[0].replace("_", "-").lower()
    try:
        return translation.get_supported_language_variant(name)
    except LookupError:
        return translation.get_language() or "en"


def progress() -> Progress:
    """A spinner with a text on standard error; nothing remains of it."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    return Progress(*columns, console=Console(stderr=True), transient=True)


def bar(*, total: int) -> Progress:
    """A bar with its count and a text on standard error, where that is a terminal."""
    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    drawn = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    drawn.add_task("", total=total)
    return drawn


def table(*headings: str, rows: Iterable[tuple[str, ...]]) -> str:
    """Set the rows under their headings."""
    # :b: in the key of an event is no emoji
    console = Console(width=None if Console().is_terminal else WIDTH, emoji=False)
    drawn = Table(*headings)
    for row in rows:
        drawn.add_row(*row)
    with console.capture() as capture:
        console.print(drawn)
    return capture.get()


class Drain:
    """A queue while it empties, with its rate and the time left.

    A bar on standard error where that is a terminal, else a line of ``out`` at each look.
    """

    def __init__(self, out: OutputWrapper) -> None:
        console = Console(stderr=True)
        self._out = out
        self._is_drawn = console.is_terminal
        self._bar = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("{task.description}", markup=False),
            console=console,
            transient=True,
            disable=not self._is_drawn,
        )
        self._task = self._bar.add_task("", total=0, rate="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, *, left: int, words: str) -> None:
        """Show how many are left, beside the most there were."""
        (task,) = self._bar.tasks
        most = max(task.total or 0, left)
        self._bar.update(self._task, total=most, completed=most - left, description=words)
        rate = _("%(n)d/s") % {"n": task.speed} if task.speed else ""
        self._bar.update(self._task, rate=rate)
        if not self._is_drawn:
            self._out.write(self._line(task, left=left, words=words, rate=rate))

    def _line(self, task: Task, *, left: int, words: str, rate: str) -> str:
        parts = [_("%(n)d left") % {"n": left}, rate, words]
        if task.time_remaining:
            time_left = timedelta(seconds=int(task.time_remaining))
            parts.insert(2, _("%(time)s to go") % {"time": time_left})
        return " · ".join(filter(None, parts))
