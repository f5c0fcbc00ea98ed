"""Median and ninetieth from buckets, beside those of the values themselves."""

from math import floor, log
from random import Random

import pytest

from whatsapp.domain.quantiles import WIDTH, Bucket, quantile


def bucketed(values):
    found = {}
    for value in sorted(values):
        found.setdefault(floor(log(value) / log(WIDTH)), []).append(value)
    return [Bucket(len(some), sum(some)) for some in found.values()]


def exact(values, share):
    ordered, rank = sorted(values), share * (len(values) - 1)
    low = ordered[floor(rank)]
    high = ordered[min(floor(rank) + 1, len(ordered) - 1)]
    return low + (high - low) * (rank - floor(rank))


def test_nothing_has_no_median():
    assert quantile([], 0.5) is None


@pytest.mark.parametrize("share", [0, 0.5, 0.9, 1])
def test_few_values_far_apart_are_told_exactly(share):
    values = [10, 60, 240, 3600, 90_000]

    assert quantile(bucketed(values), share) == pytest.approx(exact(values, share))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_many_values_are_told_within_five_percent(seed, share):
    dice = Random(seed)
    values = [1 + dice.expovariate(1 / 2400) for _ in range(3000)]

    assert quantile(bucketed(values), share) == pytest.approx(exact(values, share), rel=0.05)
