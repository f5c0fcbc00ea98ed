"""Fixtures: the simulator as a real process, started once and reset for each test."""

from collections.abc import Iterator

import pytest

from tests.simulator_process import SimulatorProcess, running_simulator


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[SimulatorProcess]:
    """One simulator for the whole run, on a free port, quick in everything it does."""
    with running_simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(simulator_process: SimulatorProcess) -> Iterator[SimulatorProcess]:
    """A simulator that has seen nothing yet; webhooks go nowhere until `reset(webhook_url=…)`."""
    simulator_process.reset()
    yield simulator_process
    simulator_process.reset()
