"""The words by which customers stop and resume marketing: in Romanian, English and Hungarian.

The whole message must be the word; case, diacritics, punctuation, spaces and emoji do not count.
"Anulează" and "cancel" are not among them: who writes that means the order.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

_STOP = (
    *("stop", "stop all", "stop marketing", "stop promotions", "stop ads", "unsubscribe"),
    *("unsubscribe me", "opt out", "stop promo", "stop promoții", "stop reclame", "stop oferte"),
    *("stop mesaje", "stop abonare", "stop newsletter", "dezabonare", "dezabonați-mă"),
    *("dezabonează-mă", "dezabonez", "mă dezabonez", "vreau să mă dezabonez", "fără reclame"),
    *("fără marketing", "leiratkozás", "leiratkozom"),
)
_START = (
    *("start", "start marketing", "unstop", "subscribe", "subscribe me", "resubscribe", "opt in"),
    *("start promo", "start promoții", "abonare", "abonați-mă", "abonează-mă", "mă abonez"),
    *("vreau să mă abonez", "reabonare", "feliratkozás", "feliratkozom"),
)
_LONGEST = 60  # characters of a message that may be such a word


def wish(text: str) -> bool | None:
    """Tell whether the text asks for marketing (True), asks to be spared (False), or neither."""
    if len(text) > _LONGEST:
        return None
    return _WISHES.get(_bare(text))


def _bare(text: str) -> str:
    """Only the letters and digits, without their marks, in lower case."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in spread if letter.isalnum())


_WISHES: Mapping[str, bool] = MappingProxyType(
    {_bare(word): False for word in _STOP} | {_bare(word): True for word in _START}
)
