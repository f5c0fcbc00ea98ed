"""What may fill a template, place by place; limits of the Cloud API's template messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from whatsapp.domain import content_limits as limits
from whatsapp.domain.template_parts import (
    MEDIA_HEADERS,
    Component,
    button_type,
    buttons_of,
    find_part,
    header_format,
    is_code_button,
    part_text,
    variables,
)
from whatsapp.errors import TemplateValidationError

URL_END = limits.URL
CODE = 15  # one-time codes
COUPON = 20
PAYLOAD = 128  # of a quick reply; some clients send 256

_DEGREES = {"header.latitude": 90, "header.longitude": 180}
_UNSAYABLE_PARTS = {"CAROUSEL": "a carousel", "LIMITED_TIME_OFFER": "an offer limited in time"}
_UNSAYABLE = {"FLOW": "a button for a flow", "MPM": "a button for products"}
_BUTTON_LIMITS = {"OTP": CODE, "COPY_CODE": COUPON, "QUICK_REPLY": PAYLOAD}


def clean_parameter(value: object) -> str:
    """Return the value on one line with single spaces, since Meta refuses others.

    TemplateValidationError for a blank one, which it refuses too, and for what is no text: how
    an amount or a date is written is the caller's to say.
    """
    if not isinstance(value, str):
        raise TemplateValidationError(
            "A template parameter must be text.", details={"reason": "not_text"}
        )
    cleaned = " ".join(value.split())
    if not cleaned:
        raise TemplateValidationError(
            "A template parameter must not be blank.", details={"reason": "blank"}
        )
    return cleaned


def fault(field: str, reason: str, message: str) -> TemplateValidationError:
    """Make the error that names a parameter, and what is wrong with it."""
    return TemplateValidationError(message, details={"field": field, "reason": reason})


def optional_keys(components: Sequence[Component]) -> tuple[str, ...]:
    """List what may be given besides what must: a document's name, what quick replies answer.

    A quick reply without one answers with its label.
    """
    name = ("header.filename",) if header_format(components) == "DOCUMENT" else ()
    buttons = enumerate(buttons_of(components))
    replies = (f"button.{at}" for at, one in buttons if button_type(one) == "QUICK_REPLY")
    return (*name, *replies)


def require_sayable(components: Sequence[Component]) -> None:
    """Refuse a template that needs values at each sending which we have no words for."""
    parts = [part for part in _UNSAYABLE_PARTS if find_part(components, part)]
    buttons = [kind for kind in map(button_type, buttons_of(components)) if kind in _UNSAYABLE]
    for kind in (*parts, *buttons):
        raise fault("template", "unsupported", f"Templates with {_words(kind)} cannot be sent yet.")


def _words(kind: str) -> str:
    return {**_UNSAYABLE_PARTS, **_UNSAYABLE}[kind]


def require_one_code(components: Sequence[Component], values: Mapping[str, str]) -> None:
    """Refuse a one-time code that is not the same, and not as short, in the text and the button."""
    for index, button in enumerate(buttons_of(components)):
        if not is_code_button(button):
            continue
        for name in variables(part_text(components, "BODY")):
            _check_length(name, values[name], limit=CODE)
            if values[name] != values.get(f"button.{index}", values[name]):
                raise fault(
                    f"button.{index}", "not_the_code", "The button needs the code of the text."
                )


def check_value(key: str, value: str, *, components: Sequence[Component]) -> None:
    """Refuse a cleaned value that cannot stand there; reason ``not_a_file``, ``not_a_place``, …

    … ``not_text`` or ``too_long``. What a text needs is checked with the whole text.
    """
    if not limits.is_storable(value):
        raise fault(key, "not_text", f"{key} holds a character that no message can.")
    place, _, name = key.partition(".")
    if key in _DEGREES:
        _check_degrees(key, value)
    elif key == "header.filename":
        _check_length(key, value, limit=limits.FILENAME)
    elif place == "header" and name.upper() == header_format(components) in MEDIA_HEADERS:
        _check_file(key, value)
    elif place == "button" and name.isdecimal():
        kind = button_type(buttons_of(components)[int(name)])
        _check_length(key, value, limit=_BUTTON_LIMITS.get(kind, URL_END))


def _check_degrees(key: str, value: str) -> None:
    try:
        fits = abs(float(value)) <= _DEGREES[key]  # not-a-number is not
    except ValueError:
        fits = False
    if not fits:
        raise fault(key, "not_a_place", f"{key} is a number of degrees.")


def _check_file(key: str, value: str) -> None:
    """A media id of Meta's, or an address that Meta can fetch."""
    if not (limits.is_media_id(value) or limits.is_web_address(value)):
        raise fault(key, "not_a_file", f"{key} takes a media id or a whole https address.")
    _check_length(key, value, limit=limits.URL)


def _check_length(key: str, value: str, *, limit: int) -> None:
    if len(value) > limit:
        raise fault(key, "too_long", f"{key} has {len(value)} characters; Meta takes {limit}.")
