"""Resumable uploads over the Graph API: sample files for template headers, sent in pieces."""

import secrets
from dataclasses import dataclass, field

from whatsapp.simulator.clock import Clock
from whatsapp.simulator.errors import GraphError
from whatsapp.simulator.http import Cut, Outcome, Request, Response, answer
from whatsapp.simulator.settings import Settings

# what a sample may be, and which headers it can stand in
HEADERS_OF_TYPE = {
    "application/pdf": {"DOCUMENT"},
    "image/jpeg": {"IMAGE"},
    "image/jpg": {"IMAGE"},
    "image/png": {"IMAGE"},
    "video/mp4": {"VIDEO"},
}
FIRST_BYTES = {
    "application/pdf": b"%PDF",
    "image/jpeg": b"\xff\xd8",
    "image/jpg": b"\xff\xd8",
    "image/png": b"\x89PNG",
}


@dataclass(slots=True, kw_only=True)
class Session:
    """A file on its way: `length` bytes are to come."""

    length: int
    mime_type: str
    ends_at: float
    data: bytearray = field(default_factory=bytearray)


class ResumableUploads:
    """Sessions by id, and the MIME type behind each handle given out."""

    def __init__(self, *, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self.clear()

    def clear(self) -> None:
        """Forget all of them."""
        self._sessions: dict[str, Session] = {}
        self.handles: dict[str, str] = {}

    def open(self, request: Request) -> Response:
        """Begin an upload of `file_length` bytes."""
        query = request.query
        length, mime_type = query.get("file_length", ""), query.get("file_type", "")
        if not length.isdigit() or int(length) == 0:
            raise GraphError(100, "The parameter file_length is required.")
        if mime_type not in HEADERS_OF_TYPE:
            raise GraphError(100, f"The file_type {mime_type!r} is not supported.")
        if not query.get("file_name"):
            raise GraphError(100, "The parameter file_name is required.")
        # an id brings its own query, which belongs to the path of the calls that follow
        session = f"upload:{secrets.token_urlsafe(24)}?sig={secrets.token_urlsafe(8)}"
        ends_at = self._clock.now() + self._settings.upload_life
        self._sessions[session] = Session(length=int(length), mime_type=mime_type, ends_at=ends_at)
        return answer({"id": session})

    def offset(self, request: Request, name: str) -> Response:
        """Answer where to go on from."""
        session = self._find(request, name)
        return answer({"id": name, "file_offset": len(session.data)})

    def write(self, request: Request, name: str) -> Response:
        """Take bytes at `file_offset`; the whole file is answered with its handle."""
        session = self._find(request, name)
        self._take(request, session, len(request.body))
        if len(session.data) < session.length:
            return answer({"id": name, "file_offset": len(session.data)})
        if not session.data.startswith(FIRST_BYTES.get(session.mime_type, b"")):
            raise GraphError(100, f"The file is not of the type {session.mime_type}.")
        handle = f"4::{secrets.token_urlsafe(24)}"
        self.handles[handle] = session.mime_type
        return answer({"h": handle})

    def break_off(self, request: Request, name: str) -> Outcome:
        """Take half of what came, and lose the connection."""
        self._take(request, self._find(request, name), len(request.body) // 2)
        return Cut()

    def _take(self, request: Request, session: Session, size: int) -> None:
        offset = request.headers.get(b"file_offset", b"").decode("latin-1")
        if offset != str(len(session.data)):
            raise GraphError(100, f"file_offset must be {len(session.data)}.")
        if len(session.data) + len(request.body) > session.length:
            raise GraphError(100, f"More came than the {session.length} bytes announced.")
        session.data += request.body[:size]

    def _find(self, request: Request, name: str) -> Session:
        if not request.headers.get(b"authorization", b"").startswith(b"OAuth "):
            raise GraphError(190, "The authorization of an upload is: OAuth <token>.")
        session = self._sessions.get(f"{name}?sig={request.query.get('sig', '')}")
        if session is None or session.ends_at <= self._clock.now():
            raise GraphError(100, "The upload session does not exist or has expired.", subcode=33)
        return session
