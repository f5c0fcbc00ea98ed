"""Where a content, as its row keeps it, names the file that it is sent with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

AWAITED = "0"  # stands in a template's header for the id that Meta will give


def with_file(stored: Mapping[str, Any], *, media_id: str) -> dict[str, Any]:
    """Return the content with Meta's id of its file: itself one, or with one in its header."""
    if stored.get("kind") == "template":
        parts = [_filled(part, media_id=media_id) for part in stored.get("components") or ()]
        return {**stored, "components": parts}
    file = {"media_id": media_id, "upload": 0}
    if isinstance(stored.get("header"), Mapping):
        return {**stored, "header": {**stored["header"], **file}}
    return {**stored, **file}


def _filled(part: Mapping[str, Any], *, media_id: str) -> Mapping[str, Any]:
    if part.get("type") != "header":
        return part
    given = [_with_id(parameter, media_id=media_id) for parameter in part["parameters"]]
    return {**part, "parameters": given}


def _with_id(parameter: Mapping[str, Any], *, media_id: str) -> Mapping[str, Any]:
    kind = parameter.get("type", "")
    file = parameter.get(kind)
    if not (isinstance(file, Mapping) and "id" in file):
        return parameter
    return {**parameter, kind: {**file, "id": media_id}}
