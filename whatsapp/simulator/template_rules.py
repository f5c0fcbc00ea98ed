"""What Meta refuses when a template is created or edited."""

import re
from itertools import pairwise

from whatsapp.simulator.checks import items, require, text
from whatsapp.simulator.encoding import Json
from whatsapp.simulator.errors import GraphError
from whatsapp.simulator.template import VARIABLE, variables_of

NAME = re.compile(r"[a-z0-9_]{1,512}")
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
CATEGORIES = {"MARKETING", "UTILITY", "AUTHENTICATION"}
HEADER_FORMATS = {"TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION"}
BUTTON_MOST = {"URL": 2, "PHONE_NUMBER": 1, "COPY_CODE": 1, "QUICK_REPLY": 10}


def check_new(values: Json) -> None:
    """Raise error 100, most with a subcode, for a template that cannot be created."""
    if not NAME.fullmatch(str(values.get("name", ""))):
        raise refusal("The name may have only lower-case letters, digits and underscores.")
    language = str(values.get("language", ""))
    if not LANGUAGE.fullmatch(language) or language == "ro_RO":
        raise refusal(f"Language {language!r} is not supported.")
    check_category(values)
    check_components(values)


def check_category(values: Json) -> None:
    """Raise error 100 for a category Meta does not know."""
    if str(values.get("category", "")).upper() not in CATEGORIES:
        raise refusal("Param category must be one of {MARKETING, UTILITY, AUTHENTICATION}.")


def check_components(values: Json) -> None:
    """Raise error 100 for components that break a rule."""
    named = str(values.get("parameter_format") or "POSITIONAL").upper() == "NAMED"
    components = items(values, "components", path="template", most=10)
    kinds = [str(require(c, "type", path="component")).upper() for c in components]
    if len(set(kinds)) < len(kinds):
        raise refusal("Each component may appear once.")
    parts = dict(zip(kinds, components, strict=True))
    if "BODY" not in parts:
        raise refusal("A template needs a BODY component.")
    if str(values.get("category", "")).upper() == "AUTHENTICATION":
        _codes(parts)
        return
    _body(parts["BODY"], named=named)
    _header(parts.get("HEADER"), named=named)
    _footer(parts.get("FOOTER"))
    if "BUTTONS" in parts:
        _buttons(items(parts["BUTTONS"], "buttons", path="BUTTONS", most=10))


def refusal(message: str, *, subcode: int = 0) -> GraphError:
    """Return error 100 with the words an operator should see."""
    return GraphError(100, message, subcode=subcode, user_message=message)


def _codes(parts: dict[str, Json]) -> None:
    buttons = parts.get("BUTTONS", {}).get("buttons") or []
    if len(buttons) != 1 or str(buttons[0].get("type", "")).upper() != "OTP":
        raise refusal("An authentication template has one OTP button.")
    if str(buttons[0].get("otp_type", "")).upper() not in ("COPY_CODE", "ONE_TAP", "ZERO_TAP"):
        raise refusal("The otp_type must be one of {COPY_CODE, ONE_TAP, ZERO_TAP}.")
    if "HEADER" in parts:
        raise refusal("An authentication template has no header.")
    minutes = parts.get("FOOTER", {}).get("code_expiration_minutes", 1)
    if not isinstance(minutes, int) or not 1 <= minutes <= 90:
        raise refusal("code_expiration_minutes is from 1 to 90.")


def _body(part: Json, *, named: bool) -> None:
    body = text(part, "text", path="BODY", most=1024)
    stripped = body.strip()
    if re.match(r"\{\{", stripped) or stripped.endswith("}}"):
        raise refusal("Variables can't be at the start or end of the template.", subcode=2388299)
    if re.search(r"\}\}\s*\{\{", body):
        raise refusal("Two variables must not touch.", subcode=2388073)
    names = variables_of(body)
    _names(body, names, named=named, subcode=2388073)
    words = len(VARIABLE.sub(" ", body).split())
    if words + len(names) < 3 * len(names) + 1:
        raise refusal("Too many variables for the length of the text.", subcode=2388293)
    _examples(part, names, named=named, key="body_text")


