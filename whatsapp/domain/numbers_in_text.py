"""Where phone numbers stand in a text, in whatever way people write them.

``0722 123 456``, ``(0722) 123-456``, ``+40.722.123.456``, ``0040722123456``, ``40 722 123 456``;
two in a row, or one before a quantity; in links that write or call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber

from whatsapp.domain.phone import digits

SHORTEST, LONGEST = 7, 15  # digits of a number, as E.164 has them
_BARE = 10  # digits that are a number without any sign of it

# Between digits: signs, blanks of any width, and marks that nobody sees, as phones copy them
_SIGNS = (
    r"[ ().\-/\t\u00a0\u00ad\u2000-\u2015\u202a-\u202f\u2060-\u2069\ufeff]"  # \u2011 is a hyphen
)
_JOINED = re.compile(r"[.\-\u2010\u2011]*")  # what is so joined begins no other number
_PLUS = r"(?:[+\uff0b]|%2[Bb])"
_RUN = re.compile(
    # Not within a word, nor after a part of a code or of a decimal number: C-2026, 1.07
    rf"(?P<plus>{_PLUS}{_SIGNS}?|(?<![^\W_])(?<![^\W_]-)(?<!\d\.)"
    r"|(?<=[Tt]el)|(?<=[Ff]on)|(?<=[Mm]obil)|(?<=[Nn]r)"
    r"|(?<=[a-zăâîșşțţ]{2}-))"  # Ion-0722…
    rf"(?P<digits>\d(?:{_SIGNS}{{0,4}}\d){{{SHORTEST - 1},}})"
)
_PART = re.compile(r"\d+")
# 07.12.2026 10:30 would be a mobile number, 02.11.2026-05.11.2026 one of Bucharest
_DATE = re.compile(
    r"(?<!\d)(?<!\d[./])(?:0[1-9]|[12]\d|3[01])([./\-])(?:0[1-9]|1[0-2])\1(?:19|20)\d\d(?!\1?\d)",
    re.ASCII,
)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+\-]\d\d:\d\d)")  # every answer is full of them
_SOME_DIGITS = re.compile(rf"(?:\D*+\d){{{SHORTEST}}}")

LINKED = re.compile(
    r"(?P<door>\bwa\.me/(?:c/|p/\d+/)?|[?&;]phone(?:_number)?=|\b(?:tel|callto|sms|smsto):)"
    rf"(?P<number>{_PLUS}?\(?\d(?:(?:%20|[().+\-])*\d){{{SHORTEST - 1},{LONGEST + 1}}})"
    r"(?!\s?\d|-\d)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"%[0-9a-fA-F]{2}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A number's place in the text, and the number: with a plus, or as it is dialled at home."""

    start: int
    end: int
    number: str


def may_hold(text: str) -> bool:
    """Whether there are digits enough; most texts have none, and need no other look."""
    return _SOME_DIGITS.match(text) is not None and _TIME.fullmatch(text) is None


def find(text: str, *, region: str) -> list[Span]:
    """Find the numbers, first to last. Without a plus, only those that exist.

    ``region`` reads those that are written without a country's code.
    """
    dateless = _DATE.sub(lambda date: "," * len(date[0]), text)
    return [span for run in _RUN.finditer(dateless) for span in _within(run, region=region)]


def unquoted(linked: str) -> str:
    """Read a number out of a link, where signs may be written as ``%2B``."""
    plus = "+" if re.match(_PLUS, linked) else ""
    return plus + digits(_QUOTED.sub("", linked))


def parse(number: str, *, region: str) -> PhoneNumber | None:
    """Read it as phonenumbers does; None for what it cannot read."""
    try:
        return phonenumbers.parse(number, region)
    except NumberParseException:
        return None


def _within(run: re.Match[str], *, region: str) -> Iterator[Span]:
    """Take the numbers out of digits that stand together, which may be several, or none."""
    parts = list(_PART.finditer(run.string, run.start("digits"), run.end("digits")))
    has_plus = bool(run["plus"])
    place = 0
    while place < len(parts):
        begins = place == 0 or not _JOINED.fullmatch(
            run.string, parts[place - 1].end(), parts[place].start()
        )
        rest = parts[place:]
        found = _number(rest, has_plus=has_plus and place == 0, region=region) if begins else None
        if found is None:
            place += 1
            continue
        count, number = found
        start = run.start() if place == 0 else parts[place].start()
        place += count
        yield Span(start=start, end=parts[place - 1].end(), number=number)


def _number(
    parts: Sequence[re.Match[str]], *, has_plus: bool, region: str
) -> tuple[int, str] | None:
    """How many of the first parts are a number, the most that may; and that number."""
    first = _ascii(parts[0][0])
    if has_plus:
        wholes = list(_wholes(parts, before="+"))
        valid = filter(partial(_is_valid, region=region), wholes)
        return next(((each[0], each[1]) for each in valid), wholes[0] if wholes else None)
    if first.startswith("00"):
        wholes = [(n, f"+{number[2:]}") for n, number in _wholes(parts)]
    elif first.startswith("0"):
        wholes = list(_wholes(parts))
    elif len(first) >= _BARE:
        wholes = list(_wholes(parts[:1], before="+"))
    elif first.startswith(str(phonenumbers.country_code_for_region(region))):
        wholes = list(_wholes(parts, before="+"))
    else:
        return None
    return next(filter(partial(_is_valid, region=region), wholes), None)


def _wholes(parts: Sequence[re.Match[str]], *, before: str = "") -> Iterator[tuple[int, str]]:
    """What the first parts make together, the longest first."""
    said, found = "", []
    for count, part in enumerate(parts, 1):
        said += _ascii(part[0])
        if len(said) > LONGEST + 2:  # the two zeros before a country's code
            break
        if len(said) >= SHORTEST:
            found.append((count, before + said))
    yield from reversed(found)


def _ascii(said: str) -> str:
    """Other alphabets have digits, too; and full-width ones look like ours."""
    return said if said.isascii() else "".join(str(int(digit)) for digit in said)


def _is_valid(whole: tuple[int, str], *, region: str) -> bool:
    parsed = parse(whole[1], region=region)
    return parsed is not None and phonenumbers.is_valid_number(parsed)
