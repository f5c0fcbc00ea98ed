"""What our own linter says of what we ship."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

import pytest

from whatsapp.domain.document_texts import QUOTE_BUTTONS
from whatsapp.domain.formats import LANGUAGES
from whatsapp.domain.standard_templates import BODIES, STANDARD_TEMPLATES
from whatsapp.domain.supplier_texts import supplier_parameters
from whatsapp.domain.template_linter import validate
from whatsapp.domain.template_parts import buttons_of
from whatsapp.domain.template_warnings import promotional_words, warnings


@pytest.mark.parametrize(
    "template", STANDARD_TEMPLATES, ids=lambda each: f"{each.name}-{each.language}"
)
def test_our_linter_has_nothing_to_say_of_a_standard_template(template):
    said = {
        "language": template.language,
        "category": template.category,
        "components": template.components,
    }

    assert template.category == "UTILITY"  # else nobody would look for advertisements
    assert warnings(**said) == []
    assert validate(name=template.name, parameter_format="NAMED", **said) == []


def test_every_text_is_looked_at_in_every_language():
    looked_at = {(each.name, each.language) for each in STANDARD_TEMPLATES}

    assert looked_at == {(name, language) for name in BODIES for language in LANGUAGES}


def test_the_button_under_a_quote_fits_and_does_not_advertise():
    for labels in QUOTE_BUTTONS.values():
        for language in LANGUAGES:
            assert len(labels[language]) <= 20
            assert promotional_words(labels[language], language=language) == ()
    quotes = [each for each in STANDARD_TEMPLATES if each.name == "quote_document"]
    assert [len(buttons_of(each.components)) for each in quotes] == [2] * len(LANGUAGES)


def test_the_linter_still_knows_the_word_that_we_gave_up():
    assert promotional_words("Vă trimitem oferta", language="ro") == ("oferta",)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ro", "10 cutie Cafea; 1 rolă Folie; 3 plic Ceai"),
        ("en", "10 boxes Cafea; 1 roll Folie; 3 plic Ceai"),
        ("hu", "10 doboz Cafea; 1 tekercs Folie; 3 plic Ceai"),
    ],
)
def test_a_supplier_reads_units_in_their_language(language, expected):
    lines = [
        SimpleNamespace(name=name, quantity=Decimal(amount), unit=unit, code="")
        for amount, unit, name in (
            (10, "cutie", "Cafea"),
            (1, "rolă", "Folie"),
            (3, "plic", "Ceai"),
        )
    ]

    said = supplier_parameters(
        supplier_name="Farm", order_number="PO-7", lines=lines, notes="", language=language
    )

    assert said["lines"] == expected
