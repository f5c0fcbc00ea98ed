"""What a template asks for, and what cannot stand there."""

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
from whatsapp.errors import TemplateValidationError


def test_required_params_names_every_part():
    required = rules.required_params(SHIPPED, NAMED)

    assert required.header == ("order",)
    assert required.body == ("customer", "order")
    assert required.buttons == (1, 3)
    assert required.keys == ("header.order", "customer", "order", "button.1", "button.3")


def test_positional_params_are_counted_not_listed():
    required = rules.required_params(body("b {{10}} a {{2}} c {{1}} d {{2}} e"), POSITIONAL)

    assert required.keys == ("1", "2", "10")


@pytest.mark.parametrize(
    ("components", "keys"),
    [
        (body("Plain text."), ()),
        ([{"type": "body", "text": "Lower {{case}} type."}], ("case",)),
        (header("IMAGE"), ("header.image",)),
        (header("DOCUMENT"), ("header.document",)),
        (
            header("LOCATION"),
            ("header.latitude", "header.longitude", "header.name", "header.address"),
        ),
        ([], ()),
    ],
)
def test_required_params_of_other_templates(components, keys):
    assert rules.required_params(components).keys == keys


def test_checked_parameters_are_cleaned():
    checked = rules.check_parameters(
        components=body("Hi {{customer}}, welcome."),
        parameter_format=NAMED,
        parameters={"customer": " Ana\n\tMaria     Pop "},
    )

    assert checked == {"customer": "Ana Maria Pop"}


@pytest.mark.parametrize(
    ("parameters", "field", "reason"),
    [
        ({}, "customer", "missing"),
        ({"customer": "Ana", "courier": "FAN"}, "courier", "extra"),
        ({"customer": " \n\t "}, "customer", "blank"),
        ({"customer": "x" * 1012}, "body", "too_long"),
    ],
)
def test_parameters_that_do_not_fit_are_refused_by_name(parameters, field, reason):
    with pytest.raises(TemplateValidationError) as caught:
        rules.check_parameters(
            components=body("Hi {{customer}}, welcome."),
            parameter_format=NAMED,
            parameters=parameters,
        )

    assert caught.value.details == {"field": field, "reason": reason}


PLACE = {
    "header.latitude": "44.43",
    "header.longitude": "26.10",
    "header.name": "Depozit",
    "header.address": "Str. Lungă 1",
}
WITH_BUTTONS = (
    *body("Hi {{customer}}, welcome."),
    {
        "type": "BUTTONS",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "Yes"},
            {"type": "URL", "text": "Track", "url": "https://shop.example/{{1}}"},
            {"type": "COPY_CODE", "example": "TEN"},
        ],
    },
)
FILLED = {"customer": "Ana", "button.1": "AWB7", "button.2": "TEN"}


@pytest.mark.parametrize(
    ("components", "parameters", "field", "reason"),
    [
        (header("IMAGE"), {"header.image": "http://shop.example/a"}, "header.image", "not_a_file"),
        (header("IMAGE"), {"header.image": "9" * 2001}, "header.image", "too_long"),
        (
            header("DOCUMENT"),
            {"header.document": "900", "header.filename": "x" * 241},
            "header.filename",
            "too_long",
        ),
        (
            header("LOCATION"),
            {**PLACE, "header.latitude": "north"},
            "header.latitude",
            "not_a_place",
        ),
        (
            header("LOCATION"),
            {**PLACE, "header.longitude": "nan"},
            "header.longitude",
            "not_a_place",
        ),
        (WITH_BUTTONS, {**FILLED, "button.0": "x" * 129}, "button.0", "too_long"),
        (WITH_BUTTONS, {**FILLED, "button.1": "x" * 2001}, "button.1", "too_long"),
        (WITH_BUTTONS, {**FILLED, "button.2": "x" * 21}, "button.2", "too_long"),
        (WITH_BUTTONS, {**FILLED, "button.3": "x"}, "button.3", "extra"),
        (
            header("IMAGE"),
            {"header.image": "9", "header.filename": "a"},
            "header.filename",
            "extra",
        ),
    ],
)
def test_value_that_cannot_stand_there_is_refused_by_name(components, parameters, field, reason):
    with pytest.raises(TemplateValidationError) as caught:
        rules.check_parameters(components=components, parameter_format=NAMED, parameters=parameters)

    assert caught.value.details == {"field": field, "reason": reason}


def test_quick_reply_may_carry_its_answer_and_a_document_its_name():
    reply = rules.check_parameters(
        components=WITH_BUTTONS,
        parameter_format=NAMED,
        parameters={**FILLED, "button.0": "order:42:yes"},
    )
    document = rules.check_parameters(
        components=header("DOCUMENT"),
        parameter_format=NAMED,
        parameters={"header.document": "900", "header.filename": "factura.pdf"},
    )

    call = rules.call_components(components=WITH_BUTTONS, parameter_format=NAMED, parameters=reply)
    named = rules.call_components(
        components=header("DOCUMENT"), parameter_format=NAMED, parameters=document
    )
    assert call[1] == {
        "type": "button",
        "sub_type": "quick_reply",
        "index": "0",
        "parameters": [{"type": "payload", "payload": "order:42:yes"}],
    }
    assert named[0]["parameters"] == [
        {"type": "document", "document": {"id": "900", "filename": "factura.pdf"}}
    ]


def test_quick_reply_without_an_answer_of_its_own_needs_no_parameter():
    values = rules.check_parameters(
        components=WITH_BUTTONS, parameter_format=NAMED, parameters=FILLED
    )

    call = rules.call_components(components=WITH_BUTTONS, parameter_format=NAMED, parameters=values)

    assert [part.get("index") for part in call] == [None, "1", "2"]


def test_clean_parameter_refuses_a_blank():
    with pytest.raises(TemplateValidationError) as caught:
        rules.clean_parameter("\n")

    assert caught.value.details == {"reason": "blank"}


def test_parameter_that_is_no_text_is_refused_by_name():
    with pytest.raises(TemplateValidationError, match="'order' must be text") as caught:
        rules.check_parameters(
            components=SHIPPED,
            parameter_format=NAMED,
            parameters={**SHIPPED_PARAMETERS, "order": 1001},
        )

    assert caught.value.details == {"field": "order", "reason": "not_text"}
