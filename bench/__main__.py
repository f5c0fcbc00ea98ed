"""Run the benchmarks: ``python -m bench [name …]``; a name may be the beginning of several.

Each is the file of that name, imported when Django knows its database, and its ``run``.
Prints a table, writes bench/latest.json, and ends with 1 if a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from rich.console import Console

from bench import machine, system
from bench.figures import Figure, table
from dev.processes import Failure, interruptible

LATEST = Path(__file__).parent / "latest.json"
BENCHMARKS = (
    "send_rate_80",
    "send_rate_refused",
    "send_rate_1000",
    "send_unthrottled",
    "send_overtake",
    "send_lone",
    "send_enqueue",  # from here on nobody takes wake-ups
    "orders_bulk",
    "process_status",
    "process_inbound",
    "whole_road",
    "ingest_asgi",
    "ingest_django",
    "ingest_1000",
    "ingest_kill",
    "dedupe",
    "stats_30d",
    "inbox_read",  # from here on one database of a million messages
    "thread_read",
    "search_word",
    "search_number",
)


def measure(names: list[str], *, console: Console) -> list[Figure]:
    """Run these benchmarks in one system, one after the other."""
    figures: list[Figure] = []
    with system.running() as running:
        facts = machine.facts()
        console.print(facts)
        for name in names:
            console.print(f"{name} …")
            figures += import_module(f"bench.{name}").run(running)
    written = {"machine": facts, "figures": [asdict(figure) for figure in figures]}
    LATEST.write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n")
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the system on this machine.")
    parser.add_argument("names", nargs="*", default=[""], help=f"of {', '.join(BENCHMARKS)}")
    wanted = tuple(parser.parse_args().names)
    names = [name for name in BENCHMARKS if name.startswith(wanted)]
    if not names:
        parser.error(f"no benchmark begins with {', '.join(wanted)}")
    interruptible()
    console = Console(width=None if sys.stdout.isatty() else 150)  # a log is as wide as it needs
    try:
        figures = measure(names, console=console)
    except Failure as failure:
        console.print(failure)
        return 1
    console.print(table(figures))
    return 0 if all(figure.ok for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
