"""What we can say: one dataclass per kind of message, its limits checked where it is made.

A content knows its text for people (``text``) and how it is kept on the row (``to_json``);
``from_json`` reads it back for sending. The larger families have files of their own
(``content_media``, ``content_interactive``, ``content_contacts``), the limits are those of
``content_limits``; this is the name under which all kinds are imported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from whatsapp.domain import content_limits as limits
from whatsapp.domain.content_contacts import (
    CardAddress,
    CardEmail,
    CardName,
    CardOrganization,
    CardPhone,
    CardUrl,
    ContactCard,
    ContactCards,
    read_card,
)
from whatsapp.domain.content_interactive import (
    Button,
    Buttons,
    Header,
    Interactive,
    LinkButton,
    ListMenu,
    LocationRequest,
    Row,
    Section,
)
from whatsapp.domain.content_media import MediaKind, MediaMessage
from whatsapp.errors import ValidationError

__all__ = [
    "Button",
    "Buttons",
    "CardAddress",
    "CardEmail",
    "CardName",
    "CardOrganization",
    "CardPhone",
    "CardUrl",
    "ContactCard",
    "ContactCards",
    "Content",
    "Header",
    "Interactive",
    "LinkButton",
    "ListMenu",
    "Location",
    "LocationRequest",
    "MediaKind",
    "MediaMessage",
    "Outgoing",
    "Reaction",
    "Recipient",
    "Row",
    "Section",
    "TemplateCall",
    "Text",
    "from_json",
    "has_link",
    "is_fetched",
    "read_card",
    "to_json",
]

_INFORMATION = "\u2139"  # the one letter that is an emoji
# One as Unicode joins it: a flag's two letters; a key's cap; signs with their tone of skin, their
# tags and the mark that asks for colours, joined to others
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_CAP = "[0-9#*]\ufe0f?\u20e3"
_TONES, _TAGS = "\U0001f3fb-\U0001f3ff", "\U000e0020-\U000e007f"
_SIGN = rf"[^\x00-\x7f\s\u200d\ufe0e\ufe0f\u20e3\U0001f1e6-\U0001f1ff{_TONES}{_TAGS}]"
_FULL_SIGN = f"{_SIGN}[\ufe0e\ufe0f]?[{_TONES}]?[{_TAGS}]*"
_EMOJI = re.compile(f"{_FLAG}|{_CAP}|{_FULL_SIGN}(?:\u200d{_FULL_SIGN})*")
_LINK = re.compile(r"https?://\w", re.IGNORECASE)


def has_link(text: str) -> bool:
    """Tell whether WhatsApp could preview something: an address that begins with http(s)://."""
    return _LINK.search(text) is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """Free text; ``preview_url`` shows its first link as a card."""

    body: str
    preview_url: bool = False

    def __post_init__(self) -> None:
        limits.require(self.body, name="text", limit=limits.TEXT)

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
class Reaction:
    """An emoji on a message, named by its wamid; an empty one takes it back."""

    message_id: str
    emoji: str

    def __post_init__(self) -> None:
        if not self.message_id:
            raise limits.fault("A reaction needs a message.", field="message")
        if self.emoji and not _may_be_emoji(self.emoji):
            raise limits.fault("Give one emoji, or nothing to take it back.", field="emoji")

    @property
    def text(self) -> str:
        return self.emoji


def _may_be_emoji(text: str) -> bool:
    """Whether it is one sign and no word: which are emoji changes every year, letters never are."""
    wordy = any(sign.isalpha() and sign != _INFORMATION for sign in text)
    return not wordy and len(text) <= limits.EMOJI and _EMOJI.fullmatch(text) is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Location:
    """A place; degrees, which may also be given as the text of a number."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""

    def __post_init__(self) -> None:
        for name, most in (("latitude", 90), ("longitude", 180)):
            object.__setattr__(self, name, _degrees(getattr(self, name), name=name, most=most))
        limits.within(self.name, name="name", limit=limits.BODY)
        limits.within(self.address, name="address", limit=limits.BODY)

    @property
    def text(self) -> str:
        return self.name or self.address or f"{self.latitude:.5f}, {self.longitude:.5f}"


def _degrees(given: object, *, name: str, most: int) -> float:
    try:
        degrees = float(given) if isinstance(given, int | float | str) else float("nan")
    except (ValueError, OverflowError):
        degrees = float("nan")
    if not -most <= degrees <= most:  # not-a-number fails both comparisons
        raise limits.fault(f"{name.capitalize()} is a number from -{most} to {most}.", field=name)
    return degrees


Content = Text | TemplateCall | MediaMessage | Interactive | Reaction | Location | ContactCards

_KINDS: dict[str, type[Content]] = {
    "text": Text,
    "template": TemplateCall,
    "media": MediaMessage,
    "buttons": Buttons,
    "list": ListMenu,
    "link": LinkButton,
    "location_request": LocationRequest,
    "reaction": Reaction,
    "location": Location,
    "contacts": ContactCards,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def to_json(content: Content) -> dict[str, Any]:
    """What the row keeps: the fields, and ``kind`` to find the class again."""
    values = asdict(content)
    if isinstance(content, MediaMessage):
        values["media_kind"] = values.pop("kind").value
    if values.get("header", values) is None:  # most have none
        del values["header"]
    return {"kind": _NAMES[type(content)], **values}


def from_json(stored: Mapping[str, Any]) -> Content:
    """The content a row keeps; raises ValidationError when it is none of ours."""
    values = dict(stored)
    kind = _KINDS.get(values.pop("kind", None))
    if kind is None:
        raise ValidationError("Unknown content.", details={"field": "content"})
    if kind is MediaMessage:
        values["kind"] = MediaKind(values.pop("media_kind"))
    return kind(**{name: _reader(name)(value) for name, value in values.items()})


def is_fetched(stored: Mapping[str, Any]) -> bool:
    """Tell whether Meta fetches a file of this content, as the row keeps it, from an address."""
    header = stored.get("header") or {}
    parameters = (each for part in stored.get("components") or () for each in part["parameters"])
    files = (each.get(each.get("type")) for each in parameters)
    given = (stored, header, *(file for file in files if isinstance(file, Mapping)))
    return any(each.get("link") for each in given)


def _reader(name: str) -> Callable[[Any], Any]:
    return _READERS.get(name, _as_it_is)


def _as_it_is(stored: Any) -> Any:
    return stored


def _header(stored: Mapping[str, Any]) -> Header:
    kind = stored.get("kind")
    return Header(**{**stored, "kind": MediaKind(kind) if kind else None})


def _section(stored: Mapping[str, Any]) -> Section:
    return Section(title=stored["title"], rows=tuple(Row(**row) for row in stored["rows"]))


# How the fields that are no plain values are read, whichever content has them
_READERS: Mapping[str, Callable[[Any], Any]] = {
    "header": _header,
    "components": tuple,
    "buttons": lambda stored: tuple(Button(**button) for button in stored),
    "sections": lambda stored: tuple(map(_section, stored)),
    "contacts": lambda stored: tuple(map(read_card, stored)),
}


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
    reply_to_wamid: str = ""
