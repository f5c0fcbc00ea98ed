import pytest

from whatsapp.domain import template as rules
from whatsapp.domain.template import ParameterFormat, TemplateStatus
from whatsapp.errors import TemplateValidationError

NAMED, POSITIONAL = ParameterFormat.NAMED.value, ParameterFormat.POSITIONAL.value
SHIPPED = [
    {"type": "HEADER", "format": "TEXT", "text": "Order {{order}}"},
    {"type": "BODY", "text": "Hello {{customer}},\nyour order {{order}} is on its way."},
    {"type": "FOOTER", "text": "Demo Trading"},
    {
        "type": "BUTTONS",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "Thank you"},
            {"type": "URL", "text": "Track", "url": "https://shop.example/t/{{1}}"},
            {"type": "URL", "text": "Shop", "url": "https://shop.example/"},
            {"type": "COPY_CODE", "text": "Copy code"},
        ],
    },
]
SHIPPED_PARAMETERS = {
    "header.order": "SO-1001",
    "customer": "Ana",
    "order": "SO-1001",
    "button.1": "AWB7",
    "button.3": "TEN",
}


def body(text):
    return [{"type": "BODY", "text": text}]


def header(kind):
    return [{"type": "HEADER", "format": kind}, *body("Your invoice.")]


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
