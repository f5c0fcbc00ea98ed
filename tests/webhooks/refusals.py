"""A refusal of a door, and that nothing was stored."""

from __future__ import annotations

from tests.webhooks.doors import Answer
from tests.webhooks.rows import keys


def assert_refused(answer: Answer, *, status: int, code: str) -> None:
    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"
    error = answer.json()["error"]
    assert error["code"] == code
    assert error["message"]
    assert error["details"] == {}
    assert error["request_id"] == answer.headers["x-request-id"]
    assert keys() == []
