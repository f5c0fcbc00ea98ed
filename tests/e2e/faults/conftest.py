"""A stand for each test; those that break a server bring their own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.e2e.faults.setting_up import TIMES, machines, stand_on
from tests.e2e.faults.stand import Stand
from tests.simulator_process import SimulatorProcess


@pytest.fixture
def times(settings) -> None:
    """The processes' times, for the rounds that the test makes itself."""
    settings.WHATSAPP = settings.WHATSAPP | {
        name: timedelta(seconds=value) for name, value in TIMES.items()
    }


@pytest.fixture(scope="session")
def door(django_db_setup, simulator_process: SimulatorProcess) -> Iterator[str]:
    """The address of one door for all tests that do not break it."""
    with machines() as made:
        yield stand_on(made, simulator=simulator_process).door()


@pytest.fixture
def stand(transactional_db, times, door: str, simulator: SimulatorProcess) -> Iterator[Stand]:
    """On the servers of the whole run."""
    with machines() as made:
        stand = stand_on(made, simulator=simulator)
        stand.opens_to(door)
        yield stand
