"""What a receiver saw, judged: how many, how fast, how close together, and how often twice."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrivals:
    """When each send had arrived wholly, in monotonic seconds, and what it carried."""

    times: Sequence[float]  # ascending
    callbacks: Sequence[str]  # ``<message uuid>:<attempt>``, in the same order

    def after(self, seconds: float) -> Arrivals:
        """Leave out those of the first seconds, when a sender may use what it had saved up."""
        first = self.times[0] + seconds if self.times else 0.0
        skipped = sum(1 for at in self.times if at < first)
        return Arrivals(times=self.times[skipped:], callbacks=self.callbacks[skipped:])

    def rate(self) -> float:
        """Per second, between the first and the last."""
        if len(self.times) < 2:
            return 0.0
        return (len(self.times) - 1) / (self.times[-1] - self.times[0])

    def longest_silence(self) -> float:
        """Seconds, between two that follow each other."""
        return max((later - earlier for earlier, later in pairwise(self.times)), default=0.0)

    def largest_second(self) -> int:
        return largest_second(self.times)

    def doubled(self) -> int:
        """Messages that arrived more than once, whatever the attempt."""
        return repeated(callback.partition(":")[0] for callback in self.callbacks)

    def report(self) -> dict[str, Any]:
        """Everything at once, for a person who asks by hand."""
        return {
            "total": len(self.times),
            "doubled_messages": self.doubled(),
            "doubled_attempts": repeated(self.callbacks),
            "largest_second": self.largest_second(),
            "rate": round(self.rate(), 2),
            "rate_after_first_second": round(self.after(1).rate(), 2),
            "longest_silence_ms": round(self.longest_silence() * 1000, 1),
        }


def largest_second(times: Sequence[float]) -> int:
    """The largest count in any sliding second, which is open at its end; ``times`` ascend."""
    start = largest = 0
    for end, moment in enumerate(times):
        while times[start] <= moment - 1.0:
            start += 1
        largest = max(largest, end - start + 1)
    return largest


def repeated(values: Iterable[str]) -> int:
    """How many of the values came more than once; empty ones say nothing."""
    return sum(1 for value, count in Counter(values).items() if value and count > 1)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so many of them do not exceed (nearest rank); 0 of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)] if ordered else 0.0
