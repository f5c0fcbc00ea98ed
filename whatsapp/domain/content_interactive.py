"""Messages that ask: reply buttons, a list, a link button, a request for the customer's place."""

from __future__ import annotations

from dataclasses import dataclass

from whatsapp.domain import content_limits as limits
from whatsapp.domain.content_media import MediaKind, check_filename

_HEADER_KINDS = (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.DOCUMENT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """What stands above the body: a line of text, or a file.

    The file comes by Meta's id, by a link, or as an ``upload``: our own row, as of MediaMessage.
    """

    text: str = ""
    kind: MediaKind | None = None
    media_id: str = ""
    link: str = ""
    filename: str = ""
    upload: int = 0

    def __post_init__(self) -> None:
        given = (self.text, self.media_id, self.link, self.upload)
        if [bool(each) for each in given].count(True) != 1:
            raise limits.fault("Give a text, a media id or a link, and only one.", field="header")
        limits.optional(self.text, name="header.text", limit=limits.HEADER)
        limits.media_id(self.media_id, name="header.media_id")
        if self.text and self.kind is not None:
            raise limits.fault("A header of text has no kind.", field="header.kind")
        if not self.text and self.kind not in _HEADER_KINDS:
            raise limits.fault("A header is an image, a video or a document.", field="header.kind")
        if self.link:
            limits.https(self.link, name="header.link")
        check_filename(self.filename, kind=self.kind, name="header.filename")


def _check_frame(*, body: str, footer: str) -> None:
    limits.require(body, name="body", limit=limits.BODY)
    limits.optional(footer, name="footer", limit=limits.FOOTER)


def _words(header: Header | None, *parts: str) -> str:
    """The whole as people read it."""
    return "\n\n".join(part for part in (header.text if header else "", *parts) if part)


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
    header: Header | None = None

    def __post_init__(self) -> None:
        _check_frame(body=self.body, footer=self.footer)
        limits.counted(self.buttons, name="buttons", limit=limits.BUTTONS)
        for position, button in enumerate(self.buttons):
            name = f"buttons.{position}"
            limits.require(button.title, name=f"{name}.title", limit=limits.BUTTON_TITLE)
            limits.require(button.id, name=f"{name}.id", limit=limits.BUTTON_ID)
        limits.distinct([b.title for b in self.buttons], name="buttons", what="titles")
        limits.distinct([b.id for b in self.buttons], name="buttons", what="ids")

    @property
    def text(self) -> str:
        return _words(self.header, self.body, self.footer)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A row of a list; ``id`` comes back when it is chosen."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """Some rows of a list under a title, which a list of one section does without."""

    rows: tuple[Row, ...]
    title: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListMenu:
    """A list behind one button: up to ten rows in up to ten sections. Its header is text only."""

    body: str
    button: str
    sections: tuple[Section, ...]
    footer: str = ""
    header: Header | None = None

    def __post_init__(self) -> None:
        _check_frame(body=self.body, footer=self.footer)
        if self.header is not None and not self.header.text:
            raise limits.fault("The header of a list is a text.", field="header.kind")
        limits.require(self.button, name="button", limit=limits.BUTTON_TITLE)
        limits.counted(self.sections, name="sections", limit=limits.SECTIONS)
        for place, section in enumerate(self.sections):
            self._check_section(section, name=f"sections.{place}")
        rows = [row for section in self.sections for row in section.rows]
        limits.counted(rows, name="rows", limit=limits.ROWS)
        limits.distinct([row.id for row in rows], name="sections", what="row ids")

    def _check_section(self, section: Section, *, name: str) -> None:
        if len(self.sections) > 1:
            limits.require(section.title, name=f"{name}.title", limit=limits.SECTION_TITLE)
        limits.optional(section.title, name=f"{name}.title", limit=limits.SECTION_TITLE)
        limits.counted(section.rows, name=f"{name}.rows", limit=limits.ROWS)
        for position, row in enumerate(section.rows):
            at = f"{name}.rows.{position}"
            limits.require(row.id, name=f"{at}.id", limit=limits.ROW_ID)
            limits.require(row.title, name=f"{at}.title", limit=limits.ROW_TITLE)
            limits.within(row.description, name=f"{at}.description", limit=limits.ROW_DESCRIPTION)

    @property
    def text(self) -> str:
        return _words(self.header, self.body, self.footer)


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkButton:
    """A button that opens an address; nothing comes back when it is tapped."""

    body: str
    title: str
    url: str
    footer: str = ""
    header: Header | None = None

    def __post_init__(self) -> None:
        _check_frame(body=self.body, footer=self.footer)
        limits.require(self.title, name="link_button.title", limit=limits.BUTTON_TITLE)
        limits.require(self.url, name="link_button.url", limit=limits.URL)
        if not limits.is_web_address(self.url, schemes=("http", "https")):
            raise limits.fault("The button needs a whole web address.", field="link_button.url")

    @property
    def text(self) -> str:
        return _words(self.header, self.body, self.footer)


@dataclass(frozen=True, kw_only=True, slots=True)
class LocationRequest:
    """A request for the customer's place; they answer with a location, in one tap."""

    body: str

    def __post_init__(self) -> None:
        limits.require(self.body, name="body", limit=limits.BODY)

    @property
    def text(self) -> str:
        return self.body


Interactive = Buttons | ListMenu | LinkButton | LocationRequest
