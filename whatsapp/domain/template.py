"""Templates: what they need, how they read, when they may be sent.

Parameters are one flat mapping: ``customer`` or ``1`` for the body, ``header.customer`` or
``header.1`` for a text header, ``header.image`` (``video``, ``document``: a media id or a link),
``header.latitude`` and its sisters, ``button.0`` for the end of the first button's URL or its code.
Two may be left out: ``header.filename`` of a document, and what a quick reply (``button.0``) sends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from whatsapp.domain import content_limits as limits
from whatsapp.domain.template_call import call_components
from whatsapp.domain.template_linter import BODY_LIMIT, validate
from whatsapp.domain.template_parts import (
    LOCATION_FIELDS,
    MEDIA_HEADERS,
    VARIABLE,
    Component,
    ParameterFormat,
    TemplateCategory,
    button_takes_value,
    buttons_of,
    header_format,
    part_text,
    variables,
)
from whatsapp.domain.template_problems import Problem
from whatsapp.domain.template_values import (
    check_value,
    clean_parameter,
    fault,
    optional_keys,
    require_one_code,
    require_sayable,
)
from whatsapp.domain.template_warnings import warnings
from whatsapp.errors import TemplateValidationError

__all__ = [
    "ParameterFormat",
    "Problem",
    "Rendered",
    "RequiredParameters",
    "TemplateCategory",
    "TemplateStatus",
    "after_approved",
    "after_rejected",
    "after_submit",
    "call_components",
    "check_parameters",
    "clean_parameter",
    "gravity",
    "is_lost",
    "is_resting",
    "may_send",
    "parse_status",
    "render",
    "required_params",
    "validate",
    "warnings",
]


class TemplateStatus(StrEnum):
    """The statuses we act on. Meta's list is open: a row may hold another word."""

    DRAFT = "DRAFT"
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    PAUSED = "PAUSED"
    DISABLED = "DISABLED"
    ARCHIVED = "ARCHIVED"
    DELETED = "DELETED"
    MISSING = "MISSING"  # ours: Meta refused a message because it knows no such template


# Webhook events that name a change, after which the template may be sent
_APPROVING_EVENTS = frozenset({"REINSTATED", "UNARCHIVED", "FLAGGED"})

_LOST = frozenset({"REJECTED", "DISABLED", "DELETED", "PENDING_DELETION", "MISSING"})

# Meta takes edits of these only; a draft is new to it
_SUBMITTABLE = frozenset({"DRAFT", "APPROVED", "REJECTED", "PAUSED"})


