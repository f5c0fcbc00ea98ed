"""Meta's news in the staff's words: what happened, and what to do about it."""

from __future__ import annotations

from datetime import datetime

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from whatsapp.domain import standing as standings
from whatsapp.domain.standing import Word
from whatsapp.domain.updates import PlatformNews
from whatsapp.models import BusinessNumber
from whatsapp.ports import StaffNotice


def notice(*, update: PlatformNews, number: BusinessNumber, now: datetime) -> StaffNotice:
    """Say the news; of one topic and subject there is one open notice, with the newest words."""
    whole = not (update.phone_number_id or update.display_number)
    subject = update.waba_id if whole else number.phone_number_id
    lines = (
        _("WhatsApp account %(account)s.") % {"account": update.waba_id}
        if whole
        else _("Number %(number)s.") % {"number": number},
        update.words and _("Meta says: %(words)s") % {"words": update.words},
        _advice(update, number, now=now),
    )
    return StaffNotice(
        key=f"whatsapp-news-{update.topic}-{subject}",
        subject=headline(topic=update.topic, event=update.event),
        body=" ".join(line for line in lines if line),
        level=update.level,
        url=_page(number),
    )


def headline(*, topic: str, event: str) -> str:
    """Name the news; an event without a name of ours by Meta's own."""
    names = {
        "DISABLED_UPDATE DISABLE": _("Meta has disabled the WhatsApp account"),
        "DISABLED_UPDATE SCHEDULE_FOR_DISABLE": _("Meta will disable the WhatsApp account"),
        "DISABLED_UPDATE REINSTATE": _("The WhatsApp account works again"),
        "ACCOUNT_DELETED": _("The WhatsApp account was deleted"),
        "ACCOUNT_OFFBOARDED": _("The phone app has disconnected the number from us"),
        "ACCOUNT_RECONNECTED": _("The phone app is connected with us again"),
        "ACCOUNT_RESTRICTION": _("Restrictions of the WhatsApp account have changed"),
        "ACCOUNT_VIOLATION": _("Meta names a violation of its policies"),
        "PARTNER_REMOVED": _("A partner lost its access to the WhatsApp account"),
        "THROUGHPUT_UPGRADE": _("The number may send 1,000 messages per second"),
        "FLAGGED": _("The quality of the number is low"),
        "DOWNGRADE": _("The number may write to fewer people a day"),
        "PIN_CHANGED": _("The PIN of the number was changed"),
        "PIN_RESET_REQUEST": _("Somebody asked to reset the PIN of the number"),
        "PIN_REQUEST_SUCCESS": _("The PIN of the number was reset"),
        "HISTORY_DECLINED": _("The phone app does not share its old chats"),
    }
    topics = {
        "review": _("Review of the WhatsApp account: %(event)s"),
        "name": _("Name of the number: %(event)s"),
        "limit": _("Messaging limit: %(event)s"),
        "history": _("Old chats of the phone app: %(event)s"),
        "username": _("Username of the number: %(event)s"),
    }
    if topic.startswith("alert:"):
        return _("WhatsApp alert: %(event)s") % {"event": event}
    shown = topics.get(topic.partition(":")[0], "%(event)s")
    return names.get(event) or shown % {"event": event}


def word(*, name: str) -> str:
    """Say what Meta holds against an account."""
    names = {
        Word.RESTRICTED.value: _("restricted"),
        Word.TO_BE_DISABLED.value: _("to be disabled"),
        Word.BLOCKED.value: _("may not send"),
        Word.OFFBOARDED.value: _("disconnected by the phone app"),
        Word.DISABLED.value: _("disabled"),
        Word.DELETED.value: _("deleted"),
    }
    return names.get(name, name)


def _advice(update: PlatformNews, number: BusinessNumber, *, now: datetime) -> str:
    """Say what became of the messages, where the news stops or limits them."""
    if update.standing is None:
        return ""
    if standings.stop(number.standing, now=now) is not None:
        return _(
            "Nothing is lost: messages wait, and what customers write still arrives. Settle it "
            "with Meta; if it does not tell us, choose 'Resume sending' on the business number."
        )
    return "" if update.standing.word else _("Messages that waited leave now.")


def _page(number: BusinessNumber) -> str:
    try:
        return reverse("admin:whatsapp_businessnumber_change", args=[number.pk])
    except NoReverseMatch:  # a host may leave our admin out
        return ""
