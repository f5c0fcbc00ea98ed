"""Templates in words: statuses, problems, and what to do about a verdict of Meta's."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from whatsapp.domain.template import Problem
from whatsapp.domain.template_problems import WORDS

STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "DRAFT": noop("Draft"),
        "PENDING": noop("In review"),
        "APPROVED": noop("Approved"),
        "REJECTED": noop("Rejected"),
        "PAUSED": noop("Paused"),
        "DISABLED": noop("Disabled"),
        "ARCHIVED": noop("Archived"),
        "DELETED": noop("Deleted"),
        "PENDING_DELETION": noop("Being deleted"),
        "IN_APPEAL": noop("In appeal"),
        "LIMIT_EXCEEDED": noop("Over the limit"),
        "LOCKED": noop("Locked"),
        "MISSING": noop("Unknown to Meta"),
    }
)

# Meta's reasons, each with what to do; the first that a row's reason names counts
_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "ABUSIVE_CONTENT": noop(
            "Meta finds the text threatening or insulting. Write it anew, friendly and plain; if it"
            " is harmless, appeal in WhatsApp Manager."
        ),
        "INCORRECT_CATEGORY": noop(
            "Meta finds that the text is of another category. Take out what promotes, or submit it"
            " as MARKETING."
        ),
        "INVALID_FORMAT": noop(
            "Something in the form is wrong: a variable without a clear sense, its number or"
            " braces, or spelling. Mend it with the help of the checks in the editor, and submit"
            " again."
        ),
        "PROMOTIONAL": noop(
            "Meta finds the text promotional. Take out offers and invitations to buy, or submit it"
            " as MARKETING."
        ),
        "TAG_CONTENT_MISMATCH": noop(
            "The language or category does not fit the text. Choose the language it is written in,"
            " and the category of what it says."
        ),
        "SCAM": noop(
            "Meta takes the text for a fraud. Name your shop, leave out requests for cards,"
            " passwords and personal numbers, and link to your own domain alone."
        ),
        "CATEGORY_NOT_AVAILABLE": noop(
            "Your account may not use this category. Choose another, or ask Meta's support."
        ),
        "FIRST_PAUSE": noop(
            "Customers blocked or reported it: paused for 3 hours. Send it to fewer people and make"
            " it more useful, since the next pause is longer."
        ),
        "SECOND_PAUSE": noop(
            "Customers blocked or reported it again: paused for 6 hours. The next time Meta"
            " disables it; rewrite it now."
        ),
        "RATE_LIMITING_PAUSE": noop(
            "Meta paused it because too much was sent at once. Lift the pause in WhatsApp Manager."
        ),
        "DISABLED": noop(
            "Too many customers complained. Make a new template of another name, with a better"
            " text."
        ),
    }
)
_BY_STATUS: Mapping[str, str] = MappingProxyType(
    {
        "REJECTED": noop(
            "Meta gave no reason. Check the text, change it and submit it again, or appeal in"
            " WhatsApp Manager."
        ),
        "PAUSED": noop(
            "Paused because of its quality; Meta lifts that by itself after some hours."
        ),
        "DISABLED": noop(
            "Too many customers complained. Make a new template of another name, with a better"
            " text."
        ),
        "ARCHIVED": noop(
            "Unused for a year. Restore it in WhatsApp Manager within 28 days, or Meta deletes it."
        ),
        "MISSING": noop(
            "Meta refused a message because it knows no such template. Sync; if it stays unknown,"
            " submit it again."
        ),
        "LIMIT_EXCEEDED": noop("The account has as many templates as Meta allows. Delete some."),
        "IN_APPEAL": noop("Meta looks at it once more."),
        "PENDING_DELETION": noop("Meta deletes it when the last messages with it have arrived."),
        "LOCKED": noop("Meta lets nobody edit it now."),
    }
)


def status_in_words(*, status: str) -> str:
    """Say a status; Meta's own word where we have none."""
    return _(STATUSES[status]) if status in STATUSES else status.replace("_", " ").capitalize()


def reason_in_words(*, status: str, reason: str) -> str:
    """Say what Meta's verdict means and what to do; empty for a template that is well.

    ``reason`` as the row keeps it: Meta's code, perhaps with a colon and Meta's recommendation.
    """
    if status in ("", "DRAFT", "PENDING", "APPROVED", "DELETED"):
        return ""
    codes = [word.strip() for word in reason.split(":")]
    known = next((_REASONS[code] for code in codes if code in _REASONS), "")
    words = known or _BY_STATUS.get(status, "")
    advice = ": ".join(code for code in codes if code and not _is_code(code))
    said = _("Meta says: %(words)s") % {"words": advice} if advice else ""
    return " ".join(filter(None, (_(words) if words else "", said)))


def problem_in_words(*, problem: Problem) -> str:
    """Say a problem in the language of the screen."""
    words = _(WORDS[problem.code])
    return words % problem.values if problem.values else words


def _is_code(word: str) -> bool:
    return word.replace("_", "").isalpha() and word.isupper()
