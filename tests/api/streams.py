"""A client of the changes we tell, as they come."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from rest_framework_simplejwt.tokens import AccessToken

PATH = "/api/v1/whatsapp/events"
STREAM = "text/event-stream"


class Stream:
    """A client of Server-Sent Events."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.answer = answer
        self.position = ""

    def next(self) -> dict[str, str]:
        """The next block of the stream, by field."""
        fields: dict[str, str] = {}
        while line := self.answer.readline().decode().rstrip("\n"):
            name, _, value = line.partition(": ")
            fields[name] = value
        self.position = fields.get("id", self.position)
        return fields

    def event(self) -> dict:
        """The next that tells something."""
        while True:
            fields = self.next()
            if "data" in fields:
                data = json.loads(fields["data"])
                assert data["type"] == fields["event"]
                return data

    def rest(self) -> bytes:
        return self.answer.read()


@contextmanager
def listening(server, user, life: timedelta | None = None, **headers: str) -> Iterator[Stream]:
    wire = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    token = AccessToken.for_user(user)
    token.set_exp(lifetime=life or token.lifetime)
    given = {"Accept": STREAM, "Authorization": f"Bearer {token}", **headers}
    try:
        wire.request("GET", PATH, headers=given)
        answer = wire.getresponse()
        assert answer.status == 200, answer.read()
        assert answer.headers["Content-Type"] == STREAM
        stream = Stream(answer)
        assert stream.next() == {"retry": "1000"}
        assert set(stream.next()) == {"id"}
        yield stream
    finally:
        wire.close()


def told(event: dict) -> tuple[str, list]:
    return event["type"], [(item["conversation"], item["message"]) for item in event["items"]]
