"""Faults of a template, told by field before Meta refuses it."""

import pytest

from tests.domain.linting import (
    CALL,
    CODE,
    NAMED_BODY,
    PLAIN_BODY,
    TRACK,
    buttons,
    header,
    problems,
)
from whatsapp.domain.template_problems import WORDS, Problem

QUICK = {"type": "QUICK_REPLY", "text": "Yes"}


def positional(text, *samples):
    return {"type": "BODY", "text": text, "example": {"body_text": [list(samples)]}}


@pytest.mark.parametrize(
    "components",
    [
        (NAMED_BODY,),
        (
            header(format="TEXT", text="Order update"),
            NAMED_BODY,
            {"type": "FOOTER", "text": "Demo Trading SRL"},
            buttons(TRACK, CALL, CODE, QUICK),
        ),
        (
            header(
                format="TEXT",
                text="Order {{order}}",
                example={
                    "header_text_named_params": [{"param_name": "order", "example": "SO-1001"}]
                },
            ),
            PLAIN_BODY,
        ),
        (header(format="IMAGE", example={"header_handle": ["4::DEMO"]}), PLAIN_BODY),
        (header(format="LOCATION"), PLAIN_BODY),
        (PLAIN_BODY, buttons({"type": "URL", "text": "Shop", "url": "https://shop.example/"})),
    ],
)
def test_sound_template_has_no_problems(components):
    assert problems(*components) == []


@pytest.mark.parametrize(
    "body",
    [
        positional("Hello {{1}}, your order {{2}} has left our warehouse.", "Ana", "SO-1001"),
        {
            "type": "BODY",
            "text": "Hello {{1}}, your order has left.",
            "example": {"body_text": ["Ana"]},
        },
    ],
)
def test_sound_positional_template_has_no_problems(body):
    assert problems(body, parameter_format="POSITIONAL") == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Order-Shipped"}, "name"),
        ({"name": "x" * 513}, "name"),
        ({"language": "romanian"}, "language"),
        ({"language": "en-US"}, "language"),
        ({"language": "ro_RO"}, "language"),
        ({"category": "TRANSACTIONAL"}, "category"),
        ({"parameter_format": "MIXED"}, "parameter_format"),
    ],
)
def test_wrong_identity_is_named(changes, field):
    assert field in [name for name, _ in problems(PLAIN_BODY, **changes)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("  ", "The text is empty."),
        ("x" * 1025, "1025 characters; Meta takes 1024."),
        ("{{customer}} has an order with us.", "A body must not begin or end with a variable."),
        ("We greet you warmly, dear {{customer}}", "A body must not begin or end with a variable."),
        ("Your order is {{a}}{{b}} and it has left us.", "Two variables must not touch."),
        ("Hi {{customer}} bye", "There are too many variables for so few words."),
        ("We have {{customer your order.", "A double brace has no partner."),
        ("We have customer}} your order.", "A double brace has no partner."),
        (
            "We greet you, {{Customer}}, on this day.",
            "{{Customer}}: variables are named lower-case letters, digits and _.",
        ),
        (
            "We greet you, {{cust#omer}}, on this day.",
            "{{cust#omer}}: variables are named lower-case letters, digits and _.",
        ),
        ("We greet you, {{customer}}, on this day.", "Variables without a sample: customer."),
    ],
)
def test_faults_of_a_body_are_told(text, message):
    assert ("body", message) in problems({"type": "BODY", "text": text})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            positional("Hello {{1}}, your order {{3}} has left our house.", "a", "b"),
            "Variables are numbered from 1 without gaps.",
        ),
        (
            positional("Hello {{name}}, your order has left.", "a"),
            "{{name}}: variables are named 1, 2, 3 ….",
        ),
        (
            positional("Hello {{1}}, your order {{2}} has left our house.", "a"),
            "Variables without a sample: 2.",
        ),
    ],
)
def test_faults_of_a_positional_body_are_told(body, message):
    assert ("body", message) in problems(body, parameter_format="POSITIONAL")


