"""The machine the figures come from; without it they mean nothing."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from django.db import connection


def facts() -> dict[str, object]:
    """Processor, cores, versions, and how busy the machine was before the run."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('fsync')")
        version, fsync = cursor.fetchone()
    return {
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "postgresql": version,
        "fsync": fsync,
        "load_before": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
    return next(names, platform.processor())
