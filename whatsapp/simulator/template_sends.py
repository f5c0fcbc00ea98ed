"""Whether a template call fits the approved template; codes 132000 to 132018."""

import re
from collections.abc import Sequence

from whatsapp.simulator.checks import id_or_link, require, section
from whatsapp.simulator.encoding import Json
from whatsapp.simulator.errors import GraphError
from whatsapp.simulator.template import VARIABLE, Template, variables_of

REFUSED_TEXT = re.compile(r"[\n\t]| {5,}")
BODY_LENGTH = 1024
PAYLOAD_LENGTH = 128
TEXTUAL = {"text", "currency", "date_time"}


def check_call(call: Json, template: Template | None) -> Template:
    """Return the template a call may use; raises what Meta would."""
    name, language = call["name"], call["language"]["code"]
    if template is None or template.status not in ("APPROVED", "PAUSED", "DISABLED"):
        raise GraphError(132001, f"template name ({name}) does not exist in {language}")
    if template.status == "PAUSED":
        raise GraphError(132015, f"Template {name} is paused because of its quality.")
    if template.status == "DISABLED":
        raise GraphError(132016, f"Template {name} is disabled.")
    given = call.get("components") or []
    _check_text(template, "HEADER", parameters_of(given, "header"))
    _check_text(template, "BODY", parameters_of(given, "body"))
    _check_buttons(template, given)
    return template


def render(part: Json | None, parameters: Sequence[Json]) -> str:
    """Return a component's text with the values in it."""
    values = {
        parameter.get("parameter_name") or str(place): _value(parameter)
        for place, parameter in enumerate(parameters, start=1)
    }
    text = str((part or {}).get("text", ""))
    return VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)


def parameters_of(given: Sequence[Json], kind: str) -> list[Json]:
    """Return the parameters a call gives for the header or the body."""
    for component in given:
        if str(component.get("type", "")).lower() == kind:
            return list(component.get("parameters") or [])
    return []


def _check_text(template: Template, kind: str, given: list[Json]) -> None:
    part = template.part(kind) or {}
    if kind == "HEADER" and part.get("format", "TEXT") != "TEXT":
        _check_header_medium(part["format"], given)
        return
    wanted = variables_of(str(part.get("text", "")))
    if len(given) != len(wanted):
        raise GraphError(
            132000,
            f"{kind.lower()}: number of localizable_params ({len(given)}) does not match"
            f" the expected number of params ({len(wanted)})",
        )
    for parameter in given:
        _check_value(parameter)
    if template.parameter_format == "NAMED":
        names = {str(parameter.get("parameter_name", "")) for parameter in given}
        if names != set(wanted):
            missing = ", ".join(sorted(set(wanted) - names))
            raise GraphError(132012, f"{kind.lower()}: parameter name is missing: {missing}")
    if len(render(part, given)) > BODY_LENGTH:
        raise GraphError(132005, f"{kind.lower()}: the text is too long after substitution.")


def _check_header_medium(kind: str, given: list[Json]) -> None:
    if kind == "LOCATION" and not given:
        raise GraphError(132012, "header: Format mismatch, expected LOCATION, received UNKNOWN")
    if len(given) != 1 or str(given[0].get("type", "")).upper() != kind:
        received = str(given[0].get("type", "")).upper() if given else "UNKNOWN"
        raise GraphError(132012, f"header: Format mismatch, expected {kind}, received {received}")
    value = section(given[0], kind.lower(), path="header")
    if kind == "LOCATION":
        for name in ("latitude", "longitude", "name", "address"):
            require(value, name, path="header.location")
    else:
        id_or_link(value, path=f"header.{kind.lower()}")


def _check_value(parameter: Json) -> None:
    if parameter.get("type") not in TEXTUAL:
        raise GraphError(132012, f"parameter type {parameter.get('type')!r} is not a text")
    value = _value(parameter)
    if not value.strip():
        raise GraphError(131008, "Parameter of type text is missing text value")
    if REFUSED_TEXT.search(value):
        raise GraphError(
            132018,
            "Param text cannot have new-line/tab characters or more than 4 consecutive spaces",
        )


def _value(parameter: Json) -> str:
    kind = str(parameter.get("type", ""))
    if kind == "text":
        return str(parameter.get("text") or "")
    return str((parameter.get(kind) or {}).get("fallback_value", ""))


def _check_buttons(template: Template, given: Sequence[Json]) -> None:
    buttons = (template.part("BUTTONS") or {}).get("buttons", [])
    calls = {
        str(c.get("index", "")): c for c in given if str(c.get("type", "")).lower() == "button"
    }
    for index, call in calls.items():
        if not index.isdigit() or int(index) >= len(buttons):
            raise GraphError(132012, f"buttons: there is no button at index {index!r}")
        kind = buttons[int(index)]["type"].lower()
        if kind not in (str(call.get("sub_type", "")).lower(), "otp"):
            raise GraphError(132012, f"buttons: button at index {index} is a {kind} button")
        if kind == "quick_reply":
            _check_payload(index, call)
    for place, button in enumerate(buttons):
        if "{{" in str(button.get("url", "")):
            _check_suffix(place, calls.get(str(place)))


def _check_payload(index: str, call: Json) -> None:
    payload = str((call.get("parameters") or [{}])[0].get("payload") or "")
    if not 0 < len(payload) <= PAYLOAD_LENGTH:
        raise GraphError(
            131009, f"buttons: the payload at index {index} has 1 to {PAYLOAD_LENGTH} characters."
        )


def _check_suffix(place: int, call: Json | None) -> None:
    parameters = (call or {}).get("parameters") or []
    if len(parameters) != 1:
        raise GraphError(
            131008, f"buttons: Button at index {place} of type Url requires a parameter"
        )
    if not str(parameters[0].get("text") or "").strip():
        raise GraphError(131008, f"buttons: Button at index {place} has an empty parameter")
