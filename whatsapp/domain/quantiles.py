"""Median and ninetieth from counts by logarithmic buckets, near enough and cheap to add up."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import ceil, floor
from typing import NamedTuple

WIDTH = 1.05  # of a bucket: its values differ by 5 % at most, so its mean is within them


class Bucket(NamedTuple):
    """How many values there are, and their sum; buckets come smallest first."""

    n: int
    total: float

    @property
    def mean(self) -> float:
        return self.total / self.n


def quantile(buckets: Sequence[Bucket], share: float) -> float | None:
    """The value below which that share of all lies, between two of them as SQL's percentile_cont.

    Each value is taken for its bucket's mean: exact where it is alone there. None of nothing.
    """
    reached = list(accumulate(bucket.n for bucket in buckets))
    if not reached:
        return None
    rank = share * (reached[-1] - 1)
    low, high = (buckets[bisect_left(reached, r + 1)].mean for r in (floor(rank), ceil(rank)))
    return low + (high - low) * (rank - floor(rank))


def count(buckets: Iterable[Bucket]) -> int:
    return sum(bucket.n for bucket in buckets)
