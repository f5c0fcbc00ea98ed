"""Samples of header files, by resumable upload: what they become is a handle, not a media id.

https://developers.facebook.com/docs/graph-api/guides/upload. A sample is no message, so going on
after a broken connection can do no harm: Meta says how much it has, and the rest follows.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import IO
from urllib.parse import parse_qs

from whatsapp.domain.retry import FailureClass
from whatsapp.gateway.errors import unreadable_answer
from whatsapp.gateway.graph import Graph, required
from whatsapp.gateway.reading import integer, text
from whatsapp.gateway.uploads import FileRest
from whatsapp.ports import Credentials, GatewayError

TRIES = 5
FIRST_PAUSE = 0.1  # seconds; doubles
_SCHEME = "OAuth"  # an upload's authorization is not a Bearer
_BROKEN = (FailureClass.NOT_SENT, FailureClass.AMBIGUOUS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """A file to upload for an app; ``size`` in bytes."""

    app_id: str
    file: IO[bytes]
    size: int
    mime_type: str
    filename: str


def upload(*, graph: Graph, sample: Sample, credentials: Credentials) -> str:
    """Upload the whole file and return its handle.

    A lost connection is taken up where it broke, an expired session begun anew; raises the
    GatewayError of the last try, or at once that of a refusal.
    """
    session, offset, broken = "", 0, False
    for trial in range(1, TRIES + 1):
        try:
            if not session:
                session, offset = _open(graph, sample, credentials), 0
            elif broken:
                offset = _offset(graph, session, credentials)
            return _write(graph, session, sample, offset=offset, credentials=credentials)
        except GatewayError as error:
            if trial == TRIES or not (broken or error.failure.failure_class in _BROKEN):
                raise
            if error.failure.failure_class not in _BROKEN:
                session = ""  # it was broken before, and is gone now
            broken = True
        time.sleep(FIRST_PAUSE * 2 ** (trial - 1))
    raise AssertionError("unreachable")


def _open(graph: Graph, sample: Sample, credentials: Credentials) -> str:
    about = {
        "file_name": sample.filename,
        "file_length": str(sample.size),
        "file_type": sample.mime_type,
    }
    path = (sample.app_id, "uploads")
    return required(graph.call("POST", path, credentials=credentials, params=about), "id")


def _offset(graph: Graph, session: str, credentials: Credentials) -> int:
    path, params = _address(session)
    answer = graph.call("GET", path, credentials=credentials, scheme=_SCHEME, params=params)
    offset = integer(answer.get("file_offset"))
    if offset is None:
        raise GatewayError(unreadable_answer(http_status=200, missing="file_offset"))
    return offset


def _write(
    graph: Graph, session: str, sample: Sample, *, offset: int, credentials: Credentials
) -> str:
    path, params = _address(session)
    sample.file.seek(offset)
    left = sample.size - offset
    answer = graph.call(
        "POST",
        path,
        credentials=credentials,
        scheme=_SCHEME,
        params=params,
        headers={"file_offset": str(offset), "Content-Type": "application/octet-stream"},
        data=FileRest(file=sample.file, size=left) if left else b"",
    )
    handle = text(answer.get("h"))
    if not handle:  # it has less than was sent: asked again, it says how much
        raise GatewayError(unreadable_answer(http_status=200, missing="The handle"))
    return handle


def _address(session: str) -> tuple[tuple[str, ...], dict[str, list[str]]]:
    """A session's id is a path, and may bring a query of its own: ``upload:…?sig=…``."""
    name, _, query = session.partition("?")
    return (name,), parse_qs(query)
