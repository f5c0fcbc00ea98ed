"""What becomes of a template, and what Meta would refuse of it."""

import pytest

from tests.domain.template_samples import NAMED, POSITIONAL, body, header
from whatsapp.domain import template as rules
from whatsapp.domain.template import TemplateStatus
from whatsapp.errors import TemplateValidationError


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("approved", "APPROVED"),
        (" PAUSED ", "PAUSED"),
        ("REINSTATED", "APPROVED"),
        ("UNARCHIVED", "APPROVED"),
        ("FLAGGED", "APPROVED"),
        ("IN_APPEAL", "IN_APPEAL"),
        ("something_new", "SOMETHING_NEW"),
    ],
)
def test_status_is_read_and_unknown_ones_are_kept(raw, expected):
    assert rules.parse_status(raw) == expected


def test_only_an_approved_template_may_be_sent():
    assert [status for status in TemplateStatus if rules.may_send(status)] == ["APPROVED"]
    assert not rules.may_send("IN_APPEAL")


@pytest.mark.parametrize("status", ["DRAFT", "APPROVED", "REJECTED", "PAUSED"])
def test_submitted_template_is_pending(status):
    assert rules.after_submit(status) == "PENDING"


@pytest.mark.parametrize("status", ["PENDING", "DISABLED", "DELETED", "ARCHIVED", "IN_APPEAL"])
def test_what_meta_takes_no_edit_of_is_not_submitted(status):
    with pytest.raises(TemplateValidationError) as caught:
        rules.after_submit(status)

    assert caught.value.details == {"field": "status", "reason": status}


def test_meta_s_verdict_is_kept_but_brings_back_no_deleted_template():
    assert rules.after_approved("PENDING") == "APPROVED"
    assert rules.after_rejected("PENDING") == "REJECTED"
    assert rules.after_approved("DELETED") == "DELETED"
    assert rules.after_rejected("DELETED") == "DELETED"


def code(body_text, *button):
    buttons = button or ({"type": "OTP", "otp_type": "COPY_CODE", "text": "Copiați"},)
    return [*body(body_text), {"type": "BUTTONS", "buttons": list(buttons)}]


AS_LISTED = {"type": "URL", "url": "https://www.whatsapp.com/otp/code/?code=otp{{1}}"}


@pytest.mark.parametrize(
    ("components", "parameters", "field", "reason"),
    [
        (code("{{1}} e codul"), {"1": "x" * 16, "button.0": "x" * 15}, "1", "too_long"),
        (code("{{1}} e codul"), {"1": "x" * 16, "button.0": "x" * 16}, "button.0", "too_long"),
        (code("{{1}} e codul"), {"1": "111", "button.0": "222"}, "button.0", "not_the_code"),
        (code("{{1}} e", AS_LISTED), {"1": "1", "button.0": "2"}, "button.0", "not_the_code"),
        (
            [{"type": "HEADER", "format": "TEXT", "text": "Com. {{1}}"}, *body("Da")],
            {"header.1": "x" * 56},
            "header",
            "too_long",
        ),
        ([*header("IMAGE")], {"header.image": "not an id"}, "header.image", "not_a_file"),
        ([*body("Da"), {"type": "CAROUSEL", "cards": []}], {}, "template", "unsupported"),
        ([*body("Da"), {"type": "LIMITED_TIME_OFFER"}], {}, "template", "unsupported"),
        (code("Da", {"type": "FLOW", "text": "Da"}), {}, "template", "unsupported"),
        (code("Da", {"type": "MPM", "text": "Da"}), {}, "template", "unsupported"),
    ],
)
def test_what_meta_would_refuse_of_a_template_is_refused(components, parameters, field, reason):
    with pytest.raises(TemplateValidationError) as caught:
        rules.check_parameters(
            components=components, parameter_format=POSITIONAL, parameters=parameters
        )

    assert (caught.value.details["field"], caught.value.details["reason"]) == (field, reason)


@pytest.mark.parametrize("button", [(), (AS_LISTED,)])
def test_one_code_in_text_and_button_is_taken(button):
    given = {"1": "x" * 15, "button.0": "x" * 15}

    found = rules.check_parameters(
        components=code("{{1}} e codul", *button), parameter_format=POSITIONAL, parameters=given
    )

    assert found == given


def test_place_above_may_be_long():
    given = {"latitude": "44", "longitude": "26", "name": "x" * 50, "address": "y" * 50}

    assert rules.check_parameters(
        components=header("LOCATION"),
        parameter_format=NAMED,
        parameters={f"header.{name}": value for name, value in given.items()},
    )


@pytest.mark.parametrize(
    ("status", "lost", "resting"),
    [
        ("APPROVED", False, False),
        ("DRAFT", False, False),
        ("PAUSED", False, True),
        ("PENDING", False, True),
        ("NEW_WORD", False, True),
        ("REJECTED", True, False),
        ("DISABLED", True, False),
        ("MISSING", True, False),
    ],
)
def test_template_that_cannot_be_sent_is_lost_or_rests(status, lost, resting):
    assert (rules.is_lost(status), rules.is_resting(status)) == (lost, resting)
