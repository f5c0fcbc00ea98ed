from decimal import Decimal

import pytest

from whatsapp.domain.formats import LANGUAGES
from whatsapp.domain.units import unit_in


@pytest.mark.parametrize(
    ("unit", "one", "many", "hungarian"),
    [
        ("buc", "pc", "pcs", "db"),
        ("set", "set", "sets", "szett"),
        ("kg", "kg", "kg", "kg"),
        ("g", "g", "g", "g"),
        ("m", "m", "m", "m"),
        ("mp", "m²", "m²", "m²"),
        ("mc", "m³", "m³", "m³"),
        ("l", "l", "l", "l"),
        ("cutie", "box", "boxes", "doboz"),
        ("pachet", "pack", "packs", "csomag"),
        ("rolă", "roll", "rolls", "tekercs"),
        ("pereche", "pair", "pairs", "pár"),
        ("oră", "hour", "hours", "óra"),
        ("zi", "day", "days", "nap"),
        ("lună", "month", "months", "hónap"),
        ("serviciu", "service", "services", "szolg."),
        ("top", "ream", "reams", "rizsma"),
        ("palet", "pallet", "pallets", "raklap"),
        ("sticlă", "bottle", "bottles", "üveg"),
    ],
)
def test_units_of_a_shop_are_said_in_each_language(unit, one, many, hungarian):
    assert unit_in(unit, language="en") == one
    assert unit_in(unit, language="en_GB", amount=Decimal("2.5")) == many
    assert unit_in(unit, language="hu", amount=Decimal(10)) == hungarian
    assert unit_in(unit, language="ro", amount=Decimal(10)) == unit


@pytest.mark.parametrize("unit", ["BUC", "buc.", " Buc ", "bucăți", "bucata", "BUCĂŢI"])
def test_spelling_does_not_matter(unit):
    assert unit_in(unit, language="hu") == "db"
    assert unit_in(unit, language="ro") == unit


@pytest.mark.parametrize("language", [*LANGUAGES, "de", ""])
@pytest.mark.parametrize("unit", ["", "ml", "ML", "bucla", "garnitură", "kgf", "12", "🙂"])
def test_an_unknown_or_ambiguous_unit_stays_as_it_is(unit, language):
    assert unit_in(unit, language=language, amount=Decimal(7)) == unit


def test_a_language_that_no_text_of_ours_has_reads_romanian():
    assert unit_in("cutie", language="de", amount=Decimal(2)) == "cutie"
