"""Media at Meta: bytes under an id, handed out by URLs that last five minutes."""

import hashlib
import secrets
from base64 import b64encode
from dataclasses import dataclass, field
from itertools import count

from whatsapp.simulator.clock import Clock
from whatsapp.simulator.encoding import Json
from whatsapp.simulator.settings import Settings

FIRST_ID = 900000000000001
UPLOADED_LIFE = 30 * 86400
RECEIVED_LIFE = 7 * 86400


@dataclass(slots=True, kw_only=True, eq=False)
class Medium:
    """One file. `tokens` are the URLs handed out, with the time each ends."""

    id: str
    number_id: str
    mime_type: str
    data: bytes
    ends_at: float
    filename: str = ""
    tokens: dict[str, float] = field(default_factory=dict)

    @property
    def digest(self) -> bytes:
        """Return the SHA-256."""
        return hashlib.sha256(self.data).digest()


class MediaShelf:
    """Keeps media until their life ends: 30 days if uploaded, 7 if a customer sent them."""

    def __init__(self, *, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self.port = 0
        self.clear()

    def clear(self) -> None:
        """Forget all media; ids go on, so that an old one never means a new file."""
        self._media: dict[str, Medium] = {}
        if not hasattr(self, "_ids"):
            self._ids = count(FIRST_ID)

    def put(
        self,
        *,
        number_id: str,
        mime_type: str,
        data: bytes,
        filename: str = "",
        received: bool = False,
    ) -> Medium:
        """Keep a file."""
        life = RECEIVED_LIFE if received else UPLOADED_LIFE
        medium = Medium(
            id=str(next(self._ids)),
            number_id=number_id,
            mime_type=mime_type,
            data=data,
            filename=filename,
            ends_at=self._clock.now() + life,
        )
        self._media[medium.id] = medium
        return medium

    def get(self, media_id: str) -> Medium | None:
        """Return a file that still lives."""
        medium = self._media.get(media_id)
        return medium if medium and medium.ends_at > self._clock.now() else None

    def delete(self, media_id: str) -> None:
        """Forget one."""
        self._media.pop(media_id, None)

    def url(self, medium: Medium, *, host: str) -> str:
        """Return a new URL, on a port of its own as Meta's is on a host of its own."""
        token = secrets.token_urlsafe(16)
        ends_at = self._clock.now() + self._settings.media_life
        medium.tokens[token] = ends_at
        return (
            f"http://{host}:{self.port}/whatsapp_business/attachments/"
            f"?mid={medium.id}&ext={int(ends_at)}&hash={token}"
        )

    def by_token(self, media_id: str, token: str) -> Medium | None:
        """Return the file a URL points at, or None once the URL's time is over."""
        medium = self.get(media_id)
        if medium is None or medium.tokens.get(token, 0.0) <= self._clock.now():
            return None
        return medium

    def webhook_object(self, medium: Medium, *, host: str) -> Json:
        """Return the media part of an inbound message; here the digest is base64."""
        return {
            "id": medium.id,
            "mime_type": medium.mime_type,
            "sha256": b64encode(medium.digest).decode(),
            "url": self.url(medium, host=host),
        }
