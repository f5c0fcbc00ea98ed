"""What we can say: one dataclass per kind of message, limits checked where it is made.

Limits are those of the Cloud API's send pages (Graph v25.0). A content knows its text for people
(``text``) and how it is kept on the row (``to_json``); ``from_json`` reads it back for sending.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from whatsapp.errors import ValidationError

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024


class MediaKind(StrEnum):
    """The five kinds of file Meta carries."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"
    STICKER = "sticker"


def _require(text: str, *, name: str, limit: int) -> None:
    if not text.strip():
        raise ValidationError(f"{name} must not be empty.", details={"field": name})
    _within(text, name=name, limit=limit)


def _within(text: str, *, name: str, limit: int) -> None:
    if len(text) > limit:
        raise ValidationError(
            f"{name} has {len(text)} characters; Meta takes {limit}.",
            details={"field": name, "limit": limit},
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """Free text; allowed inside the 24-hour window only."""

    body: str
    preview_url: bool = False

    def __post_init__(self) -> None:
        _require(self.body, name="text", limit=TEXT_LIMIT)

    @property
    def text(self) -> str:
        return self.body


@dataclass(frozen=True, kw_only=True, slots=True)
class TemplateCall:
    """An approved template with its parameters; ``rendered`` is what the customer reads."""

    name: str
    language: str
    components: tuple[Mapping[str, Any], ...] = ()
    rendered: str = ""

    @property
    def text(self) -> str:
        return self.rendered


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaMessage:
    """A file by Meta's media id, by a link that Meta can fetch, or by our upload to come.

    Exactly one of the three; ``upload`` is the id of our own row and never leaves the house.
    """

    kind: MediaKind
    media_id: str = ""
    link: str = ""
    upload: int = 0
    caption: str = ""
    filename: str = ""

    def __post_init__(self) -> None:
        if [bool(self.media_id), bool(self.link), bool(self.upload)].count(True) != 1:
            raise ValidationError(
                "Give a media id, a link or a file, and only one.", details={"field": "media_id"}
            )
        if self.caption and self.kind in (MediaKind.AUDIO, MediaKind.STICKER):
            raise ValidationError(
                f"A {self.kind.value} takes no caption.", details={"field": "caption"}
            )
        _within(self.caption, name="caption", limit=CAPTION_LIMIT)

    @property
    def text(self) -> str:
        return self.caption or self.filename


@dataclass(frozen=True, kw_only=True, slots=True)
class Button:
    """A reply button; ``id`` comes back when it is tapped."""

    id: str
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Buttons:
    """A question with one to three reply buttons."""

    body: str
    buttons: tuple[Button, ...]
    footer: str = ""

    def __post_init__(self) -> None:
        _require(self.body, name="body", limit=1024)
        _within(self.footer, name="footer", limit=60)
        if not 1 <= len(self.buttons) <= 3:
            raise ValidationError("Give one to three buttons.", details={"field": "buttons"})
        titles = [button.title for button in self.buttons]
        if len(set(titles)) != len(titles):
            raise ValidationError("Button titles must differ.", details={"field": "buttons"})
        for position, button in enumerate(self.buttons):
            _require(button.title, name=f"buttons.{position}.title", limit=20)
            _require(button.id, name=f"buttons.{position}.id", limit=256)

    @property
    def text(self) -> str:
        return self.body


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A row of a list; ``id`` comes back when it is chosen."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """Some rows of a list under a title."""

    rows: tuple[Row, ...]
    title: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListMenu:
    """A list behind one button: up to ten rows in up to ten sections."""

    body: str
    button: str
    sections: tuple[Section, ...]
    footer: str = ""

    def __post_init__(self) -> None:
        _require(self.body, name="body", limit=1024)  # Meta's pages say 4096 or 1024
        _require(self.button, name="button", limit=20)
        _within(self.footer, name="footer", limit=60)
        if not 1 <= sum(len(section.rows) for section in self.sections) <= 10:
            raise ValidationError("Give one to ten rows in all.", details={"field": "sections"})
        for place, section in enumerate(self.sections):
            self._check_section(section, place=place)

    def _check_section(self, section: Section, *, place: int) -> None:
        name = f"sections.{place}"
        if len(self.sections) > 1:
            _require(section.title, name=f"{name}.title", limit=24)
        for position, row in enumerate(section.rows):
            _require(row.id, name=f"{name}.rows.{position}.id", limit=200)
            _require(row.title, name=f"{name}.rows.{position}.title", limit=24)
            _within(row.description, name=f"{name}.rows.{position}.description", limit=72)

    @property
    def text(self) -> str:
        return self.body


@dataclass(frozen=True, kw_only=True, slots=True)
class Reaction:
    """An emoji on the customer's message; an empty one takes it back."""

    message_id: str
    emoji: str

    @property
    def text(self) -> str:
        return self.emoji


@dataclass(frozen=True, kw_only=True, slots=True)
class Location:
    """A place; degrees."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""

    def __post_init__(self) -> None:
        if not -90 <= self.latitude <= 90:
            raise ValidationError("Latitude is -90 to 90.", details={"field": "latitude"})
        if not -180 <= self.longitude <= 180:
            raise ValidationError("Longitude is -180 to 180.", details={"field": "longitude"})

    @property
    def text(self) -> str:
        return self.name or f"{self.latitude:.5f}, {self.longitude:.5f}"


Content = Text | TemplateCall | MediaMessage | Buttons | ListMenu | Reaction | Location

_KINDS: dict[str, type[Content]] = {
    "text": Text,
    "template": TemplateCall,
    "media": MediaMessage,
    "buttons": Buttons,
    "list": ListMenu,
    "reaction": Reaction,
    "location": Location,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def to_json(content: Content) -> dict[str, Any]:
    """What the row keeps: the fields, and ``kind`` to find the class again."""
    values = asdict(content)
    if isinstance(content, MediaMessage):
        values["media_kind"] = values.pop("kind").value
    return {"kind": _NAMES[type(content)], **values}


def from_json(stored: Mapping[str, Any]) -> Content:
    """The content a row keeps; raises ValidationError when it is none of ours."""
    values = dict(stored)
    kind = values.pop("kind", None)
    match kind:
        case "media":
            values["kind"] = MediaKind(values.pop("media_kind"))
        case "buttons":
            values["buttons"] = tuple(Button(**button) for button in values["buttons"])
        case "list":
            values["sections"] = tuple(_section(section) for section in values["sections"])
        case "template":
            values["components"] = tuple(values["components"])
    if kind not in _KINDS:
        raise ValidationError(f"Unknown content {kind!r}.", details={"field": "content"})
    return _KINDS[kind](**values)


def _section(stored: Mapping[str, Any]) -> Section:
    rows: Sequence[Mapping[str, Any]] = stored["rows"]
    return Section(title=stored["title"], rows=tuple(Row(**row) for row in rows))


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """Who gets it: a phone (E.164), else a BSUID, which never goes into ``to``."""

    phone: str = ""
    bsuid: str = ""

    def __post_init__(self) -> None:
        if not (self.phone or self.bsuid):
            raise ValidationError("The contact has no address.", details={"field": "recipient"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing:
    """One message ready to leave. ``callback_data`` is ``<uuid>:<attempt>``, our way back."""

    recipient: Recipient
    content: Content
    callback_data: str
    reply_to_wamid: str = field(default="")
