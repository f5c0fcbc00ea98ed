"""Faults of buttons, and of templates that carry a code."""

import pytest

from tests.domain.linting import CALL, CODE, PLAIN_BODY, TRACK, buttons, header, problems

OTP = {"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy"}
APART = "Quick replies stand together, before all other buttons or after them."
PHONE = "A phone number has its country code and digits, such as +40312345678."
SPACES = "The URL has a space or a line break."


def quick(*texts):
    return [{"type": "QUICK_REPLY", "text": text} for text in texts]


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
