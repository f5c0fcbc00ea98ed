"""What Meta can tell us, in our words. ``gateway.updates`` makes these from webhook JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from typing import Any, NamedTuple

from whatsapp.domain.lifecycle import MessageStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Who wrote, by whatever Meta showed: a phone (``wa_id``, digits), a BSUID, a username."""

    wa_id: str = ""
    bsuid: str = ""
    username: str = ""
    profile_name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class InboundMedia:
    """A file Meta keeps for 7 days; ``sha256`` as Meta writes it, base64."""

    media_id: str
    mime_type: str = ""
    filename: str = ""
    sha256: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class InboundMessage:
    """A customer's message. ``message_type`` is one of models.MessageType's values."""

    wamid: str
    phone_number_id: str
    person: Person
    happened_at: datetime
    message_type: str
    text: str
    content: dict[str, Any]  # the message as Meta wrote it
    reply_to_wamid: str = ""
    tapped: str = ""  # what the button carried that the customer pressed
    group_id: str = ""
    media: InboundMedia | None = None
    becomes: Person | None = None  # who the sender is from now on, if the message says so


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusUpdate:
    """What became of a message of ours; ``status`` None when Meta used a word we do not know."""

    wamid: str
    phone_number_id: str
    status: MessageStatus | None
    raw_status: str
    happened_at: datetime
    callback_data: str = ""
    recipient_wa_id: str = ""
    recipient_bsuid: str = ""
    error_code: int | None = None
    error_text: str = ""
    pricing_category: str = ""
    pricing_type: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TemplateUpdate:
    """A template changed at Meta. Only what the field of the webhook speaks of is set."""

    waba_id: str
    meta_id: str
    name: str
    language: str
    happened_at: datetime
    status: str = ""
    reason: str = ""
    category: str = ""
    quality: str = ""
    components: Mapping[str, Any] | None = None  # its texts by part, see domain.template_texts


@dataclass(frozen=True, kw_only=True, slots=True)
class PreferenceUpdate:
    """A customer stopped or resumed marketing."""

    phone_number_id: str
    person: Person
    happened_at: datetime
    marketing: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class IdentityUpdate:
    """A person got a new BSUID; ``before`` is who they were, perhaps nobody we know."""

    phone_number_id: str
    before: Person
    person: Person
    happened_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What Meta holds against an account on one axis; an empty word: nothing any more."""

    axis: str
    word: str
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformNews:
    """What Meta tells of an account, or of one number of it when that is named.

    ``topic`` and ``event`` name the news; ``level`` is that of the staff's notice, empty for none;
    ``words`` are Meta's. ``facts`` are columns of the number that it tells anew.
    """

    waba_id: str
    happened_at: datetime
    topic: str
    event: str
    phone_number_id: str = ""
    display_number: str = ""  # in any spelling
    level: str = ""
    words: str = ""
    facts: Mapping[str, str] = attribute(default_factory=dict)
    standing: Standing | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Echo:
    """What the shop wrote elsewhere; ``message.person`` is who got it.

    ``in_phone_app``: the number lives in the phone app too, where it was written.
    """

    message: InboundMessage
    in_phone_app: bool = True

    @property
    def happened_at(self) -> datetime:
        return self.message.happened_at


@dataclass(frozen=True, kw_only=True, slots=True)
class PastMessage:
    """A message from before the number came to us; ``message.person`` is the customer.

    ``status`` is how far one of ours came, None for the customer's. ``is_file``: it brings the file
    of a message that another update tells with a placeholder.
    """

    message: InboundMessage
    status: MessageStatus | None = None
    is_file: bool = False

    @property
    def happened_at(self) -> datetime:
        return self.message.happened_at


@dataclass(frozen=True, kw_only=True, slots=True)
class AddressBookEntry:
    """How the phone app's address book calls somebody."""

    phone_number_id: str
    person: Person
    happened_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class UnsupportedUpdate:
    """Something we keep but do not act on; ``why`` in words."""

    why: str


Update = (
    InboundMessage
    | StatusUpdate
    | TemplateUpdate
    | PreferenceUpdate
    | IdentityUpdate
    | PlatformNews
    | Echo
    | PastMessage
    | AddressBookEntry
    | UnsupportedUpdate
)


class Item(NamedTuple):
    """One item of a webhook POST, to be kept as one row; items sort by their keys."""

    key: str  # unique: the same item, however often it comes, has the same key
    field: str
    phone_number_id: str
    payload: str  # ASCII-escaped JSON

    def __repr__(self) -> str:
        return f"Item(key={self.key!r})"  # the payload is a customer's own words
