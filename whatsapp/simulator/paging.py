"""Answers in parts: chosen fields, and pages that follow a cursor."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from urllib.parse import urlencode

from whatsapp.simulator.encoding import Json
from whatsapp.simulator.errors import GraphError
from whatsapp.simulator.http import Request

# Meta gives 25 at a time, and more on request.
UNASKED = 25


def fields_of(request: Request) -> list[str]:
    """Return the names in `fields=`, sub-fields cut off."""
    plain = re.sub(r"\{[^}]*\}", "", request.query.get("fields", ""))
    return [name.split(".")[0].strip() for name in plain.split(",") if name.strip()]


def chosen(value: Json, fields: Sequence[str], *, default: Sequence[str]) -> Json:
    """Return only the fields asked for, and always the id."""
    wanted = {*(fields or default), "id"}
    return {name: value[name] for name in value if name in wanted}


def page_of(request: Request, rows: Sequence[Json], *, largest: int) -> Json:
    """Return one page of at most `largest` rows, and the cursors.

    Raises 131059 for a cursor that is none of ours.
    """
    query = request.query
    asked = query.get("limit", "")
    size = max(1, min(int(asked) if asked.isdigit() else UNASKED, largest))
    ids = [row["id"] for row in rows]
    start = _place(ids, query["after"]) + 1 if query.get("after") else 0
    page = list(rows[start : start + size])
    if not page:
        return {"data": []}
    cursors = {"before": _cursor(page[0]["id"]), "after": _cursor(page[-1]["id"])}
    paging: Json = {"cursors": cursors}
    if start + size < len(rows):
        query["after"] = cursors["after"]
        host = request.headers.get(b"host", b"").decode("latin-1")
        paging["next"] = f"http://{host}{request.path}?{urlencode(query)}"
    return {"data": page, "paging": paging}


def _cursor(row_id: str) -> str:
    return urlsafe_b64encode(f"after:{row_id}".encode()).decode()


def _place(ids: Sequence[str], cursor: str) -> int:
    try:
        return ids.index(urlsafe_b64decode(cursor).decode().removeprefix("after:"))
    except ValueError as error:
        raise GraphError(131059, "The cursor does not exist any more.") from error
