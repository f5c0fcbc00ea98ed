"""News of Meta's about an account or a number: put on the numbers' rows, and told to the staff.

Each fact has Meta's time of its last change on the row: what is older changes nothing, and the
staff hear of each thing once. Nothing here ever stops what comes in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from whatsapp.conf import whatsapp_settings
from whatsapp.domain import phone as phones
from whatsapp.domain import standing as standings
from whatsapp.domain.updates import PlatformNews, Standing
from whatsapp.models import BusinessNumber
from whatsapp.models.webhook_event import EventOutcome
from whatsapp.services.events import account_words
from whatsapp.services.sending import breakers
from whatsapp.services.shared import accounts, staff

ALERT = "alert:"  # how the topics of alerts begin
SHORTEST = 6  # digits of a number without its country's code
FAST = 1000  # messages per second after Meta's upgrade
_TOPIC = "news "  # before a topic, among the names of facts in ``changed_at``
_COLUMNS = (
    *("verified_name", "name_decision", "username", "messaging_limit", "throughput", "quality"),
    *("messages_per_second", "standing", "news", "changed_at"),
)


def apply(*, update: PlatformNews, now: datetime) -> EventOutcome:
    """Put the news on every number concerned; call it inside a transaction.

    NOT_OURS when there is no such number, STALE when none of it is news.
    """
    numbers = _concerned(update)
    if not numbers:
        return EventOutcome.NOT_OURS
    told = [_put(number, update, now=now) for number in numbers]
    # A number set up since hears it now, but the staff have heard it long ago
    if update.level and all(told):
        staff.tell(account_words.notice(update=update, number=numbers[0], now=now))
    return EventOutcome.APPLIED if any(told) else EventOutcome.STALE


def _concerned(update: PlatformNews) -> list[BusinessNumber]:
    """Lock the numbers it speaks of: all of the account, unless one is named."""
    conf = whatsapp_settings()
    if update.waba_id == conf.business_account_id:
        accounts.number_called(phone_number_id=conf.phone_number_id)  # needs no setting up
    of_account = Q(waba_id=update.waba_id)
    if update.phone_number_id:
        of_account |= Q(phone_number_id=update.phone_number_id)
    if conf.phone_number_id and update.waba_id == conf.business_account_id:
        of_account |= Q(phone_number_id=conf.phone_number_id)
    rows = BusinessNumber.objects.filter(of_account).order_by("pk").select_for_update(no_key=True)
    return _named(list(rows), update)


def _named(numbers: Sequence[BusinessNumber], update: PlatformNews) -> list[BusinessNumber]:
    """The one that is named, by whichever name; all of them where none is.

    An alert about a number that is not among ours is the account's.
    """
    digits = phones.digits(update.display_number)
    if update.phone_number_id:
        found = [each for each in numbers if each.phone_number_id == update.phone_number_id]
        return found or (list(numbers) if update.topic.startswith(ALERT) else [])
    if not digits:
        return list(numbers)
    unnamed = len(numbers) == 1 and not numbers[0].display_number
    return [each for each in numbers if unnamed or _is_called(each, digits)]


def _is_called(number: BusinessNumber, digits: str) -> bool:
    """Whether its display number is this one, as Meta writes it or as at home (``0721…``)."""
    own = phones.digits(number.display_number).lstrip("0")
    return len(own) >= SHORTEST and digits.endswith(own)


def _put(number: BusinessNumber, update: PlatformNews, *, now: datetime) -> bool:
    """Change the row as far as the update is news; tell whether it was."""
    changed = [name for name in update.facts if _is_newer(number, update, name)]
    for name in changed:
        _set(number, name, update.facts[name])
        number.changed_at[name] = update.happened_at.isoformat()
    if update.standing is not None:
        is_newer = _stand(number, update.standing, update, now=now)
    else:
        is_newer = _is_newer(number, update, _TOPIC + update.topic)
    if is_newer:
        changed.append(update.topic)
        number.changed_at[_TOPIC + update.topic] = update.happened_at.isoformat()
        number.news[update.topic] = {
            "at": update.happened_at.isoformat(),
            "event": update.event,
            "words": update.words,
        }
    if changed:
        number.save(update_fields=_COLUMNS)
    return bool(changed)


def _is_newer(number: BusinessNumber, update: PlatformNews, name: str) -> bool:
    """Whether nothing as new is known; of two words in one second the greater counts."""
    known = number.changed_at.get(name)
    if known is None or datetime.fromisoformat(known) != update.happened_at:
        return known is None or datetime.fromisoformat(known) < update.happened_at
    if name.startswith(_TOPIC):
        return update.event > str(number.news.get(update.topic, {}).get("event", ""))
    return update.facts[name] > str(getattr(number, name))


def _set(number: BusinessNumber, name: str, value: str) -> None:
    setattr(number, name, value)
    if name == "throughput" and value == "HIGH":
        number.messages_per_second = FAST  # the phone app's cap is kept by ``pace``


def _stand(
    number: BusinessNumber, standing: Standing, update: PlatformNews, *, now: datetime
) -> bool:
    """Note what Meta holds against the account, if it is news; stop sending, or let it go on."""
    kept: Mapping[str, Any] = number.standing.get(standing.axis, {})
    known = datetime.fromisoformat(kept["at"]) if kept else None
    rank = standings.severity
    if known is not None and (update.happened_at, rank(standing.word)) <= (
        known,
        rank(kept["word"]),
    ):
        return False
    before = standings.stop(number.standing, now=now)
    number.standing[standing.axis] = {
        "word": str(standing.word),
        "until": standing.until.isoformat() if standing.until else "",
        "at": update.happened_at.isoformat(),
    }
    after = standings.stop(number.standing, now=now)
    if after is not None and after != before:
        word, until = after
        reason = f"Meta says that the account is {word}"
        breakers.stop(number=number, reason=reason, until=until, now=now)
    elif after is None and before is not None:
        breakers.resume(number_id=number.pk)
    return True
