"""Templates filled in, as Meta takes them."""

import pytest

from tests.domain.template_samples import (
    NAMED,
    POSITIONAL,
    SHIPPED,
    SHIPPED_PARAMETERS,
    body,
    header,
)
from whatsapp.domain import template as rules


def test_call_of_a_named_template_names_its_parameters():
    call = rules.call_components(
        components=SHIPPED, parameter_format=NAMED, parameters=SHIPPED_PARAMETERS
    )

    assert call == (
        {
            "type": "header",
            "parameters": [{"type": "text", "parameter_name": "order", "text": "SO-1001"}],
        },
        {
            "type": "body",
            "parameters": [
                {"type": "text", "parameter_name": "customer", "text": "Ana"},
                {"type": "text", "parameter_name": "order", "text": "SO-1001"},
            ],
        },
        {
            "type": "button",
            "sub_type": "url",
            "index": "1",
            "parameters": [{"type": "text", "text": "AWB7"}],
        },
        {
            "type": "button",
            "sub_type": "copy_code",
            "index": "3",
            "parameters": [{"type": "coupon_code", "coupon_code": "TEN"}],
        },
    )


def test_call_of_a_positional_template_goes_by_number():
    call = rules.call_components(
        components=body("b {{2}} a {{1}} c"),
        parameter_format=POSITIONAL,
        parameters={"1": "one", "2": "two"},
    )

    assert call == (
        {
            "type": "body",
            "parameters": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}],
        },
    )


@pytest.mark.parametrize(
    ("kind", "parameters", "expected"),
    [
        ("IMAGE", {"header.image": "123"}, {"type": "image", "image": {"id": "123"}}),
        (
            "DOCUMENT",
            {"header.document": "https://shop.example/a.pdf"},
            {"type": "document", "document": {"link": "https://shop.example/a.pdf"}},
        ),
        (
            "LOCATION",
            {
                "header.latitude": "44.43",
                "header.longitude": "26.10",
                "header.name": "Depozit",
                "header.address": "Str. Lungă 1",
            },
            {
                "type": "location",
                "location": {
                    "latitude": "44.43",
                    "longitude": "26.10",
                    "name": "Depozit",
                    "address": "Str. Lungă 1",
                },
            },
        ),
    ],
)
def test_call_carries_the_header_of_its_kind(kind, parameters, expected):
    call = rules.call_components(
        components=header(kind), parameter_format=NAMED, parameters=parameters
    )

    assert call == ({"type": "header", "parameters": [expected]},)


def test_call_without_variables_has_no_components():
    call = rules.call_components(
        components=body("Plain text."), parameter_format=NAMED, parameters={}
    )

    assert call == ()