@dataclass(frozen=True, kw_only=True, slots=True)
class RequiredParameters:
    """What a template needs to be sent: names in the header and body, indexes of buttons."""

    header: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    buttons: tuple[int, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the flat mapping, in reading order."""
        return (
            *(f"header.{name}" for name in self.header),
            *self.body,
            *(f"button.{index}" for index in self.buttons),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """A template filled in, as the customer sees it."""

    header: str
    body: str
    footer: str
    buttons: tuple[str, ...]

    @property
    def text(self) -> str:
        """The whole as an agent reads it in the thread."""
        buttons = "\n".join(f"[{label}]" for label in self.buttons)
        return "\n\n".join(part for part in (self.header, self.body, self.footer, buttons) if part)


def parse_status(raw: str) -> str:
    """Return Meta's status in our spelling; a word we do not know is kept, in upper case."""
    status = raw.strip().upper()
    return TemplateStatus.APPROVED.value if status in _APPROVING_EVENTS else status


def may_send(status: str) -> bool:
    """Tell whether Meta lets a template of this status be sent."""
    return status == TemplateStatus.APPROVED


def gravity(status: str) -> tuple[int, str]:
    """Rank Meta's words of one second: what forbids sending counts, whichever came last."""
    word = parse_status(status)
    if word in (TemplateStatus.DRAFT, TemplateStatus.PENDING):
        return 0, word
    return (1, word) if may_send(word) else (2, word)


def is_lost(status: str) -> bool:
    """Tell whether Meta has given the template up, so that what waits for it waits in vain."""
    return status in _LOST


def is_resting(status: str) -> bool:
    """Tell whether Meta may come to send it later: it is paused, archived, in review, …

    Of a draft Meta still sends the text it knows.
    """
    return not (may_send(status) or is_lost(status) or status == TemplateStatus.DRAFT)


def after_submit(status: str) -> str:
    """Say the status after it was sent for review; TemplateValidationError if Meta takes none."""
    if status in _SUBMITTABLE:
        return TemplateStatus.PENDING.value
    if status == TemplateStatus.PENDING:
        raise fault("status", status, "The template is in review already.")
    raise fault("status", status, f"Meta takes no changes of a template that is {status.lower()}.")


def after_approved(status: str) -> str:
    """Say the status after Meta approved it; a late approval does not bring back a deleted one."""
    return status if status == TemplateStatus.DELETED else TemplateStatus.APPROVED.value


def after_rejected(status: str) -> str:
    """Say the status after Meta rejected it; a deleted one stays deleted."""
    return status if status == TemplateStatus.DELETED else TemplateStatus.REJECTED.value


def required_params(
    components: Sequence[Component], parameter_format: str = ParameterFormat.NAMED
) -> RequiredParameters:
    """List what the template needs; positional ones by number, named ones as they appear."""
    positional = parameter_format.upper() == ParameterFormat.POSITIONAL
    return RequiredParameters(
        header=_header_params(components),
        body=variables(part_text(components, "BODY"), positional=positional),
        buttons=tuple(
            index
            for index, button in enumerate(buttons_of(components))
            if button_takes_value(button)
        ),
    )


def _header_params(components: Sequence[Component]) -> tuple[str, ...]:
    kind = header_format(components)
    if kind in MEDIA_HEADERS:
        return (kind.lower(),)
    if kind == "LOCATION":
        return LOCATION_FIELDS
    return variables(part_text(components, "HEADER"))


def check_parameters(
    *,
    components: Sequence[Component],
    parameter_format: str,
    parameters: Mapping[str, str],
) -> dict[str, str]:
    """Return the parameters cleaned: those the template needs, and the optional ones given.

    TemplateValidationError names the field in ``details["field"]`` and the fault in ``reason``:
    missing, extra, blank, those of ``check_value``, unsupported (a template that we cannot say),
    not_the_code, or too_long (the text after substitution; Meta's 132005).
    """
    needed = required_params(components, parameter_format).keys
    cleaned = clean_parameters(components=components, needed=needed, parameters=parameters)
    filled = render(components, cleaned)
    require_fits(header=text_header(components, filled), body=filled.body)
    return cleaned


def clean_parameters(
    *, components: Sequence[Component], needed: Sequence[str], parameters: Mapping[str, str]
) -> dict[str, str]:
    """Return the needed parameters and the optional ones given, cleaned and each checked."""
    require_sayable(components)
    extras = optional_keys(components)
    for key in parameters:
        if key not in needed and key not in extras:
            raise fault(key, "extra", f"The template has no parameter {key!r}.")
    taken = (*needed, *(key for key in extras if key in parameters))
    cleaned = {key: _clean(key, parameters) for key in taken}
    for key, value in cleaned.items():
        check_value(key, value, components=components)
    require_one_code(components, cleaned)
    return cleaned


def require_fits(*, header: str, body: str) -> None:
    """Refuse a header of text or a body that its parameters make too long (Meta's 132005)."""
    if len(header) > limits.HEADER:
        raise fault(
            "header", "too_long", f"With its parameters the header exceeds {limits.HEADER}."
        )
    if len(body) > BODY_LIMIT:
        raise fault("body", "too_long", f"With its parameters the body exceeds {BODY_LIMIT}.")


def text_header(components: Sequence[Component], filled: Rendered) -> str:
    """Return the header if it is a text, which has a limit."""
    return filled.header if header_format(components) == "TEXT" else ""


def _clean(key: str, parameters: Mapping[str, str]) -> str:
    if key not in parameters:
        raise fault(key, "missing", f"The template needs the parameter {key!r}.")
    try:
        return clean_parameter(parameters[key])
    except TemplateValidationError as error:
        words = error.message.removeprefix("A template parameter")
        raise fault(key, str(error.details["reason"]), f"The parameter {key!r}{words}") from error


def render(components: Sequence[Component], parameters: Mapping[str, str]) -> Rendered:
    """Fill in the template; TemplateValidationError names a parameter that is missing."""
    return Rendered(
        header=_header_text(components, parameters),
        body=_fill(part_text(components, "BODY"), parameters, prefix=""),
        footer=part_text(components, "FOOTER"),
        buttons=tuple(
            _button_text(index, button, parameters)
            for index, button in enumerate(buttons_of(components))
        ),
    )


def _header_text(components: Sequence[Component], parameters: Mapping[str, str]) -> str:
    kind = header_format(components)
    if kind == "LOCATION":
        return ", ".join(_value(f"header.{name}", parameters) for name in ("name", "address"))
    if kind in MEDIA_HEADERS:
        return f"[{kind.lower()}]"
    return _fill(part_text(components, "HEADER"), parameters, prefix="header.")


def _button_text(index: int, button: Component, parameters: Mapping[str, str]) -> str:
    label = str(button.get("text") or "")
    if url := str(button.get("url") or ""):
        return f"{label}: {VARIABLE.sub(lambda _: _value(f'button.{index}', parameters), url)}"
    if button_takes_value(button):
        return f"{label}: {_value(f'button.{index}', parameters)}"
    return label


def _fill(text: str, parameters: Mapping[str, str], *, prefix: str) -> str:
    return VARIABLE.sub(lambda found: _value(f"{prefix}{found[1]}", parameters), text)


def _value(key: str, parameters: Mapping[str, str]) -> str:
    if key not in parameters:
        raise fault(key, "missing", f"The template needs the parameter {key!r}.")
    return parameters[key]
