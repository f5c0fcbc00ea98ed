"""A long run at the full pace, with webhooks, among kills and faults; then the books are compared.

    python -m bench.soak --minutes 10

Ends with 1 if the database and Meta's ledger tell different stories, or a process has grown.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from rich.console import Console

from bench import machine, system
from bench.figures import Figure, table
from dev.processes import Failure, interruptible


def soak(*, minutes: float, console: Console) -> list[Figure]:
    """Run it in a system of its own."""
    with system.running() as running:
        console.print(machine.facts())
        figures: list[Figure] = import_module("bench.hardship").run(
            running, minutes=minutes, say=console.print
        )
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description="Send for a while among kills and faults.")
    parser.add_argument("--minutes", type=float, default=10.0)
    options = parser.parse_args()
    interruptible()
    console = Console(width=None if sys.stdout.isatty() else 150)
    try:
        figures = soak(minutes=options.minutes, console=console)
    except Failure as failure:
        console.print(failure)
        return 1
    console.print(table(figures))
    return 0 if all(figure.ok for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
