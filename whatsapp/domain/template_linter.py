"""What Meta would refuse in a template, told before it is submitted.

Rules of Meta's template pages (September 2026). The ratio of words to variables is not published;
ours is what partners observe, on the safe side.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from whatsapp.domain.template_parts import (
    MEDIA_HEADERS,
    VARIABLE,
    Component,
    ParameterFormat,
    TemplateCategory,
    button_type,
    buttons_of,
    find_part,
    header_format,
    part_text,
    variables,
)

NAME_LIMIT = 512
HEADER_LIMIT = 60
BODY_LIMIT = 1024
FOOTER_LIMIT = 60
BUTTON_LIMIT = 10
BUTTON_TEXT_LIMIT = 25
URL_LIMIT = 2000
PHONE_LIMIT = 20
CODE_LIMIT = 20

_NAME = re.compile(r"[a-z0-9_]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
_NAMED_VARIABLE = re.compile(r"[a-z][a-z0-9_]*")
_NUMBER = re.compile(r"[1-9][0-9]*")
_PARTS = ("HEADER", "BODY", "FOOTER", "BUTTONS")
_BUTTONS_OF_A_KIND: Mapping[str, int] = MappingProxyType(
    {"URL": 2, "PHONE_NUMBER": 1, "COPY_CODE": 1, "QUICK_REPLY": 10}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One reason why Meta would refuse the template, and the field it lies in."""

    field: str
    message: str


def validate(
    *,
    name: str,
    language: str,
    category: str,
    components: Sequence[Component],
    parameter_format: str,
) -> list[Problem]:
    """List everything Meta would refuse; empty when the template can be submitted."""
    named = parameter_format.upper() == ParameterFormat.NAMED
    problems = [
        *_identity(name, language, category, parameter_format),
        *_parts(components),
    ]
    if category == TemplateCategory.AUTHENTICATION:
        return problems  # its texts and buttons are fixed by Meta
    return [
        *problems,
        *_header(components, named=named),
        *_body(components, named=named),
        *_footer(components),
        *_buttons(buttons_of(components)),
    ]


def _identity(name: str, language: str, category: str, parameter_format: str) -> Iterator[Problem]:
    if not _NAME.fullmatch(name) or len(name) > NAME_LIMIT:
        yield Problem(field="name", message="Use a-z, 0-9 and _ only, at most 512 characters.")
    if not _LANGUAGE.fullmatch(language) or language == "ro_RO":
        yield Problem(field="language", message="Use Meta's code, such as ro, en_US or hu.")
    if category not in list(TemplateCategory):
        yield Problem(field="category", message="Use MARKETING, UTILITY or AUTHENTICATION.")
    if parameter_format.upper() not in list(ParameterFormat):
        yield Problem(field="parameter_format", message="Use NAMED or POSITIONAL.")


def _parts(components: Sequence[Component]) -> Iterator[Problem]:
    counts = Counter(str(component.get("type", "")).upper() for component in components)
    for kind, count in counts.items():
        if kind not in _PARTS:
            yield Problem(field="components", message=f"{kind or 'No type'} is not supported.")
        elif count > 1:
            yield Problem(field=kind.lower(), message="A template has at most one of these.")
    if "BODY" not in counts:
        yield Problem(field="body", message="A template needs a body.")


def _header(components: Sequence[Component], *, named: bool) -> Iterator[Problem]:
    kind, part = header_format(components), find_part(components, "HEADER")
    if kind in MEDIA_HEADERS and not _example(part, "header_handle"):
        yield Problem(field="header", message="A header file needs a sample.")
    if kind and kind not in (*MEDIA_HEADERS, "LOCATION", "TEXT"):
        yield Problem(field="header", message=f"The format {kind} is not supported.")
    if kind != "TEXT":
        return
    text = part_text(components, "HEADER")
    yield from _length("header", text, limit=HEADER_LIMIT)
    if "\n" in text:
        yield Problem(field="header", message="A header is one line.")
    if len(variables(text)) > 1:
        yield Problem(field="header", message="A header has at most one variable.")
    yield from _variables("header", text, named=named)
    yield from _samples("header", part, text, named=named)


def _body(components: Sequence[Component], *, named: bool) -> Iterator[Problem]:
    part, text = find_part(components, "BODY"), part_text(components, "BODY").strip()
    if not part:
        return
    yield from _length("body", text, limit=BODY_LIMIT)
    if text.startswith("{{") or text.endswith("}}"):
        yield Problem(field="body", message="A body must not begin or end with a variable.")
    if "}}{{" in text:
        yield Problem(field="body", message="Two variables must not touch.")
    if _words(text) < 2 * len(VARIABLE.findall(text)) + 1:
        yield Problem(field="body", message="There are too many variables for so few words.")
    yield from _variables("body", text, named=named)
    yield from _samples("body", part, text, named=named)


