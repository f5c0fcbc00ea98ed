"""What Meta told of a number and its account, as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from whatsapp.domain import standing as standings
from whatsapp.models import BusinessNumber
from whatsapp.services.events import account_words


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """One topic's last word."""

    at: datetime
    headline: str
    words: str


def news_of(number: BusinessNumber) -> list[News]:
    """Give the last word on each topic, the newest first."""
    rows = [
        News(
            at=datetime.fromisoformat(told["at"]),
            headline=account_words.headline(topic=topic, event=told["event"]),
            words=told["words"],
        )
        for topic, told in number.news.items()
    ]
    return sorted(rows, key=lambda each: (each.at, each.headline), reverse=True)


def standing_in_words(number: BusinessNumber, *, now: datetime) -> str:
    """Say what Meta holds against the account, the worst last; '' for nothing."""
    found = standings.in_force(number.standing, now=now).items()
    return ", ".join(_until(account_words.word(name=word), until) for word, until in found)


def _until(words: str, until: datetime | None) -> str:
    if until is None:
        return words
    shown = date_format(timezone.localtime(until), "SHORT_DATETIME_FORMAT")
    return _("%(words)s until %(moment)s") % {"words": words, "moment": shown}
