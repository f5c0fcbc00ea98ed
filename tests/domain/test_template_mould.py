"""A template filled in for many says what it says when it is filled in for one."""

from __future__ import annotations

import json

import pytest

from whatsapp.domain import content as contents
from whatsapp.domain import template as rules
from whatsapp.domain.content import TemplateCall
from whatsapp.domain.template_mould import Mould
from whatsapp.errors import TemplateValidationError

NAMED = ({"type": "BODY", "text": "{{customer}}, comanda {{order}} e la {{customer}}."},)
POSITIONAL = (
    {"type": "HEADER", "format": "TEXT", "text": "Comanda {{1}}"},
    {"type": "BODY", "text": "Bună, {{1}}! Total: {{2}}."},
    {"type": "FOOTER", "text": "Magazin"},
    {
        "type": "BUTTONS",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "Da"},
            {"type": "URL", "text": "Urmăriți", "url": "https://shop.ro/{{1}}"},
        ],
    },
)
IMAGE = (
    {"type": "HEADER", "format": "IMAGE"},
    {"type": "BODY", "text": "Bună, {{customer}}!"},
)
PLAIN = ({"type": "BODY", "text": "Suntem închiși luni. 100% {0} %s \\1"},)


def mould(components, parameter_format="NAMED") -> Mould:
    return Mould(name="t", language="ro", components=components, parameter_format=parameter_format)


def slowly(components, parameters, parameter_format) -> tuple[str, dict]:
    values = rules.check_parameters(
        components=components, parameter_format=parameter_format, parameters=parameters
    )
    call = TemplateCall(
        name="t",
        language="ro",
        components=rules.call_components(
            components=components, parameter_format=parameter_format, parameters=values
        ),
        rendered=rules.render(components, values).text,
    )
    return call.text, json.loads(json.dumps(contents.to_json(call)))


@pytest.mark.parametrize(
    ("components", "parameter_format", "parameters"),
    [
        (NAMED, "NAMED", {"customer": "Ana", "order": "C-1"}),
        (NAMED, "NAMED", {"customer": '"Ștefan" \\ {{order}} \\u00001\\u0000', "order": " a  b\n"}),
        (
            POSITIONAL,
            "POSITIONAL",
            {"header.1": "C-1", "1": "Ana", "2": "10 lei", "button.1": "C-1?x=1"},
        ),
        (IMAGE, "NAMED", {"header.image": "https://shop.ro/a.png", "customer": "Ana"}),
        (IMAGE, "NAMED", {"header.image": "1166846181421424", "customer": "Ana"}),
        (PLAIN, "NAMED", {}),
    ],
)
def test_many_read_what_one_would_read(components, parameter_format, parameters):
    one = mould(components, parameter_format)

    for _ in range(2):
        cast = one.fill(parameters)

        text, content = slowly(components, parameters, parameter_format)
        assert cast.text == text
        assert json.loads(cast.content) == content


def test_files_and_links_of_one_template_do_not_mix():
    one = mould(IMAGE)

    shapes = [
        json.loads(one.fill({"header.image": file, "customer": "Ana"}).content)["components"][0]
        for file in ("https://shop.ro/a.png", "77", "https://shop.ro/a.png")
    ]

    assert [shape["parameters"][0]["image"] for shape in shapes] == [
        {"link": "https://shop.ro/a.png"},
        {"id": "77"},
        {"link": "https://shop.ro/a.png"},
    ]


@pytest.mark.parametrize(
    ("parameters", "field", "reason"),
    [
        ({"customer": "Ana"}, "order", "missing"),
        ({"customer": "Ana", "order": "1", "total": "2"}, "total", "extra"),
        ({"customer": "Ana", "order": "  "}, "order", "blank"),
        ({"customer": "x" * 600, "order": "1"}, "body", "too_long"),
        ({"customer": "a\0b", "order": "1"}, "customer", "not_text"),
        ({"customer": "Ana", "order": "\ud800"}, "order", "not_text"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(parameters, field, reason):
    with pytest.raises(TemplateValidationError) as refusal:
        mould(NAMED).fill(parameters)

    assert (refusal.value.details["field"], refusal.value.details["reason"]) == (field, reason)


def test_header_that_its_parameter_makes_too_long_is_refused():
    given = {"header.1": "x" * 60, "1": "Ana", "2": "3", "button.1": "AWB"}

    with pytest.raises(TemplateValidationError) as refusal:
        mould(POSITIONAL, "POSITIONAL").fill(given)

    assert refusal.value.details == {"field": "header", "reason": "too_long"}
