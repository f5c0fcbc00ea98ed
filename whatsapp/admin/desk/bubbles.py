"""One message as the thread shows it, with its file, its choices and the reactions it got."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from whatsapp.admin.queue_words import twice_in_words
from whatsapp.domain.lifecycle import Direction, MessageStatus, can_retry_by_hand
from whatsapp.models import Media, Message
from whatsapp.models.media import MediaState
from whatsapp.models.message import MessageType

# the types of files that a browser may show inside the page, by the tag that shows them
PREVIEWS = {
    "image": ("image/jpeg", "image/png", "image/webp", "image/gif"),
    "video": ("video/mp4", "video/3gpp"),
    "audio": ("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Bubble:
    """A message and what hangs on it."""

    message: Message
    reactions: tuple[str, ...] = ()
    surprises: tuple[str, ...] = ()  # how attempts ended that Meta took beside the message's own

    @property
    def twice(self) -> str:
        """Why the customer may have got it twice; '' if not."""
        return twice_in_words(self.surprises)

    @property
    def mine(self) -> bool:
        return self.message.direction == Direction.SENT.value

    @property
    def kind(self) -> str:
        return self.message.message_type.lower()

    @property
    def is_line(self) -> bool:
        """Whether it is a remark of WhatsApp's, not somebody's words."""
        return self.message.message_type == MessageType.SYSTEM.value

    @property
    def text(self) -> str:
        """What was said; a file's name is shown with the file."""
        text = self.message.message_text
        return "" if self.media and text == self.media.filename else text

    @property
    def media(self) -> Media | None:
        return getattr(self.message, "media", None)

    @property
    def preview(self) -> str:
        """The tag that can show the file: image, video, audio, or '' for a mere download."""
        if self.media is None or not self.media.file:
            return ""
        found = (tag for tag, types in PREVIEWS.items() if self.media.mime_type in types)
        return next(found, "")

    @property
    def is_fetching(self) -> bool:
        return self.media is not None and self.media.state == MediaState.PENDING and not self.mine

    @property
    def is_lost(self) -> bool:
        """Whether the customer's file could not be fetched."""
        return self.media is not None and self.media.state == MediaState.FAILED and not self.mine

    @property
    def is_automatic(self) -> bool:
        """Whether nobody wrote it: a notice, an automatic reply."""
        return self.mine and self.message.user_id is None

    @property
    def can_retry(self) -> bool:
        return self.mine and can_retry_by_hand(self.message.status)

    @property
    def waits_until(self) -> datetime | None:
        """When it leaves, if it waits for a time of its own; it may be called back until then."""
        waits = self.message.status is MessageStatus.PENDING
        at = self.message.send_at
        return at if waits and at is not None and at > timezone.now() else None

    @property
    def is_in_doubt(self) -> bool:
        return self.message.status is MessageStatus.UNCONFIRMED

    @property
    def can_change(self) -> bool:
        """Whether the page should ask how it looks by now."""
        settled = self.message.status in (MessageStatus.READ, MessageStatus.CANCELLED)
        return self.is_fetching or self.is_lost or (self.mine and not settled)

    @property
    def state(self) -> str:
        """How it looks; the page gets it anew when this differs."""
        media = self.media.state if self.media else ""
        parts = (self.message.delivery_status, media, *self.surprises)
        return "-".join(filter(None, parts)) or "still"

    @property
    def sort_key(self) -> str:
        """Puts what comes late into its place: when it happened, then the row."""
        return f"{self.message.happened_at.timestamp():.6f}-{self.message.pk:012d}"

    @property
    def choices(self) -> list[str]:
        """What we let the customer choose: buttons, the rows of a list, a link, their place."""
        content = record(self.message.content)
        match content.get("kind") if self.mine else "":
            case "buttons":
                return [str(button["title"]) for button in content["buttons"]]
            case "list":
                return [str(row["title"]) for part in content["sections"] for row in part["rows"]]
            case "link":
                return [f"{content['title']} → {content['url']}"]
            case "location_request":
                return [_("Send location")]
        return []

    @property
    def place(self) -> Mapping[str, Any]:
        """Latitude and longitude of a location; empty if it is none."""
        content = record(self.message.content)
        given = content if content.get("kind") == "location" else record(content.get("location"))
        return given if {"latitude", "longitude"} <= given.keys() else {}

    @property
    def people(self) -> list[str]:
        """The contacts that were passed on: name and numbers of each."""
        given = record(self.message.content).get("contacts")
        return [_person(record(one)) for one in given] if isinstance(given, list) else []


def record(given: object) -> Mapping[str, Any]:
    """Give the mapping; an empty one where Meta wrote something else."""
    return given if isinstance(given, dict) else {}


def _person(given: Mapping[str, Any]) -> str:
    name = str(record(given.get("name")).get("formatted_name") or "")
    phones = given.get("phones")
    numbers = [str(record(one).get("phone") or "") for one in phones or ()]
    return " · ".join(filter(None, (name, *numbers)))
