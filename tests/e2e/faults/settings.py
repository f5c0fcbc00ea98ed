"""The settings of the workers, the door and beat: the host's own, but for some times.

TIMES is a JSON object of keys of WHATSAPP with their durations in seconds. CLOCK_SKEW, in
seconds, sets this process's wall clock wrong; its monotonic clock stays as it is.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta

import time_machine
from celery.signals import worker_init

from cypher_erp.settings import *  # noqa: F403

TIMES: dict[str, float] = json.loads(os.environ.get("TIMES", "{}"))
CLOCK_SKEW = float(os.environ.get("CLOCK_SKEW", "0"))
TURN = float(os.environ.get("TURN", "0"))

WHATSAPP |= {name: timedelta(seconds=value) for name, value in TIMES.items()}  # noqa: F405

if CLOCK_SKEW:
    wrong = datetime.now(tz=UTC) + timedelta(seconds=CLOCK_SKEW)
    time_machine.travel(wrong, tick=True).start()


@worker_init.connect(weak=False)
def _shorten_turns(**_: object) -> None:
    """A number's turn is a constant of half a minute, too long for a test."""
    from whatsapp.services import delivery

    delivery.TURN = TURN or delivery.TURN
