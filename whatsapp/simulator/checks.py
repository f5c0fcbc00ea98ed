"""Small refusals that every rule is made of."""

from typing import Any

from whatsapp.simulator.encoding import Json
from whatsapp.simulator.errors import GraphError


def require(owner: Json, name: str, *, path: str) -> Any:
    """Return a value that must be there; raises 131008."""
    value = owner.get(name)
    if value is None or value in ("", [], {}):
        raise GraphError(131008, f"Parameter '{path}.{name}' is required.")
    return value


def section(owner: Json, name: str, *, path: str) -> Json:
    """Return an object that must be there; raises 131008 or 131009."""
    value = require(owner, name, path=path)
    if not isinstance(value, dict):
        raise GraphError(131009, f"Parameter '{path}.{name}' must be an object.")
    return value


def items(owner: Json, name: str, *, path: str, most: int, least: int = 1) -> list[Json]:
    """Return a list of objects of an allowed length; raises 131008 or 131009."""
    value = require(owner, name, path=path)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise GraphError(131009, f"Parameter '{path}.{name}' must be a list of objects.")
    if not least <= len(value) <= most:
        raise GraphError(
            131009, f"'{path}.{name}' has {len(value)} entries; {least} to {most} are allowed."
        )
    return value


def text(owner: Json, name: str, *, path: str, most: int, needed: bool = True) -> str:
    """Return a text of an allowed length; raises 131008 or 100."""
    value = require(owner, name, path=path) if needed else owner.get(name) or ""
    if not isinstance(value, str):
        raise GraphError(100, f"Param {path}['{name}'] must be a string.")
    if len(value) > most:
        raise GraphError(100, f"Param {path}['{name}'] must be at most {most} characters long.")
    return value


def id_or_link(medium: Json, *, path: str) -> None:
    """Refuse a file that is given twice, or not at all, or by no address; raises 100."""
    if bool(medium.get("id")) == bool(medium.get("link")):
        raise GraphError(100, f"Param {path} must have exactly one of id and link.")
    if medium.get("link") and not str(medium["link"]).startswith(("http://", "https://")):
        raise GraphError(100, f"Param {path}['link'] is not a valid URL.")