@pytest.mark.parametrize(
    ("components", "problem"),
    [
        ((header(format="TEXT", text="Hello"),), ("body", "A template needs a body.")),
        ((PLAIN_BODY, PLAIN_BODY), ("body", "A template has at most one of these.")),
        (
            (PLAIN_BODY, {"type": "CAROUSEL", "cards": []}),
            ("components", "CAROUSEL is not supported."),
        ),
        ((PLAIN_BODY, {}), ("components", "A part has no type.")),
        (
            (header(format="TEXT", text="x" * 61), PLAIN_BODY),
            ("header", "61 characters; Meta takes 60."),
        ),
        ((header(format="TEXT", text="a\nb"), PLAIN_BODY), ("header", "A header is one line.")),
        (
            (header(format="TEXT", text="a {{b}} c {{d}} e"), PLAIN_BODY),
            ("header", "A header has at most one variable."),
        ),
        (
            (header(format="TEXT", text="Order {{order}}"), PLAIN_BODY),
            ("header", "Variables without a sample: order."),
        ),
        ((header(format="IMAGE"), PLAIN_BODY), ("header", "A header file needs a sample.")),
        ((header(format="GIF"), PLAIN_BODY), ("header", "The format GIF is not supported.")),
        ((PLAIN_BODY, {"type": "FOOTER", "text": ""}), ("footer", "The text is empty.")),
        (
            (PLAIN_BODY, {"type": "FOOTER", "text": "x" * 61}),
            ("footer", "61 characters; Meta takes 60."),
        ),
        (
            (PLAIN_BODY, {"type": "FOOTER", "text": "By {{shop}}"}),
            ("footer", "A footer has no variables."),
        ),
    ],
)
def test_faults_of_parts_are_told(components, problem):
    assert problem in problems(*components)


def sample(value):
    body = dict(PLAIN_BODY, text="We greet you, {{customer}}, on this day.")
    rows = [{"param_name": "customer", "example": value}]
    return {**body, "example": {"body_text_named_params": rows}}


@pytest.mark.parametrize("value", ["A\nB", "A\tB", "A     B"])
def test_sample_that_could_not_be_sent_is_told(value):
    words = "The sample of customer has a line break, a tab or more than 4 spaces."

    assert problems(sample(value)) == [("body", words)]
    assert problems(sample("A    B")) == []


def test_blank_sample_is_none():
    assert problems(sample(" ")) == [("body", "Variables without a sample: customer.")]


@pytest.mark.parametrize("parameter_format", ["NAMED", "POSITIONAL"])
def test_names_and_numbers_do_not_mix(parameter_format):
    body = {"type": "BODY", "text": "Hello {{1}}, your order {{order_no}} has left our house."}
    mixed = ("body", "Variables are either all names or all numbers.")

    assert mixed in problems(body, parameter_format=parameter_format)


@pytest.mark.parametrize("between", ["", " ", "\n\n"])
def test_variables_with_nothing_but_space_between_them_touch(between):
    text = f"Your order is {{{{a}}}}{between}{{{{b}}}} and it has left us this morning."

    assert ("body", "Two variables must not touch.") in problems({"type": "BODY", "text": text})


def test_words_are_counted_as_people_do():
    few = "Don't e-mail {{customer}}!"  # two words, though five pieces of letters

    assert ("body", "There are too many variables for so few words.") in problems(
        {"type": "BODY", "text": few}
    )


def test_every_fault_has_words_and_every_word_its_values():
    assert all(Problem(field="body", code=code).message for code in WORDS)
    assert Problem(field="x", code="gap").message == "Variables are numbered from 1 without gaps."


@pytest.mark.parametrize("written", [1, "Ana", True, {"0": "Ana"}, [None], ["Ana", 7], [1], [{}]])
def test_samples_that_somebody_wrote_in_another_form_are_missing_ones(written):
    body = {"type": "BODY", "text": "Comanda {{order_no}} a plecat din depozit, pe drum spre casă."}
    named = body | {"example": {"body_text_named_params": written}}
    numbered = {**body, "text": "Comandă: {{1}}{{2}}{{3}}."} | {"example": {"body_text": written}}

    assert ("body", "Variables without a sample: order_no.") in problems(named)
    assert problems(numbered, parameter_format="POSITIONAL") != []
