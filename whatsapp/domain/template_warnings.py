"""What Meta may take, but at a price: told beside what it refuses, and no reason to stop."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import urlsplit

from whatsapp.domain.template_parts import (
    VARIABLE,
    Component,
    TemplateCategory,
    button_type,
    buttons_of,
    find_part,
    part_text,
)
from whatsapp.domain.template_problems import Problem

EMOJI_LIMIT = 10

# Words that make Meta's reviewers think of an advertisement; matched from their beginning, so that
# endings do not matter: ofertă, ofertele; kedvezmény, kedvezményes
_PROMOTIONAL: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "ro": (
            *("reducer", "redus la", "ofert", "promoți", "promotion", "discount", "voucher"),
            *("gratuit", "gratis", "câștig", "castig", "cel mai mic preț", "black friday"),
            *(
                "profită",
                "profitați",
                "grăbește",
                "grăbiți",
                "nu rata",
                "nu ratați",
                "cumpără acum",
            ),
            *("comandă acum", "lichidare", "exclusiv", "cupon", "premiu", "cadou", "stoc limitat"),
        ),
        "en": (
            *("discount", "sale", "offer", "promo", "deal", "voucher", "coupon", "free", "win"),
            *(
                "buy now",
                "shop now",
                "order now",
                "limited time",
                "don't miss",
                "exclusive",
                "hurry",
            ),
            *("best price", "special price", "black friday", "gift", "clearance", "save up to"),
        ),
        "hu": (
            *("kedvezmény", "akció", "ajánlat", "leárazás", "árleszállítás", "kupon", "ingyen"),
            *("nyeremény", "nyerj", "nyerjen", "ajándék", "kiárusítás", "exkluzív", "ne hagyd ki"),
            *("ne hagyja ki", "vásároljon most", "rendeljen most", "black friday", "siessen"),
        ),
    }
)
# The same beginnings in words that a notice needs: gratuity is no gratis, a window no win
_INNOCENT = re.compile(r"(?:freed|freely|winter|window|wine|wing|dealt|dealer|saleab)\w*", re.I)
_SHORTENERS = frozenset(
    {"bit.ly", "tinyurl.com", "t.co", "goo.gl", "ow.ly", "is.gd", "cutt.ly", "wa.me", "rebrand.ly"}
)
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55]")
_MARKS = re.compile(r"[*_~`]")
_BLANK_LINES = re.compile(r"\n\s*\n\s*\n")
_CEDILLA = re.compile("[şţŞŢ]")
_ONE_TIME_CODE = re.compile(
    r"\b(?:OTP|one-time (?:code|password)|cod(?:ul)? de verificare)\b", re.I
)


def warnings(*, language: str, category: str, components: Sequence[Component]) -> list[Problem]:
    """List what is likely to cost a better category, a quick review or a native's respect."""
    if category == TemplateCategory.AUTHENTICATION:
        return []
    return [
        *_promotional(language, category, components),
        *_codes(components),
        *_header(components),
        *_body(components),
        *_buttons(components),
        *_spelling(language, components),
    ]


def promotional_words(text: str, *, language: str) -> tuple[str, ...]:
    """The words of a text that read as an advertisement, as they are written there, each once."""
    stems = _PROMOTIONAL.get(language.partition("_")[0], ())
    if not stems:
        return ()
    pattern = rf"\b(?:{'|'.join(map(re.escape, stems))})\w*"
    plain = _INNOCENT.sub(" ", VARIABLE.sub(" ", text))
    return tuple(dict.fromkeys(re.findall(pattern, plain, re.I)))


def _promotional(
    language: str, category: str, components: Sequence[Component]
) -> Iterator[Problem]:
    if category != TemplateCategory.UTILITY:
        return
    for part in ("HEADER", "BODY", "FOOTER"):
        found = promotional_words(part_text(components, part), language=language)
        if found:
            yield _warning(part.lower(), "promotional", words=", ".join(found))
    for index, button in enumerate(buttons_of(components)):
        found = promotional_words(str(button.get("text") or ""), language=language)
        if found:
            yield _warning(f"buttons.{index}", "promotional", words=", ".join(found))


def _codes(components: Sequence[Component]) -> Iterator[Problem]:
    if _ONE_TIME_CODE.search(part_text(components, "BODY")):
        yield _warning("category", "own_category")


def _header(components: Sequence[Component]) -> Iterator[Problem]:
    plain = VARIABLE.sub("", part_text(components, "HEADER"))
    if _EMOJI.search(plain) or _MARKS.search(plain):
        yield _warning("header", "header_marks")
    example = find_part(components, "HEADER").get("example") or {}
    if any(str(one).startswith("http") for one in example.get("header_handle") or ()):
        yield _warning("header", "listed_sample")


def _body(components: Sequence[Component]) -> Iterator[Problem]:
    text = part_text(components, "BODY")
    if _BLANK_LINES.search(text):
        yield _warning("body", "blank_lines")
    count = len(_EMOJI.findall(text))
    if count > EMOJI_LIMIT:
        yield _warning("body", "many_emoji", count=count)


def _buttons(components: Sequence[Component]) -> Iterator[Problem]:
    for index, button in enumerate(buttons_of(components)):
        if _EMOJI.search(str(button.get("text") or "")):
            yield _warning(f"buttons.{index}", "label_emoji")
        host = _host(str(button.get("url") or ""))
        if button_type(button) == "URL" and host in _SHORTENERS:
            yield _warning(f"buttons.{index}", "short_url", host=host)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:  # a bracket out of place
        return ""


def _spelling(language: str, components: Sequence[Component]) -> Iterator[Problem]:
    if language.partition("_")[0] != "ro":
        return
    for part in ("HEADER", "BODY", "FOOTER"):
        found = dict.fromkeys(_CEDILLA.findall(part_text(components, part)))
        if found:
            yield _warning(part.lower(), "cedilla", letters=", ".join(found))


def _warning(field: str, code: str, **values: object) -> Problem:
    return Problem(field=field, code=code, values=values, is_warning=True)
