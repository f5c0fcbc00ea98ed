"""The words of the desk: states, outcomes and times in the agent's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.reason import Reason
from whatsapp.models import OrderNotice
from whatsapp.models.message import MessageType
from whatsapp.models.order_notice import Decision

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

STATUS_WORDS = {
    MessageStatus.PENDING: noop("Waiting to be sent"),
    MessageStatus.SENDING: noop("Being sent"),
    MessageStatus.UNCONFIRMED: noop("Perhaps sent: WhatsApp has not confirmed it yet"),
    MessageStatus.SENT: noop("Sent"),
    MessageStatus.DELIVERED: noop("Delivered"),
    MessageStatus.READ: noop("Read"),
    MessageStatus.FAILED: noop("Not sent"),
    MessageStatus.CANCELLED: noop("Called back"),
}
ICONS = {
    MessageStatus.PENDING: "clock",
    MessageStatus.SENDING: "clock",
    MessageStatus.UNCONFIRMED: "doubt",
    MessageStatus.SENT: "sent",
    MessageStatus.DELIVERED: "delivered",
    MessageStatus.READ: "read",
    MessageStatus.FAILED: "failed",
    MessageStatus.CANCELLED: "cancelled",
}
EVENT_WORDS = {
    "order_confirmed": noop("Order confirmed"),
    "order_shipped": noop("Order shipped"),
    "order_delivered": noop("Order delivered"),
}
# What a message without words is, for lists
KIND_WORDS: Mapping[str, str] = {
    MessageType.IMAGE.value: noop("Picture"),
    MessageType.VIDEO.value: noop("Video"),
    MessageType.AUDIO.value: noop("Voice or sound"),
    MessageType.DOCUMENT.value: noop("Document"),
    MessageType.STICKER.value: noop("Sticker"),
    MessageType.LOCATION.value: noop("Place"),
    MessageType.CONTACTS.value: noop("Contact"),
    MessageType.ORDER.value: noop("Basket"),
    MessageType.INTERACTIVE.value: noop("Answer"),
    MessageType.REACTION.value: noop("took back a reaction"),
    MessageType.REVOKE.value: noop("deleted a message"),
    MessageType.EDIT.value: noop("edited a message"),
    MessageType.SYSTEM.value: noop("Remark of WhatsApp's"),
    MessageType.UNSUPPORTED.value: noop("A message that WhatsApp does not pass on"),
}
DECISION_WORDS: Mapping[str, str] = {
    Decision.PENDING: noop("to be decided"),
    Decision.WAITING: noop("waits"),
    Decision.SENT: noop("queued"),
    Decision.SUPPRESSED: noop("not told"),
    Decision.FAILED: noop("failed"),
}


def icon_of(status: str | None) -> str:
    """Name the sign of a status; an unknown word of an adopted table has none."""
    return ICONS[MessageStatus(status)] if status in ICONS else ""


def words_of(status: str | None) -> str:
    """Say a status in the agent's language; an unknown word of an adopted table as it is."""
    return _(STATUS_WORDS[MessageStatus(status)]) if status in STATUS_WORDS else status or ""


def last_of(preview: str, message_type: str) -> str:
    """Say the last message in a list; one in brackets has no words of its own."""
    if message_type in KIND_WORDS and preview.startswith("[") and preview.endswith("]"):
        return _(KIND_WORDS[message_type])
    if message_type == MessageType.REACTION.value:
        return _("reacted %(emoji)s") % {"emoji": preview}
    if message_type == MessageType.EDIT.value:
        return _("edited: %(text)s") % {"text": preview}
    return preview


def event_of(notice: OrderNotice) -> str:
    """Say what happened to the order."""
    return _(EVENT_WORDS.get(notice.event, notice.event))


def decision_of(notice: OrderNotice) -> str:
    """Say what was decided about a notice that has no message."""
    return _(DECISION_WORDS.get(notice.decision, notice.decision))


def reason_of(notice: OrderNotice) -> str:
    """Say a reason that is kept in English, perhaps after the word that it came too late."""
    before, expired, rest = notice.reason.rpartition("Expired. ")
    if not expired or before:
        return notice.why.said(translate=_)
    why = Reason(text=rest, values=notice.reason_values)
    return f"{_('Expired.')} {why.said(translate=_)}".strip()


def more_of(notice: OrderNotice) -> list[str]:
    """Say when a notice is planned, what came of its fallbacks, and who told the customer too."""
    return [words for words in (_planned(notice), _told_otherwise(notice)) if words]


def rule_of(notice: OrderNotice) -> str:
    """Name the rule that decided, unless it is called as what happened."""
    name = _(notice.rule.name) if notice.rule else ""
    return "" if name == event_of(notice) else name


def _planned(notice: OrderNotice) -> str:
    """Until when it waits: for the rule's delay, or the end of the quiet hours."""
    message, now = notice.message, timezone.now()
    if notice.decision == Decision.WAITING and notice.planned_at and notice.planned_at > now:
        return _("planned for %(when)s") % {"when": moment(notice.planned_at)}
    if message is None or message.send_at is None or message.send_at <= now:
        return ""
    if message.delivery_status != MessageStatus.PENDING:
        return ""
    return _("leaves %(when)s, after the quiet hours") % {"when": moment(message.send_at)}


def _told_otherwise(notice: OrderNotice) -> str:
    message = notice.message
    if notice.otherwise_error:
        return _("Could not be told otherwise: %(error)s") % {"error": notice.otherwise_error}
    if notice.told_otherwise_at is None:
        if notice.told_otherwise_by:
            return _("The ERP has no other way to reach the customer.")
        return ""
    values = {"channel": notice.told_otherwise_by, "when": moment(notice.told_otherwise_at)}
    if message is None or message.delivered_at is None:
        return _("told by %(channel)s %(when)s") % values
    values["later"] = moment(message.delivered_at)
    return _("told twice: by %(channel)s %(when)s, by WhatsApp %(later)s") % values


def span(length: timedelta) -> str:
    """Write a length of time in its largest unit, two for hours: ``2 h 5 min``."""
    if length < HOUR:
        return _("%(n)d min") % {"n": max(length // MINUTE, 0)}
    if length < DAY:
        minutes = length % HOUR // MINUTE
        words = _("%(n)d h") % {"n": length // HOUR}
        return f"{words} {_('%(n)d min') % {'n': minutes}}" if minutes else words
    return _("%(n)d d") % {"n": length // DAY}


def moment(at: datetime) -> str:
    """Write day and hour in the shop's zone."""
    return formats.date_format(timezone.localtime(at), "j M Y, H:i")
