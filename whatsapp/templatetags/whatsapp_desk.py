"""How the desk's pages show times, waits, people, texts and ticks."""

from __future__ import annotations

import uuid
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import formats, timezone
from django.utils.html import urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from whatsapp.domain.conversation import window_closes_at
from whatsapp.domain.sla import DUE_SOON, SlaState
from whatsapp.models import Conversation, Message, OrderNotice
from whatsapp.templatetags.desk_words import (
    DAY,
    HOUR,
    decision_of,
    event_of,
    icon_of,
    last_of,
    moment,
    more_of,
    reason_of,
    rule_of,
    span,
    words_of,
)

register = template.Library()

HUES = 8  # as many as desk.css has


@dataclass(frozen=True, kw_only=True, slots=True)
class Wait:
    """How long a customer has been waiting; ``state`` names the colour."""

    state: str
    words: str
    title: str


@register.simple_tag
def wa_wait(conversation: Conversation, now: datetime) -> Wait | None:
    """Say how long the customer has waited, and whether the answer is late."""
    due, since = conversation.response_due_at, conversation.waiting_since
    if since is None or due is None or not conversation.is_active:
        return None
    left = due - now
    state = SlaState.OK
    if left <= DUE_SOON:
        state = SlaState.BREACHED if left <= timedelta(0) else SlaState.DUE_SOON
    title = _("Answer due %(when)s") if left > timedelta(0) else _("Answer was due %(when)s")
    return Wait(
        state=state.value.lower(),
        words=span(now - since),
        title=title % {"when": moment(due)},
    )


@register.simple_tag
def wa_window(last_inbound_at: datetime | None, now: datetime) -> str:
    """Say how long free text may still be written, in whole hours; '' when it may not."""
    left = window_closes_at(last_inbound_at) - now if last_inbound_at else timedelta(0)
    return span(left - left % HOUR if left > HOUR else left) if left > timedelta(0) else ""


@register.filter
def wa_when(at: datetime | None) -> str:
    """Write a time as an inbox does: the hour today, else the day."""
    if at is None:
        return ""
    local, today = timezone.localtime(at), timezone.localdate()
    if local.date() == today:
        return formats.date_format(local, "H:i")
    if local.date() == today - DAY:
        return _("yesterday")
    return formats.date_format(local, "j M" if local.year == today.year else "j M Y")


@register.filter
def wa_day(at: datetime) -> str:
    """Name the day of a message, as the lines between the days do."""
    local, today = timezone.localtime(at), timezone.localdate()
    if local.date() == today:
        return _("Today")
    if local.date() == today - DAY:
        return _("Yesterday")
    return formats.date_format(local, "l, j F" if local.year == today.year else "j F Y")


@register.filter
def wa_moment(at: datetime | None) -> str:
    """Write a time in full, in the shop's zone."""
    return moment(at) if at else ""


@register.filter
def wa_initials(name: str) -> str:
    """Shorten a name to its first letters; a phone number to a sign."""
    letters = [word[0] for word in name.split() if word[0].isalpha()]
    return "".join(letters[:2]).upper() or "#"


@register.filter
def wa_hue(name: str) -> int:
    """Give each name a colour of its own, always the same."""
    return zlib.crc32(name.encode()) % HUES


@register.filter
def wa_text(text: str) -> SafeString:
    """Escape what somebody wrote and make its links open beside the desk."""
    linked = urlize(text, nofollow=True, autoescape=True)
    # what was typed is escaped by now: the tag can only be urlize's own
    return mark_safe(linked.replace("<a href=", '<a target="_blank" href='))


@register.filter
def wa_reason(reason: str) -> str:
    """Say a reason that is kept in English in the agent's language, where we have it."""
    return _(reason) if reason else ""


@register.filter
def wa_kind(preview: str, message_type: str | None) -> str:
    """Say a message on one line, as lists and quotes do."""
    return last_of(preview, message_type or "")


@register.filter
def wa_name(user: Any) -> str:
    """Say what colleagues call somebody: the full name where the host's users have one."""
    return getattr(user, "get_full_name", str)() or str(user) if user else ""


@register.filter
def wa_state(status: str) -> str:
    """Say the state of an order as far as we know the ERP's word for it."""
    return pgettext("order", status.replace("_", " ").capitalize()) if status else ""


@register.filter
def wa_status(status: str | None) -> str:
    """Say how far a message came, in words."""
    return words_of(status)


@register.filter
def wa_story(message: Message) -> str:
    """Tell when a message of ours was sent, delivered, read and, a voice one, played."""
    told = (
        (_("Sent"), message.sent_at),
        (_("Delivered"), message.delivered_at),
        (_("Read"), message.read_at),
        (_("Played"), message.played_at),
        (_("Not sent"), message.failed_at),
    )
    return " · ".join(f"{words} {moment(at)}" for words, at in told if at)


@register.simple_tag
def wa_key() -> str:
    """Make the idempotency key of a form: however often that form is posted, it sends once."""
    return uuid.uuid4().hex


@register.inclusion_tag("admin/whatsapp/desk/told.html")
def wa_told(notice: OrderNotice) -> dict[str, Any]:
    """Show what a customer was told about an order: the proof, or the reason why not."""
    message = notice.message
    return {
        "notice": notice,
        "message": message,
        "event": event_of(notice),
        "outcome": words_of(message.delivery_status) if message else decision_of(notice),
        "times": wa_story(message) if message else "",
        "reason": message.error_text if message and message.error_text else reason_of(notice),
        "more": more_of(notice),
        "rule": rule_of(notice),
    }


@register.inclusion_tag("admin/whatsapp/desk/tick.html")
def wa_tick(status: str | None) -> dict[str, Any]:
    """Show how far a message came: one tick, two, two in blue; '' for one we received."""
    return {"icon": icon_of(status), "words": words_of(status)}
