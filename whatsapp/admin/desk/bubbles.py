"""One message as the thread shows it, with its file, its choices and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from whatsapp.admin.desk import kinds
from whatsapp.admin.queue_words import twice_in_words
from whatsapp.domain.amendments import UNTOUCHED, Amended, Wording
from whatsapp.domain.details import Details
from whatsapp.domain.lifecycle import Direction, MessageStatus, can_retry_by_hand
from whatsapp.models import Media, Message
from whatsapp.models.media import MediaState
from whatsapp.models.message import AMENDMENTS, MessageType, one_line
from whatsapp.services.receiving.media_files import tag_of

_NOTHING = Details()
# Shown in a way of their own; their one-line text is for lists and search
_DRAWN = (MessageType.ORDER.value, MessageType.UNSUPPORTED.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bubble:
    """A message and what hangs on it. ``quoted`` is what became of the message it answers."""

    message: Message
    details: Details = _NOTHING
    amended: Amended = UNTOUCHED
    quoted: Amended = UNTOUCHED
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
        """Whether it is a remark of WhatsApp's, or about a message that is not here."""
        return self.message.message_type in (MessageType.SYSTEM.value, *AMENDMENTS)

    @property
    def is_revoked(self) -> bool:
        """Whether its author deleted it; what it said is no longer shown."""
        return self.amended.revoked_at is not None

    @property
    def own_text(self) -> str:
        """What was said at first; a file's name is shown with the file."""
        text = self.message.message_text
        return "" if self.media and text == self.media.filename else text

    @property
    def text(self) -> str:
        """What it says by now, unless something of its own shows that."""
        drawn = self.message.message_type in _DRAWN or self.details.cards or self.details.answers
        named = self.details.place and (self.details.place.name or self.details.place.address)
        return "" if drawn or named else self.amended.text(self.own_text)

    @property
    def earlier(self) -> Sequence[Wording]:
        """How it read before it was edited, oldest first."""
        return self.amended.earlier(Wording(text=self.own_text, at=self.message.happened_at))

    @property
    def edited_at(self) -> datetime | None:
        wordings = self.amended.wordings
        return wordings[-1].at if wordings and not self.is_revoked else None

    @property
    def quote(self) -> str:
        """The message it answers, on one line, as it reads by now; '' if it is deleted."""
        target = self.message.reply_to
        if target is None or self.quoted.revoked_at is not None:
            return ""
        return one_line(self.quoted.text(target.message_text)) or target.preview()

    @property
    def one_line(self) -> str:
        """It on one line, as it reads by now."""
        return one_line(self.amended.text(self.message.message_text)) or self.message.preview()

    @property
    def misses_quote(self) -> bool:
        """Whether it answers a message that we do not have."""
        target = self.details.reply_to_wamid
        return bool(target and not self.message.reply_to_id and not self.mine and not self.is_line)

    @property
    def line(self) -> str:
        """What a line says."""
        return kinds.line_of(self.message, self.details)

    @property
    def withheld(self) -> str:
        """What WhatsApp did not pass on; '' for all that it did."""
        is_one = self.message.message_type == MessageType.UNSUPPORTED.value
        return kinds.withheld_of(self.details) if is_one else ""

    @property
    def troubles(self) -> list[str]:
        """Why something of it is missing, in words."""
        return [] if self.withheld else [kinds.trouble_of(one) for one in self.details.troubles]

    @property
    def forwarded(self) -> str:
        return kinds.forwarded_of(self.details)

    @property
    def permission(self) -> str:
        return kinds.permission_of(self.details)

    @property
    def basket(self) -> list[kinds.BasketRow]:
        return kinds.basket_of(self.details.basket) if self.details.basket else []

    @property
    def basket_total(self) -> str:
        basket = self.details.basket
        return kinds.amount(basket.total, basket.currency) if basket else ""

    @property
    def note(self) -> str:
        """What was written under a basket."""
        content = record(self.message.content)
        return str(record(content.get("order")).get("text") or "")

    @property
    def map_url(self) -> str:
        return kinds.map_of(self.details.place) if self.details.place else ""

    @property
    def reactions(self) -> tuple[str, ...]:
        return tuple(reaction.emoji for reaction in self.amended.reactions)

    @property
    def media(self) -> Media | None:
        return getattr(self.message, "media", None)

    @property
    def preview(self) -> str:
        """The tag that can show the file: image, video, audio, or '' for a mere download."""
        return tag_of(mime_type=self.media.mime_type) if self.media and self.media.file else ""

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
        return self.mine and self.message.user_id is None and not self.from_phone_app

    @property
    def from_phone_app(self) -> bool:
        """Whether a colleague wrote it in the phone app, who has no name here."""
        return self.message.from_phone_app

    @property
    def can_retry(self) -> bool:
        return self.mine and can_retry_by_hand(self.message.status) and not self.from_phone_app

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


def record(given: object) -> Mapping[str, Any]:
    """Give the mapping; an empty one where something else was kept."""
    return given if isinstance(given, dict) else {}
