"""What a handler is given and what it may answer, free of the server beneath."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from whatsapp.simulator.encoding import Json, dumps

JSON_TYPE = "application/json; charset=UTF-8"


@dataclass(slots=True, kw_only=True)
class Request:
    """One request, stamped at its first byte, before anything was parsed."""

    method: str
    path: str
    raw_query: bytes
    headers: dict[bytes, bytes]
    body: bytes
    port: int
    arrived_at: float
    arrived_monotonic: float
    reset: Callable[[], None]

    @property
    def query(self) -> dict[str, str]:
        """Return the query parameters; the last of a repeated name wins."""
        return dict(parse_qsl(self.raw_query.decode("latin-1"), keep_blank_values=True))

    def json(self) -> Json:
        """Return the body as an object; raises `ValueError` for anything else."""
        if not self.body:
            return {}
        value = json.loads(self.body)
        if not isinstance(value, dict):
            raise ValueError("the body is not a JSON object")
        return value

    @property
    def host_name(self) -> str:
        """Return the name the client called us by, without the port."""
        return self.headers.get(b"host", b"127.0.0.1").decode("latin-1").rsplit(":", 1)[0]


@dataclass(slots=True, kw_only=True)
class Response:
    """A whole answer; `code` and `wamid` are notes for the log of requests."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: tuple[tuple[str, str], ...] = ()
    code: int = 0
    wamid: str = ""


@dataclass(slots=True, kw_only=True)
class Cut:
    """No answer: the connection is reset after `hold` seconds, or when the client gives up."""

    hold: float = 0.0
    wamid: str = ""


@dataclass(slots=True, kw_only=True)
class Stream:
    """Server-sent events for as long as the client listens."""

    chunks: AsyncIterator[bytes] = field()


Outcome = Response | Cut | Stream


def answer(value: object, *, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(status=status, body=dumps(value))
