"""What a log line holds, and what it must not."""

import json
import logging
import sys

import pytest
import structlog

from cypher_erp.logging import logging_config


def line(*, for_people: bool, exc_info=None, **extra) -> str:
    """A line as the handler would write it."""
    config = logging_config(level="INFO", debug=False)["formatters"]["structured"]
    if for_people:
        terminal = logging_config(level="INFO", debug=True)
        config = terminal["formatters"]["structured"]
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=config["processors"], foreign_pre_chain=config["foreign_pre_chain"]
    )
    record = logging.LogRecord("whatsapp", logging.ERROR, "", 1, "it broke", (), exc_info)
    vars(record).update(extra)
    return formatter.format(record)


def failure_with_a_secret_nearby():
    token = "-".join(["EAAG", "secret"])
    try:
        raise RuntimeError("no")
    except RuntimeError:
        assert token
        return sys.exc_info()


@pytest.mark.parametrize("terminal", [False, True])
def test_traceback_shows_no_variables(terminal, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)

    text = line(for_people=terminal, exc_info=failure_with_a_secret_nearby())

    assert "RuntimeError: no" in text
    assert "EAAG-secret" not in text


def test_line_of_uvicorn_is_json_without_its_colours():
    entry = json.loads(line(for_people=False, color_message="\x1b[36mit broke"))

    assert entry["event"] == "it broke"
    assert "color_message" not in entry
    assert logging_config(level="INFO", debug=False)["loggers"]["uvicorn"]["propagate"] is True
