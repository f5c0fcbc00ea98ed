"""Meta's error codes, in one table, and what an answer or its absence proves about a message.

Source: the Cloud API's page of error codes, September 2026, and the Graph API's error handling
guide. Meta's advice is followed: decide on ``code``, never on titles or the HTTP status.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any

from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.gateway.reading import integer, record, text

_CODES: Mapping[FailureClass, Iterable[int]] = {
    FailureClass.SLOW_NUMBER: (130429,),
    FailureClass.SLOW_ACCOUNT: (4, 17, 341, 613, 80007),
    FailureClass.SLOW_PAIR: (131056,),
    FailureClass.REFUSED: (131057,),  # in maintenance for a minute, while its throughput is raised
    FailureClass.AMBIGUOUS: (1, 2, 131000, 131016, 133004),
    FailureClass.FATAL_ACCOUNT: (
        *(0, 3, 10, 33, 102, 104, 190, *range(200, 300), 368),  # token, permission, policy
        *(131005, 131031, 131037, 131042, 131044, 131045, 131048, 131064, 134011),
        *(133000, 133005, 133006, 133008, 133009, 133010, 133015, 133016),  # registration
    ),
    FailureClass.FATAL_MESSAGE: (
        *(100, 130403, 130472, 130497, 131008, 131009, 131021, 131026, 131030, 131051, 131052),
        *(131053, 131055, 131059, 131060, 131062, 134100, 135000, 137000, *range(131200, 131300)),
    ),
    FailureClass.WINDOW_CLOSED: (131047,),
    FailureClass.TEMPLATE_PROBLEM: (
        *(131063, 132000, 132001, 132005, 132007, 132008, 132012, 132016, 132018),
        *(132068, 132069, 134102, 141002, *range(2388000, 2389000)),
    ),
    FailureClass.TEMPLATE_RESTS: (132015, 134101),  # paused; still on its way within Meta
    FailureClass.OPTED_OUT: (131050,),
    FailureClass.CAPPED: (131049,),
}
CLASSES: Mapping[int, FailureClass] = MappingProxyType(
    {code: failure_class for failure_class, codes in _CODES.items() for code in codes}
)

# The sender's last look at its deadline said no; the message never left
HELD_BACK = Failure(
    failure_class=FailureClass.NOT_SENT, code=None, title="Held back", details="held back"
)
NO_TOKEN = Failure(
    failure_class=FailureClass.FATAL_ACCOUNT,
    code=None,
    title="The access token is missing or malformed",
)

_LONGEST_WORDS = 1000  # letters; Meta's own have a hundred or two
_LONGEST_REST = timedelta(hours=24)
_TOKEN = re.compile(r"EAA\w{8,}|(?<=token )\S{20,}|(?<=token=)[^\s&]+")


def classify(
    *,
    http_status: int,
    body: bytes,
    headers: Mapping[str, str],
    codeless: FailureClass = FailureClass.FATAL_ACCOUNT,
) -> Failure:
    """Say what an answer that is not the wished one means for a retry.

    Meta's code decides, then ``is_transient`` and the HTTP class; a body that is not JSON (a
    proxy's page) leaves only the latter. ``codeless`` is what a refusal without a code of Meta's
    means: something else answers in its place, and would refuse the whole queue. Tokens that Meta
    quotes in its words are masked.
    """
    error = _error_of(body)
    code = integer(error.get("code"))
    known = _class_of(code, subcode=integer(error.get("error_subcode")))
    if http_status == 429 and known in (None, FailureClass.AMBIGUOUS):
        known = FailureClass.SLOW_NUMBER  # refused at the door, whatever the words
    if known is None:
        is_transient = error.get("is_transient") is True
        known = _guess(http_status, transient=is_transient, has_code=code is not None) or codeless
    return Failure(
        failure_class=known,
        code=code,
        title=_words(error.get("error_user_title"), error.get("message"))
        or f"Meta answered HTTP {http_status}",
        details=_words(record(error.get("error_data")).get("details"), error.get("error_user_msg")),
        http_status=http_status,
        retry_after=_retry_after(headers),
        fbtrace_id=text(error.get("fbtrace_id")),
    )


def transport_failure(exc: Exception, *, departed: bool) -> Failure:
    """Say what a lost connection or a timeout means.

    ``departed``: the body's bytes had begun to leave, so Meta may have taken the message. The
    exception's own words are left out, since they may quote headers or signed addresses.
    """
    return Failure(
        failure_class=FailureClass.AMBIGUOUS if departed else FailureClass.NOT_SENT,
        code=None,
        title="No answer from Meta" if departed else "Meta could not be reached",
        details=type(exc).__name__,
    )


def unreadable_answer(*, http_status: int, missing: str) -> Failure:
    """Say that Meta agreed, in words we cannot read: perhaps taken."""
    return Failure(
        failure_class=FailureClass.AMBIGUOUS,
        code=None,
        title="Meta's answer cannot be read",
        details=f"{missing} is missing",
        http_status=http_status,
    )


def _error_of(body: bytes) -> dict[str, Any]:
    try:
        return record(record(json.loads(body)).get("error"))
    except (ValueError, RecursionError):
        return {}


def _class_of(code: int | None, *, subcode: int | None) -> FailureClass | None:
    if code is None:
        return None
    if code == 100 and subcode is not None:  # 33 no such object, 2388… templates: the truer code
        return CLASSES.get(subcode, CLASSES[code])
    return CLASSES.get(code)


def _guess(http_status: int, *, transient: bool, has_code: bool) -> FailureClass | None:
    """Class an answer without a known code; None for a refusal that bears no code at all.

    Whatever is no refusal may be one of a message that was taken. A redirect means that the address
    is not Meta's; 413 that this body is too large for something on the way.
    """
    if transient or http_status < 300 or http_status >= 500 or http_status == 408:
        return FailureClass.AMBIGUOUS
    if http_status in (401, 403, 407) or http_status < 400:
        return FailureClass.FATAL_ACCOUNT
    return FailureClass.FATAL_MESSAGE if has_code or http_status == 413 else None


def _words(*candidates: object) -> str:
    said = _TOKEN.sub("***", next(filter(None, map(text, candidates)), ""))
    return said if len(said) <= _LONGEST_WORDS else f"{said[: _LONGEST_WORDS - 1]}…"


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Read ``Retry-After``, in seconds or as a date, which is held against the answer's own."""
    given = {name.lower(): value for name, value in headers.items()}
    wish = given.get("retry-after", "").strip()
    if wish.isdecimal():
        return timedelta(seconds=min(int(wish[:9]), _LONGEST_REST.total_seconds()))
    until, since = _date(wish), _date(given.get("date", "")) or datetime.now(UTC)
    if until is None:
        return None
    return min(max(until - since, timedelta(0)), _LONGEST_REST)


def _date(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # a year that no calendar has
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
