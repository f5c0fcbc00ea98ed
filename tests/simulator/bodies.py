"""Graph bodies that tests send."""

from typing import Any

from tests.simulator_process import NUMBER_ID, SimulatorProcess

PHONE = "+40712000001"


def body_of(kind: str, part: object, *, to: str = PHONE, **more: object) -> dict[str, Any]:
    """Return a message body of any type."""
    return {"messaging_product": "whatsapp", "to": to, "type": kind, kind: part, **more}


def text_to(to: str = PHONE, body: str = "Bună ziua!", **more: object) -> dict[str, Any]:
    """Return a text's body."""
    return body_of("text", {"body": body}, to=to, **more)


def call_of(name: str, *values: str, language: str = "ro", to: str = PHONE) -> dict[str, Any]:
    """Return a template call's body, with positional values."""
    parameters = [{"type": "text", "text": value} for value in values]
    components = [{"type": "body", "parameters": parameters}] if values else []
    template = {"name": name, "language": {"code": language}, "components": components}
    return body_of("template", template, to=to)


def send(sim: SimulatorProcess, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Post a message and return (status, JSON)."""
    return sim.graph("POST", f"{NUMBER_ID}/messages", body)


def code_of(answer: tuple[int, dict[str, Any]]) -> tuple[int, int]:
    """Return (HTTP status, error code) of a refusal."""
    return answer[0], answer[1]["error"]["code"]


def wamid_of(answer: tuple[int, dict[str, Any]]) -> str:
    """Return the id of an accepted message."""
    return str(answer[1]["messages"][0]["id"])
