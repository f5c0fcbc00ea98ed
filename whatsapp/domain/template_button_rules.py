"""What Meta would refuse in a template's buttons."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from whatsapp.domain.template_parts import (
    VARIABLE,
    Component,
    button_type,
    buttons_of,
    find_part,
)
from whatsapp.domain.template_problems import Problem, length_problems

BUTTON_LIMIT = 10
BUTTON_TEXT_LIMIT = 25
URL_LIMIT = 2000
PHONE_LIMIT = 20
CODE_LIMIT = 20
BUTTONS_OF_A_KIND: Mapping[str, int] = MappingProxyType(
    {"URL": 2, "PHONE_NUMBER": 1, "COPY_CODE": 1, "QUICK_REPLY": 10}
)

_PHONE = re.compile(r"\+?[0-9]+")


def buttons(components: Sequence[Component]) -> Iterator[Problem]:
    """Tell of too many, of their order, and of what each lacks."""
    part, given = find_part(components, "BUTTONS"), buttons_of(components)
    kinds = [button_type(button) for button in given]
    if part and not given:
        yield _problem("buttons", "no_buttons")
    if len(given) > BUTTON_LIMIT:
        yield _problem("buttons", "buttons_many", limit=BUTTON_LIMIT)
    for kind, limit in BUTTONS_OF_A_KIND.items():
        if kinds.count(kind) > limit:
            yield _problem("buttons", "buttons_of_a_kind", limit=limit, kind=kind)
    changes = sum((a == "QUICK_REPLY") != (b == "QUICK_REPLY") for a, b in pairwise(kinds))
    if changes > 1:
        yield _problem("buttons", "replies_apart")
    labels = Counter(str(button.get("text") or "") for button in given if button.get("text"))
    if any(count > 1 for count in labels.values()):
        yield _problem("buttons", "labels_alike")
    for index, button in enumerate(given):
        yield from _button(f"buttons.{index}", button)


def _button(field: str, button: Component) -> Iterator[Problem]:
    kind, label = button_type(button), str(button.get("text") or "")
    if kind != "COPY_CODE":  # its label is fixed by Meta
        yield from length_problems(field, label, limit=BUTTON_TEXT_LIMIT)
    if "{{" in label:
        yield _problem(field, "label_variables")
    match kind:
        case "URL":
            yield from _url(field, button)
        case "PHONE_NUMBER":
            yield from _phone(field, str(button.get("phone_number") or ""))
        case "COPY_CODE":
            yield from length_problems(field, _first(button.get("example")), limit=CODE_LIMIT)
        case "QUICK_REPLY":
            pass
        case "":
            yield _problem(field, "button_without_type")
        case _:
            yield _problem(field, "button_unknown", kind=kind)


def _phone(field: str, phone: str) -> Iterator[Problem]:
    yield from length_problems(field, phone, limit=PHONE_LIMIT)
    if phone.strip() and not _PHONE.fullmatch(phone):
        yield _problem(field, "phone")


def _url(field: str, button: Component) -> Iterator[Problem]:
    url = str(button.get("url") or "")
    yield from length_problems(field, url, limit=URL_LIMIT)
    if not url.startswith(("https://", "http://")):
        yield _problem(field, "url_scheme")
    if len(url.split()) > 1:
        yield _problem(field, "url_spaces")
    if "{{" not in url:
        return
    if VARIABLE.findall(url) != ["1"] or not url.endswith("{{1}}"):
        yield _problem(field, "url_variable")
    if not _first(button.get("example")).strip():
        yield _problem(field, "url_without_sample")


def _first(example: object) -> str:
    if isinstance(example, Sequence) and not isinstance(example, str):
        return str(example[0]) if example else ""
    return str(example or "")


def _problem(field: str, code: str, **values: object) -> Problem:
    return Problem(field=field, code=code, values=values)
