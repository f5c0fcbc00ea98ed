"""Files we say something with: by Meta's id, by a link that Meta fetches, by an upload to come."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from whatsapp.domain import content_limits as limits


class MediaKind(StrEnum):
    """The five kinds of file Meta carries."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"
    STICKER = "sticker"


_WORDLESS = frozenset({MediaKind.AUDIO, MediaKind.STICKER})


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaMessage:
    """A file: exactly one of ``media_id``, ``link`` and ``upload``.

    ``upload`` is the id of our own row and never leaves the house. ``voice`` shows an audio as a
    voice message, which has to be OGG/OPUS.
    """

    kind: MediaKind
    media_id: str = ""
    link: str = ""
    upload: int = 0
    caption: str = ""
    filename: str = ""
    voice: bool = False

    def __post_init__(self) -> None:
        if [bool(self.media_id), bool(self.link), bool(self.upload)].count(True) != 1:
            raise limits.fault("Give a media id, a link or a file, and only one.", field="media_id")
        limits.media_id(self.media_id, name="media_id")
        if self.link:
            limits.https(self.link, name="link")
        if self.caption and self.kind in _WORDLESS:
            raise limits.fault(f"A {self.kind.value} takes no caption.", field="caption")
        limits.within(self.caption, name="caption", limit=limits.CAPTION)
        check_filename(self.filename, kind=self.kind)
        if self.voice and self.kind is not MediaKind.AUDIO:
            raise limits.fault("Only an audio can be a voice message.", field="voice")

    @property
    def text(self) -> str:
        return self.caption or self.filename


def check_filename(filename: str, *, kind: MediaKind | None, name: str = "filename") -> None:
    """Refuse a name where Meta shows none, and one no file can have."""
    if filename and kind is not MediaKind.DOCUMENT:
        raise limits.fault("Only a document has a file name.", field=name)
    limits.within(filename, name=name, limit=limits.FILENAME)
