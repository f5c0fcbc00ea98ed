"""Templates filled in, as an agent reads them."""

import pytest

from tests.domain.template_samples import SHIPPED, SHIPPED_PARAMETERS, body, header
from whatsapp.domain import template as rules
from whatsapp.errors import TemplateValidationError


def test_render_fills_every_part():
    rendered = rules.render(SHIPPED, SHIPPED_PARAMETERS)

    assert rendered == rules.Rendered(
        header="Order SO-1001",
        body="Hello Ana,\nyour order SO-1001 is on its way.",
        footer="Demo Trading",
        buttons=(
            "Thank you",
            "Track: https://shop.example/t/AWB7",
            "Shop: https://shop.example/",
            "Copy code: TEN",
        ),
    )


def test_rendered_text_is_what_an_agent_reads():
    rendered = rules.Rendered(header="", body="Hi Ana.", footer="Demo", buttons=("Yes", "No"))

    assert rendered.text == "Hi Ana.\n\nDemo\n\n[Yes]\n[No]"


def test_a_value_that_looks_like_a_variable_is_left_alone():
    rendered = rules.render(body("Hi {{1}} and {{2}}."), {"1": "{{2}}", "2": "Bob"})

    assert rendered.body == "Hi {{2}} and Bob."


@pytest.mark.parametrize(
    ("components", "parameters", "expected"),
    [
        (header("IMAGE"), {"header.image": "123"}, "[image]"),
        (
            header("LOCATION"),
            {"header.name": "Depozit", "header.address": "Str. Lungă 1"},
            "Depozit, Str. Lungă 1",
        ),
    ],
)
def test_other_headers_are_told_in_words(components, parameters, expected):
    assert rules.render(components, parameters).header == expected


def test_render_names_the_missing_parameter():
    with pytest.raises(TemplateValidationError) as caught:
        rules.render(body("Hi {{customer}}, welcome."), {})

    assert caught.value.details == {"field": "customer", "reason": "missing"}
