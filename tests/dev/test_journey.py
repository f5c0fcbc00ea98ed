import pytest

from dev import journey
from dev.processes import Failure


def test_waiting_returns_what_was_seen():
    answers = iter([None, [], "delivered"])

    assert journey.wait_for("The notice is delivered", lambda: next(answers)) == "delivered"


def test_what_is_never_seen_is_named():
    with pytest.raises(Failure, match=r"Not seen within 0 s: The notice is read\."):
        journey.wait_for("The notice is read", lambda: None, seconds=0.1)


def test_a_message_of_several_lines_is_told_in_one():
    assert journey.one_line("Bună ziua!\n\nColetul a plecat.") == "Bună ziua! Coletul a plecat."


def test_each_step_is_a_line_with_its_time(capsys: pytest.CaptureFixture[str]):
    tell = journey.teller(journey.time.monotonic() - 12)

    tell("the reply is sent")

    assert capsys.readouterr().out == "[  12.0 s] the reply is sent\n"
