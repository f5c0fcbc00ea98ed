"""What Meta would refuse in a template, told before it is submitted.

Rules of Meta's template pages (September 2026). The ratio of words to variables is not published;
ours is what partners observe, on the safe side. What Meta takes at a price: ``template_warnings``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from whatsapp.domain.template_button_rules import buttons
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
from whatsapp.domain.template_problems import Problem, length_problems

NAME_LIMIT = 512
HEADER_LIMIT = 60
BODY_LIMIT = 1024
FOOTER_LIMIT = 60
CODE_MINUTES = range(1, 91)

_NAME = re.compile(r"[a-z0-9_]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
_NAMED_VARIABLE = re.compile(r"[a-z][a-z0-9_]*")
_NUMBER = re.compile(r"[1-9][0-9]*")
_TOUCHING = re.compile(r"\}\}\s*\{\{")
_UNSAYABLE_SPACES = re.compile(r"[\n\r\t]| {5}")
_PARTS = ("HEADER", "BODY", "FOOTER", "BUTTONS")
_OTP_TYPES = ("COPY_CODE", "ONE_TAP", "ZERO_TAP")


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
    problems = [*_identity(name, language, category, parameter_format), *_parts(components)]
    if category == TemplateCategory.AUTHENTICATION:
        return [*problems, *_codes(components)]
    return [
        *problems,
        *_header(components, named=named),
        *_body(components, named=named),
        *_footer(components),
        *buttons(components),
    ]


def _identity(name: str, language: str, category: str, parameter_format: str) -> Iterator[Problem]:
    if not _NAME.fullmatch(name) or len(name) > NAME_LIMIT:
        yield Problem(field="name", code="name")
    if not _LANGUAGE.fullmatch(language) or language == "ro_RO":
        yield Problem(field="language", code="language")
    if category not in list(TemplateCategory):
        yield Problem(field="category", code="category")
    if parameter_format.upper() not in list(ParameterFormat):
        yield Problem(field="parameter_format", code="parameter_format")


def _parts(components: Sequence[Component]) -> Iterator[Problem]:
    counts = Counter(str(component.get("type", "")).upper() for component in components)
    for kind, count in counts.items():
        if not kind:
            yield Problem(field="components", code="part_without_type")
        elif kind not in _PARTS:
            yield Problem(field="components", code="part_unknown", values={"kind": kind})
        elif count > 1:
            yield Problem(field=kind.lower(), code="part_twice")
    if "BODY" not in counts:
        yield Problem(field="body", code="no_body")


def _codes(components: Sequence[Component]) -> Iterator[Problem]:
    """A template for one-time codes: Meta writes its texts, in each language."""
    if find_part(components, "HEADER"):
        yield Problem(field="header", code="otp_parts")
    minutes = find_part(components, "FOOTER").get("code_expiration_minutes")
    if minutes is not None and minutes not in CODE_MINUTES:
        yield Problem(field="footer", code="otp_minutes")
    given = buttons_of(components)
    if len(given) != 1 or button_type(given[0]) != "OTP":
        yield Problem(field="buttons", code="otp_button")
    elif str(given[0].get("otp_type", "")).upper() not in _OTP_TYPES:
        yield Problem(field="buttons.0", code="otp_type")


def _header(components: Sequence[Component], *, named: bool) -> Iterator[Problem]:
    kind, part = header_format(components), find_part(components, "HEADER")
    if part and not part.get("format"):
        yield Problem(field="header", code="header_without_format")
    if kind in MEDIA_HEADERS and not any(_example(part, "header_handle")):
        yield Problem(field="header", code="header_without_sample")
    if kind and kind not in (*MEDIA_HEADERS, "LOCATION", "TEXT"):
        yield Problem(field="header", code="header_format", values={"kind": kind})
    if kind != "TEXT":
        return
    text = part_text(components, "HEADER")
    yield from length_problems("header", text, limit=HEADER_LIMIT)
    if "\n" in text:
        yield Problem(field="header", code="header_lines")
    if len(variables(text)) > 1:
        yield Problem(field="header", code="header_variables")
    yield from _variables("header", text, named=named)
    yield from _samples("header", part, text, named=named)


def _body(components: Sequence[Component], *, named: bool) -> Iterator[Problem]:
    part, text = find_part(components, "BODY"), part_text(components, "BODY").strip()
    if not part:
        return
    yield from length_problems("body", text, limit=BODY_LIMIT)
    if text.startswith("{{") or text.endswith("}}"):
        yield Problem(field="body", code="edge")
    if _TOUCHING.search(text):
        yield Problem(field="body", code="touching")
    if _words(text) < 2 * len(VARIABLE.findall(text)) + 1:
        yield Problem(field="body", code="ratio")
    yield from _variables("body", text, named=named)
    yield from _samples("body", part, text, named=named)


def _words(text: str) -> int:
    """Count what stands between spaces and has a letter or digit: 'don't' is one word."""
    return sum(any(map(str.isalnum, word)) for word in VARIABLE.sub(" ", text).split())


def _footer(components: Sequence[Component]) -> Iterator[Problem]:
    if not find_part(components, "FOOTER"):
        return
    text = part_text(components, "FOOTER")
    yield from length_problems("footer", text, limit=FOOTER_LIMIT)
    if "{{" in text:
        yield Problem(field="footer", code="footer_variables")


def _variables(field: str, text: str, *, named: bool) -> Iterator[Problem]:
    names = variables(text)
    outside = VARIABLE.sub("", text)
    if "{{" in outside or "}}" in outside:
        yield Problem(field=field, code="brace")
    numbers = [name for name in names if name.isdecimal()]
    if numbers and len(numbers) < len(names):
        yield Problem(field=field, code="mixed")
    pattern = _NAMED_VARIABLE if named else _NUMBER
    code = "named_variable" if named else "numbered_variable"
    for name in names:
        if not pattern.fullmatch(name):
            yield Problem(field=field, code=code, values={"name": name})
    if not named and set(names) != {str(n + 1) for n in range(len(names))}:
        yield Problem(field=field, code="gap")


def samples_of(part: Component, *, field: str, named: bool) -> Mapping[str, str]:
    """The samples by the variable they stand for; positional ones by their number."""
    if named:
        rows = _example(part, f"{field}_text_named_params")
        told = [row for row in rows if isinstance(row, Mapping)]
        return {str(row.get("param_name")): str(row.get("example") or "") for row in told}
    rows = _example(part, f"{field}_text")
    if rows and isinstance(rows[0], list | tuple):
        rows = rows[0]  # Meta shows both one flat list and a list in a list
    return {str(place): str(row or "") for place, row in enumerate(rows, start=1)}


def _samples(field: str, part: Component, text: str, *, named: bool) -> Iterator[Problem]:
    given = samples_of(part, field=field, named=named)
    missing = [name for name in variables(text) if not given.get(name, "").strip()]
    if missing:
        yield Problem(field=field, code="no_sample", values={"names": ", ".join(missing)})
    for name in variables(text):
        if _UNSAYABLE_SPACES.search(given.get(name, "")):
            yield Problem(field=field, code="sample_spaces", values={"name": name})


def _example(part: Component, key: str) -> Sequence[Any]:
    samples = (part.get("example") or {}).get(key)
    return samples if isinstance(samples, list | tuple) else ()  # a person may have typed it
