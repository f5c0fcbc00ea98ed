"""What a process holds in memory, in megabytes, read from Linux's /proc."""

from __future__ import annotations

import re
from pathlib import Path


def resident(pid: int | str = "self") -> float:
    """What it holds now."""
    return _field("VmRSS", pid)


def clear_peak() -> None:
    """Let the peak of this process begin anew."""
    Path("/proc/self/clear_refs").write_text("5")


def peak() -> float:
    """The most that this process has held since its peak was cleared."""
    return _field("VmHWM", "self")


def _field(name: str, pid: int | str) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    if found is None:
        raise ValueError(f"{name} is not told of process {pid}")
    return int(found[1]) / 1024
