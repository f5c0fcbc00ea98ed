"""What Meta can tell us, in our words. ``gateway.updates`` makes these from webhook JSON."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as hidden
from datetime import datetime
from typing import Any

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
class UnsupportedUpdate:
    """Something we keep but do not act on; ``why`` in words."""

    why: str


Update = (
    InboundMessage
    | StatusUpdate
    | TemplateUpdate
    | PreferenceUpdate
    | IdentityUpdate
    | UnsupportedUpdate
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One item of a webhook POST, to be kept as one row."""

    key: str  # unique: the same item, however often it comes, has the same key
    field: str
    phone_number_id: str
    payload: str = hidden(repr=False)  # ASCII-escaped JSON
