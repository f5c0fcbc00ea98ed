from decimal import Decimal
from types import SimpleNamespace

import pytest

from whatsapp.domain import template as rules
from whatsapp.domain.formats import LANGUAGES
from whatsapp.domain.standard_templates import (
    BODIES,
    STANDARD_TEMPLATES,
    confirmed_parameters,
    delivered_parameters,
    shipped_parameters,
    standard_template,
)
from whatsapp.domain.supplier_texts import supplier_parameters
from whatsapp.domain.template_parts import part_text
from whatsapp.errors import ValidationError

each_template = pytest.mark.parametrize(
    "template", STANDARD_TEMPLATES, ids=lambda each: f"{each.name}-{each.language}"
)


def line(name="Cafea boabe", quantity="10", unit="buc", code="C-100"):
    return SimpleNamespace(name=name, quantity=Decimal(quantity), unit=unit, code=code)


WHO = {"customer_name": "Ana Popescu", "order_number": "SO-1001", "language": "ro"}
PARCEL = {
    "courier": "FAN Courier",
    "tracking_number": "2012345678",
    "tracking_url": "https://fan.example/2012345678",
}
PARAMETERS = {
    "order_confirmed": (
        confirmed_parameters,
        {**WHO, "total": Decimal("1234.5"), "currency": "RON"},
    ),
    "order_shipped": (shipped_parameters, {**WHO, **PARCEL}),
    "order_delivered": (delivered_parameters, WHO),
}


def parameters_of(event, **changes):
    make, given = PARAMETERS[event]
    return make(**given | {name: value for name, value in changes.items() if name in given})


def supplier(**changes):
    given = {
        "supplier_name": "Ferma Verde",
        "order_number": "PO-7",
        "lines": [line()],
        "notes": "",
        "language": "ro",
    }
    return supplier_parameters(**given | changes)


def checked(name, language, parameters):
    template = standard_template(name=name, language=language)
    return rules.check_parameters(
        components=template.components,
        parameter_format=template.parameter_format,
        parameters=parameters,
    )


@each_template
def test_meta_would_take_every_standard_template(template):
    problems = rules.validate(
        name=template.name,
        language=template.language,
        category=template.category,
        components=template.components,
        parameter_format=template.parameter_format,
    )

    assert problems == []


@each_template
def test_every_standard_template_leaves_room_for_its_parameters(template):
    assert len(part_text(template.components, "BODY")) < 400


def test_each_template_exists_in_each_language():
    names = {(template.name, template.language) for template in STANDARD_TEMPLATES}

    assert names == {(name, language) for name in BODIES for language in LANGUAGES}


def test_languages_of_one_template_need_the_same_parameters():
    for name, bodies in BODIES.items():
        needed = {frozenset(rules.required_params(_body(text)).keys) for text in bodies.values()}
        assert len(needed) == 1, name


def _body(text):
    return [{"type": "BODY", "text": text}]


def test_romanian_uses_its_own_letters():
    romanian = "".join(bodies["ro"] for bodies in BODIES.values())

    assert not set("şţŞŢ") & set(romanian)
    assert set("ășțî") <= set(romanian)


def test_unknown_language_gets_romanian():
    assert standard_template(name="order_shipped", language="de").language == "ro"


def test_unknown_template_is_refused():
    with pytest.raises(ValidationError) as caught:
        standard_template(name="order_lost", language="ro")

    assert caught.value.details == {"field": "name"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("event", ["order_confirmed", "order_shipped", "order_delivered"])
@pytest.mark.parametrize("filled", [True, False])
def test_order_parameters_are_exactly_what_the_template_needs(event, language, filled):
    empty = dict.fromkeys(("customer_name", "courier", "tracking_number", "tracking_url"), " ")

    parameters = parameters_of(event, language=language, **({} if filled else empty))

    assert checked(event, language, parameters) == parameters


def test_parameters_of_a_confirmed_order():
    assert parameters_of("order_confirmed") == {
        "customer_name": "Ana Popescu",
        "order_number": "SO-1001",
        "total": "1.234,50 lei",
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {},
            {
                "courier": "FAN Courier",
                "tracking_number": "2012345678",
                "tracking_url": "https://fan.example/2012345678",
            },
        ),
        (
            {"tracking_url": ""},
            {
                "courier": "FAN Courier",
                "tracking_number": "2012345678",
                "tracking_url": "pe site-ul curierului, după numărul AWB",
            },
        ),
        (
            {"courier": "", "tracking_number": "", "tracking_url": ""},
            {
                "courier": "curierul nostru",
                "tracking_number": "vi-l comunică curierul",
                "tracking_url": "curierul vă contactează înainte de livrare",
            },
        ),
    ],
)
def test_what_is_not_known_of_a_parcel_is_said_in_words(changes, expected):
    parameters = parameters_of("order_shipped", **changes)

    common = {"customer_name": "Ana Popescu", "order_number": "SO-1001"}
    assert parameters == common | expected


def test_a_very_long_name_is_cut():
    name = parameters_of("order_delivered", customer_name="Ana " * 30)["customer_name"]

    assert len(name) <= 60
    assert name.endswith("Ana…")


def test_lines_of_a_supplier_order_are_one_parameter():
    lines = [line(), line(name="Ceai\nverde", quantity="2.50", unit="kg", code="")]

    assert supplier(lines=lines) == {
        "supplier_name": "Ferma Verde",
        "order_number": "PO-7",
        "lines": "10 buc Cafea boabe (C-100); 2,5 kg Ceai verde",
        "notes": "nu sunt",
    }


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "10 pcs Cafea boabe (C-100)"), ("hu", "10 db Cafea boabe (C-100)")],
)
def test_pieces_are_named_in_the_supplier_s_language(language, expected):
    assert supplier(language=language)["lines"] == expected


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [20, 21, 60, 500])
def test_a_long_order_is_cut_to_metas_limit_and_counted(language, count):
    lines = [line(name=f"Produs numărul {n}") for n in range(count)]

    parameters = supplier(lines=lines, language=language)

    assert checked("supplier_order", language, parameters) == parameters


def test_the_rest_of_a_long_order_is_told_as_a_number():
    listed = supplier(lines=[line(name=f"Produs numărul {n}") for n in range(60)])["lines"]

    kept = listed.count(";") + 1
    assert listed.endswith(f"(C-100) … și încă {60 - kept} de produse")


def test_an_order_number_without_end_leaves_room_for_the_count_alone():
    assert supplier(order_number="x" * 900)["lines"] == "… și încă un produs"


def test_an_order_without_lines_is_refused():
    with pytest.raises(ValidationError) as caught:
        supplier(lines=[])

    assert caught.value.details == {"field": "lines"}
