"""The doors of the workers: a job that many wake-ups ask for takes one thread of a process."""

from __future__ import annotations

import threading

import pytest

from whatsapp.tasks import OneAtATime


def test_who_comes_while_the_job_is_done_goes_and_has_it_done_once_more():
    begun, go_on, rounds = threading.Event(), threading.Event(), []

    def job() -> None:
        rounds.append(1)
        begun.set()
        go_on.wait(5)

    once = OneAtATime(job)
    first = threading.Thread(target=once)
    first.start()
    begun.wait(5)

    for _ in range(5):
        once()  # would wait for ever if it began
    go_on.set()
    first.join(5)

    assert len(rounds) == 2


def test_job_that_fails_can_be_done_again():
    rounds = []

    def job() -> None:
        rounds.append(1)
        if len(rounds) == 1:
            raise LookupError

    once = OneAtATime(job)
    with pytest.raises(LookupError):
        once()

    once()

    assert len(rounds) == 2
