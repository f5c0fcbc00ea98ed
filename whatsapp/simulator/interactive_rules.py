"""What Meta refuses at once in an interactive message."""

from collections.abc import Callable

from whatsapp.simulator.checks import id_or_link, items, require, section, text
from whatsapp.simulator.encoding import Json
from whatsapp.simulator.errors import GraphError

BODY_LENGTH = 1024


def check_interactive(message: Json) -> None:
    """Raise 100, 131008 or 131009 for what is not allowed."""
    kind = str(require(message, "type", path="interactive"))
    check = TYPES.get(kind)
    if check is None:
        raise GraphError(131009, f"Interactive type '{kind}' is not supported here.")
    body = section(message, "body", path="interactive")
    text(body, "text", path="interactive.body", most=BODY_LENGTH)
    if "footer" in message:
        if kind == "location_request_message":
            raise GraphError(131009, f"A footer is not allowed for {kind}.")
        footer = section(message, "footer", path="interactive")
        text(footer, "text", path="interactive.footer", most=60)
    if "header" in message:
        _header(section(message, "header", path="interactive"), kind)
    check(section(message, "action", path="interactive"))


def _header(header: Json, kind: str) -> None:
    allowed = {"text"} if kind == "list" else {"text", "image", "video", "document"}
    if kind == "location_request_message" or header.get("type") not in allowed:
        raise GraphError(131009, f"Header type '{header.get('type')}' is not allowed for {kind}.")
    if header["type"] == "text":
        text(header, "text", path="interactive.header", most=60)
    else:
        file = section(header, header["type"], path="interactive.header")
        id_or_link(file, path="interactive.header")


def _buttons(action: Json) -> None:
    replies = [
        section(button, "reply", path="button")
        for button in items(action, "buttons", path="action", most=3)
    ]
    for reply in replies:
        text(reply, "id", path="reply", most=256)
        text(reply, "title", path="reply", most=20)
    _unique(replies, "id")
    _unique(replies, "title")


def _list(action: Json) -> None:
    text(action, "button", path="action", most=20)
    sections = items(action, "sections", path="action", most=10)
    rows: list[Json] = []
    for part in sections:
        text(part, "title", path="section", most=24, needed=len(sections) > 1)
        rows += items(part, "rows", path="section", most=10)
    if len(rows) > 10:
        raise GraphError(131009, f"A list has at most 10 rows in total; this one has {len(rows)}.")
    for row in rows:
        text(row, "id", path="row", most=200)
        text(row, "title", path="row", most=24)
        text(row, "description", path="row", most=72, needed=False)
    _unique(rows, "id")


def _link(action: Json) -> None:
    if action.get("name") != "cta_url":
        raise GraphError(131009, "action.name must be cta_url.")
    parameters = section(action, "parameters", path="action")
    text(parameters, "display_text", path="parameters", most=20)
    url = text(parameters, "url", path="parameters", most=2000)
    if not url.startswith(("http://", "https://")):
        raise GraphError(131009, "parameters.url must be an http(s) address.")


def _location_request(action: Json) -> None:
    if action.get("name") != "send_location":
        raise GraphError(131009, "action.name must be send_location.")


def _contact_request(action: Json) -> None:
    if action.get("name") != "request_contact_info":
        raise GraphError(131009, "action.name must be request_contact_info.")


def _flow(action: Json) -> None:
    parameters = section(action, "parameters", path="action")
    text(parameters, "flow_cta", path="parameters", most=30)
    if not parameters.get("flow_id") and not parameters.get("flow_name"):
        raise GraphError(131008, "Parameter 'parameters.flow_id' is required.")


def _unique(rows: list[Json], name: str) -> None:
    values = [row[name] for row in rows]
    if len(set(values)) < len(values):
        raise GraphError(131009, f"Every {name} must be different.")


TYPES: dict[str, Callable[[Json], None]] = {
    "button": _buttons,
    "list": _list,
    "cta_url": _link,
    "location_request_message": _location_request,
    "request_contact_info": _contact_request,
    "flow": _flow,
}
