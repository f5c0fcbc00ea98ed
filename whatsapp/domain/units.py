"""The units of a Romanian shop, in the reader's language: the ERP writes them in Romanian.

``ml`` is a millilitre to one shop and a running metre to another, so it stays as it is; so does
every unit that is not listed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from whatsapp.domain.formats import known_language


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit in English, one and more, and in Hungarian, which has no plural after a number."""

    one: str
    many: str
    hungarian: str


def _same(sign: str) -> Unit:
    return Unit(sign, sign, sign)


_HOUR = Unit("hour", "hours", "óra")
_METRE, _SQUARE, _CUBIC, _LITRE = _same("m"), _same("m²"), _same("m³"), _same("l")
_KILOGRAM, _GRAM, _TONNE = _same("kg"), _same("g"), _same("t")
_PIECE = Unit("pc", "pcs", "db")
_SET = Unit("set", "sets", "szett")
_BOX, _PACK = Unit("box", "boxes", "doboz"), Unit("pack", "packs", "csomag")
_ROLL, _PAIR = Unit("roll", "rolls", "tekercs"), Unit("pair", "pairs", "pár")
_DAY, _MONTH = Unit("day", "days", "nap"), Unit("month", "months", "hónap")
_WEEK, _YEAR = Unit("week", "weeks", "hét"), Unit("year", "years", "év")
_SERVICE = Unit("service", "services", "szolg.")
_BAG, _BOTTLE = Unit("bag", "bags", "zsák"), Unit("bottle", "bottles", "üveg")
_PALLET, _CARTON = Unit("pallet", "pallets", "raklap"), Unit("carton", "cartons", "karton")
_REAM, _SHEET = Unit("ream", "reams", "rizsma"), Unit("sheet", "sheets", "lap")
_BUCKET, _JAR = Unit("bucket", "buckets", "vödör"), Unit("jar", "jars", "üveg")
_CANISTER, _CRATE = Unit("canister", "canisters", "kanna"), Unit("crate", "crates", "láda")
_TUBE, _PAGE = Unit("tube", "tubes", "tubus"), Unit("page", "pages", "oldal")
_BUNDLE = Unit("bundle", "bundles", "köteg")

# As people type them: small letters, no diacritics, no full stop
_UNITS: Mapping[str, Unit] = MappingProxyType(
    {
        **dict.fromkeys(("buc", "bucata", "bucati"), _PIECE),
        **dict.fromkeys(("set", "seturi"), _SET),
        **dict.fromkeys(("kg", "kilogram", "kilograme"), _KILOGRAM),
        **dict.fromkeys(("g", "gr", "gram", "grame"), _GRAM),
        **dict.fromkeys(("t", "tona", "tone"), _TONNE),
        **dict.fromkeys(("m", "metru", "metri"), _METRE),
        **dict.fromkeys(("mp", "m2", "metru patrat", "metri patrati"), _SQUARE),
        **dict.fromkeys(("mc", "m3", "metru cub", "metri cubi"), _CUBIC),
        **dict.fromkeys(("l", "litru", "litri"), _LITRE),
        **dict.fromkeys(("cutie", "cutii"), _BOX),
        **dict.fromkeys(("pachet", "pachete", "pach"), _PACK),
        **dict.fromkeys(("rola", "role"), _ROLL),
        **dict.fromkeys(("pereche", "perechi"), _PAIR),
        **dict.fromkeys(("ora", "ore", "h"), _HOUR),
        **dict.fromkeys(("zi", "zile"), _DAY),
        **dict.fromkeys(("saptamana", "saptamani", "sapt"), _WEEK),
        **dict.fromkeys(("luna", "luni"), _MONTH),
        **dict.fromkeys(("an", "ani"), _YEAR),
        **dict.fromkeys(("serviciu", "servicii", "serv"), _SERVICE),
        **dict.fromkeys(("sac", "saci"), _BAG),
        **dict.fromkeys(("sticla", "sticle"), _BOTTLE),
        **dict.fromkeys(("palet", "paleti", "paleta"), _PALLET),
        **dict.fromkeys(("bax", "baxuri"), _CARTON),
        **dict.fromkeys(("top", "topuri"), _REAM),
        **dict.fromkeys(("coala", "coli", "foaie", "foi"), _SHEET),
        **dict.fromkeys(("galeata", "galeti"), _BUCKET),
        **dict.fromkeys(("borcan", "borcane"), _JAR),
        **dict.fromkeys(("bidon", "bidoane"), _CANISTER),
        **dict.fromkeys(("lada", "lazi"), _CRATE),
        **dict.fromkeys(("tub", "tuburi"), _TUBE),
        **dict.fromkeys(("pagina", "pagini", "pag"), _PAGE),
        **dict.fromkeys(("legatura", "legaturi"), _BUNDLE),
    }
)


def unit_in(unit: str, *, language: str, amount: Decimal = Decimal(1)) -> str:
    """Say a unit of the ERP in the reader's language; in Romanian, or unknown, as it is written.

    ``amount`` chooses between one and more where the unit follows a number.
    """
    known, language = _UNITS.get(_plain(unit)), known_language(language)
    if known is None or language == "ro":
        return unit
    if language == "hu":
        return known.hungarian
    return known.one if amount == 1 else known.many


def _plain(unit: str) -> str:
    letters = unicodedata.normalize("NFKD", unit.strip().rstrip(".").casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
