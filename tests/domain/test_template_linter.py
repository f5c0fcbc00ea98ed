import pytest

from whatsapp.domain.template_linter import validate
from whatsapp.domain.template_problems import WORDS, Problem

NAMED_BODY = {
    "type": "BODY",
    "text": "Hello {{customer}}, your order {{order_no}} has left our warehouse today.",
    "example": {
        "body_text_named_params": [
            {"param_name": "customer", "example": "Ana"},
            {"param_name": "order_no", "example": "SO-1001"},
        ]
    },
}
PLAIN_BODY = {"type": "BODY", "text": "Your order has left."}
QUICK = {"type": "QUICK_REPLY", "text": "Yes"}
TRACK = {
    "type": "URL",
    "text": "Track",
    "url": "https://shop.example/t/{{1}}",
    "example": ["https://shop.example/t/SO-1001"],
}
CALL = {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+40312345678"}
CODE = {"type": "COPY_CODE", "example": "TEN"}
OTP = {"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy"}
APART = "Quick replies stand together, before all other buttons or after them."
PHONE = "A phone number has its country code and digits, such as +40312345678."
SPACES = "The URL has a space or a line break."


def problems(*components, **changes):
    template = {
        "name": "order_shipped",
        "language": "ro",
        "category": "UTILITY",
        "parameter_format": "NAMED",
        "components": components or (NAMED_BODY,),
    }
    return [(p.field, p.message) for p in validate(**template | changes)]


def positional(text, *samples):
    return {"type": "BODY", "text": text, "example": {"body_text": [list(samples)]}}


def buttons(*given):
    return {"type": "BUTTONS", "buttons": list(given)}


def quick(*texts):
    return [{"type": "QUICK_REPLY", "text": text} for text in texts]


def header(**parts):
    return {"type": "HEADER", **parts}


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


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (quick(*"abcdefghijk"), ("buttons", "At most 10 buttons.")),
        (
            [TRACK, {**TRACK, "text": "b"}, {**TRACK, "text": "c"}],
            ("buttons", "At most 2 of the kind URL."),
        ),
        ([CALL, {**CALL, "text": "b"}], ("buttons", "At most 1 of the kind PHONE_NUMBER.")),
        ([*quick("a"), TRACK, *quick("b")], ("buttons", APART)),
        ([TRACK, *quick("a"), CALL], ("buttons", APART)),
        ([], ("buttons", "There is no button.")),
        (quick("Hi {{1}}"), ("buttons.0", "A button's text has no variables.")),
        ([{**CALL, "phone_number": "call us"}], ("buttons.0", PHONE)),
        ([{**TRACK, "url": "https://shop.example/a b"}], ("buttons.0", SPACES)),
        (
            [{**TRACK, "url": "https://shop.example/{{x"}],
            ("buttons.0", "A URL has one variable, {{1}}, at its end."),
        ),
        (quick("a", "a"), ("buttons", "Button texts must differ.")),
        (quick(""), ("buttons.0", "The text is empty.")),
        (quick("x" * 26), ("buttons.0", "26 characters; Meta takes 25.")),
        ([{**CALL, "phone_number": ""}], ("buttons.0", "The text is empty.")),
        ([{**CODE, "example": "x" * 21}], ("buttons.0", "21 characters; Meta takes 20.")),
        ([{**CODE, "example": []}], ("buttons.0", "The text is empty.")),
        ([{"type": "FLOW", "text": "Go"}], ("buttons.0", "The kind FLOW is not supported.")),
        (
            [{"text": "Go"}],
            ("buttons.0", "A button has no kind."),
        ),
        ([{**TRACK, "url": ""}], ("buttons.0", "The text is empty.")),
        (
            [{**TRACK, "url": "shop.example"}],
            ("buttons.0", "The URL begins with https:// or http://."),
        ),
        (
            [{**TRACK, "url": "https://{{1}}.shop.example/"}],
            ("buttons.0", "A URL has one variable, {{1}}, at its end."),
        ),
        (
            [{**TRACK, "url": "https://shop.example/{{track}}"}],
            ("buttons.0", "A URL has one variable, {{1}}, at its end."),
        ),
        ([{**TRACK, "example": None}], ("buttons.0", "A URL with a variable needs a sample.")),
    ],
)
def test_faults_of_buttons_are_told(given, problem):
    assert problem in problems(PLAIN_BODY, buttons(*given))


CODE_BODY = {"type": "BODY", "add_security_recommendation": True}


@pytest.mark.parametrize("minutes", [None, 1, 90])
@pytest.mark.parametrize("otp_type", ["COPY_CODE", "one_tap", "ZERO_TAP"])
def test_texts_of_authentication_templates_are_metas_affair(minutes, otp_type):
    footer = [{"type": "FOOTER", "code_expiration_minutes": minutes}] if minutes else []
    given = (CODE_BODY, *footer, buttons({**OTP, "otp_type": otp_type}))

    assert problems(*given, category="AUTHENTICATION") == []


@pytest.mark.parametrize(
    ("components", "field"),
    [
        ((CODE_BODY,), "buttons"),
        ((CODE_BODY, buttons(*quick("Copy"))), "buttons"),
        ((CODE_BODY, buttons(OTP, OTP)), "buttons"),
        ((CODE_BODY, buttons({"type": "OTP"})), "buttons.0"),
        ((header(format="TEXT", text="Code"), CODE_BODY, buttons(OTP)), "header"),
        ((CODE_BODY, {"type": "FOOTER", "code_expiration_minutes": 91}, buttons(OTP)), "footer"),
    ],
)
def test_faults_of_authentication_templates_are_told(components, field):
    assert [name for name, _ in problems(*components, category="AUTHENTICATION")] == [field]


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