def _words(text: str) -> int:
    return len(re.findall(r"\w+", VARIABLE.sub(" ", text)))


def _footer(components: Sequence[Component]) -> Iterator[Problem]:
    if not find_part(components, "FOOTER"):
        return
    text = part_text(components, "FOOTER")
    yield from _length("footer", text, limit=FOOTER_LIMIT)
    if "{{" in text:
        yield Problem(field="footer", message="A footer has no variables.")


def _length(field: str, text: str, *, limit: int) -> Iterator[Problem]:
    if not text.strip():
        yield Problem(field=field, message="The text is empty.")
    if len(text) > limit:
        yield Problem(field=field, message=f"{len(text)} characters; Meta takes {limit}.")


def _variables(field: str, text: str, *, named: bool) -> Iterator[Problem]:
    names = variables(text)
    outside = VARIABLE.sub("", text)
    if "{{" in outside or "}}" in outside:
        yield Problem(field=field, message="A double brace has no partner.")
    pattern = _NAMED_VARIABLE if named else _NUMBER
    kind = "lower-case letters, digits and _" if named else "1, 2, 3 …"
    for name in names:
        if not pattern.fullmatch(name):
            yield Problem(field=field, message=f"{{{{{name}}}}}: variables are named {kind}.")
    if not named and set(names) != {str(n + 1) for n in range(len(names))}:
        yield Problem(field=field, message="Variables are numbered from 1 without gaps.")


def _samples(field: str, part: Component, text: str, *, named: bool) -> Iterator[Problem]:
    names = variables(text)
    if named:
        samples = _example(part, f"{field}_text_named_params")
        given = {sample.get("param_name") for sample in samples if sample.get("example")}
        missing = [name for name in names if name not in given]
    else:
        samples = _example(part, f"{field}_text")
        if samples and not isinstance(samples[0], str):
            samples = samples[0]  # Meta shows both one flat list and a list in a list
        missing = list(names[len(samples) :])
    if missing:
        yield Problem(field=field, message=f"Variables without a sample: {', '.join(missing)}.")


def _example(part: Component, key: str) -> Sequence[Any]:
    samples: Sequence[Any] = (part.get("example") or {}).get(key) or ()
    return samples


def _buttons(buttons: Sequence[Component]) -> Iterator[Problem]:
    kinds = [button_type(button) for button in buttons]
    if len(buttons) > BUTTON_LIMIT:
        yield Problem(field="buttons", message=f"At most {BUTTON_LIMIT} buttons.")
    for kind, limit in _BUTTONS_OF_A_KIND.items():
        if kinds.count(kind) > limit:
            yield Problem(field="buttons", message=f"At most {limit} of the kind {kind}.")
    blocks = re.findall("q+", "".join("q" if kind == "QUICK_REPLY" else "-" for kind in kinds))
    if len(blocks) > 1:
        yield Problem(field="buttons", message="Quick replies must stand together.")
    labels = Counter(str(button.get("text", "")) for button in buttons)
    if any(count > 1 for count in labels.values()):
        yield Problem(field="buttons", message="Button texts must differ.")
    for index, button in enumerate(buttons):
        yield from _button(f"buttons.{index}", button)


def _button(field: str, button: Component) -> Iterator[Problem]:
    kind = button_type(button)
    if kind != "COPY_CODE":  # its label is fixed by Meta
        yield from _length(field, str(button.get("text") or ""), limit=BUTTON_TEXT_LIMIT)
    match kind:
        case "URL":
            yield from _url(field, button)
        case "PHONE_NUMBER":
            yield from _length(field, str(button.get("phone_number") or ""), limit=PHONE_LIMIT)
        case "COPY_CODE":
            yield from _length(field, _first(button.get("example")), limit=CODE_LIMIT)
        case "QUICK_REPLY":
            pass
        case _:
            yield Problem(field=field, message=f"The kind {kind or 'of no name'} is not supported.")


def _url(field: str, button: Component) -> Iterator[Problem]:
    url = str(button.get("url") or "")
    yield from _length(field, url, limit=URL_LIMIT)
    if not url.startswith(("https://", "http://")):
        yield Problem(field=field, message="The URL begins with https:// or http://.")
    found = VARIABLE.findall(url)
    if not found:
        return
    if found != ["1"] or not url.endswith("{{1}}"):
        yield Problem(field=field, message="A URL has one variable, {{1}}, at its end.")
    if not _first(button.get("example")):
        yield Problem(field=field, message="A URL with a variable needs a sample.")


def _first(example: object) -> str:
    if isinstance(example, Sequence) and not isinstance(example, str):
        return str(example[0]) if example else ""
    return str(example or "")