def _header(part: Json | None, *, named: bool) -> None:
    if part is None:
        return
    kind = str(part.get("format", "")).upper()
    if kind not in HEADER_FORMATS:
        raise refusal(f"Header format {kind!r} is not supported.", subcode=2388072)
    if kind == "LOCATION":
        return
    if kind != "TEXT":
        if not (part.get("example") or {}).get("header_handle"):
            raise refusal("A media header needs example.header_handle.", subcode=2388072)
        return
    header = text(part, "text", path="HEADER", most=60)
    names = variables_of(header)
    if len(names) > 1:
        raise refusal("A header may have one variable.", subcode=2388072)
    _names(header, names, named=named, subcode=2388072)
    _examples(part, names, named=named, key="header_text")


def _footer(part: Json | None) -> None:
    if part is not None and "{{" in text(part, "text", path="FOOTER", most=60):
        raise refusal("A footer must not have variables.", subcode=2388073)


def _names(body: str, names: list[str], *, named: bool, subcode: int) -> None:
    if len(VARIABLE.findall(body)) != body.count("{{"):
        raise refusal("A variable has characters that are not allowed.", subcode=subcode)
    if named:
        if any(not re.fullmatch(r"[a-z_][a-z0-9_]*", name) for name in names):
            raise refusal("Named variables are lower-case.", subcode=subcode)
    elif sorted(names, key=lambda n: (len(n), n)) != [str(n + 1) for n in range(len(names))]:
        raise refusal("Variables must be {{1}}, {{2}} … without gaps.", subcode=subcode)


def _examples(part: Json, names: list[str], *, named: bool, key: str) -> None:
    if not names:
        return
    example = part.get("example") or {}
    if named:
        given = [row.get("param_name") for row in example.get(f"{key}_named_params", [])]
        missing = set(names) - set(given)
    else:
        values = example.get(key) or []
        if values and isinstance(values[0], list):
            values = values[0]
        missing = set(names[len(values) :])
    if missing:
        raise refusal(f"Examples are missing for: {', '.join(sorted(missing))}.")


def _buttons(buttons: list[Json]) -> None:
    kinds = [str(require(button, "type", path="button")).upper() for button in buttons]
    for kind, most in BUTTON_MOST.items():
        if kinds.count(kind) > most:
            raise refusal(f"At most {most} {kind} buttons are allowed.")
    changes = sum(
        (left == "QUICK_REPLY") != (right == "QUICK_REPLY") for left, right in pairwise(kinds)
    )
    if changes > 1:
        raise refusal("Quick replies must stand together.")
    labels = [button["text"] for button in buttons if button.get("text")]
    if len(set(labels)) < len(labels):
        raise refusal("Two buttons have the same text.")
    for kind, button in zip(kinds, buttons, strict=True):
        _button(kind, button)


def _button(kind: str, button: Json) -> None:
    if kind not in BUTTON_MOST:
        raise refusal(f"Buttons of type {kind} are not supported here.")
    if kind != "COPY_CODE" and "{{" in text(button, "text", path="button", most=25):
        raise refusal("The text of a button has no variables.")
    if kind == "URL":
        _url(button)
    elif kind == "PHONE_NUMBER":
        phone = text(button, "phone_number", path="button", most=20)
        if not re.fullmatch(r"\+?\d+", phone):
            raise refusal("The phone number is not valid.")
    elif kind == "COPY_CODE":
        example = button.get("example") or ""
        code = example[0] if isinstance(example, list) else example
        if not 1 <= len(str(code)) <= 20:
            raise refusal("A code to copy needs an example of at most 20 characters.")


def _url(button: Json) -> None:
    url = text(button, "url", path="button", most=2000)
    if not re.match(r"https?://", url) or re.search(r"\s", url):
        raise refusal("The URL is not valid.")
    if "{{" not in url:
        return
    if not url.endswith("{{1}}") or url.count("{{") > 1:
        raise refusal("A URL may have one variable, at its end.")
    if not button.get("example"):
        raise refusal("A URL with a variable needs an example.")
