"""JSON bodies, bounded and unambiguous; DRF's own parser reads as much as it is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from whatsapp.api.renderers import JSONRenderer

LARGEST = 256 * 1024  # bytes; the longest text and the largest list are far below
LARGEST_BATCH = 2 * 1024 * 1024


class BoundedJSONParser(JSONParser):
    """Reads at most the view's ``largest_body``; refuses a key that is given twice.

    UTF-8, whatever the header says: JSON is nothing else, and half of a surrogate pair no letter.
    """

    renderer_class = JSONRenderer

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        limit: int = (parser_context or {})["view"].largest_body
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise RequestDataTooBig
        try:
            found = json.loads(
                raw.decode("utf-8-sig"), parse_constant=_refuse, object_pairs_hook=_object
            )
            if b"\\u" in raw:  # perhaps half a pair: neither rows nor our answers can hold that
                json.dumps(found, ensure_ascii=False).encode()
        except ValueError as error:
            raise ParseError(f"The body is no JSON: {error}") from error
        return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice in one object.")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"there is no {constant}.")
