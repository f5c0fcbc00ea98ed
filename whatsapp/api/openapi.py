"""What the OpenAPI page says of every operation alike: ``expand``, and the headers of answers."""

from __future__ import annotations

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from whatsapp.api.example_answers import SHOWN, WRITTEN

_UNTYPED: Any = AutoSchema  # some of its methods have no types
_HEADER: Literal["header"] = "header"

REQUEST_ID = OpenApiParameter(
    "X-Request-ID", str, _HEADER, response=True, description="Finds the lines in our log."
)
RETRY_AFTER = OpenApiParameter(
    "Retry-After", int, _HEADER, response=[429], description="Seconds to wait."
)
ETAG = OpenApiParameter(
    "ETag", str, _HEADER, response=[200, 304], description="Of what is shown; for `If-Match`."
)
LOCATION = OpenApiParameter(
    "Location", str, _HEADER, response=[201, 202], description="Where it is from now on."
)


class DoorSchema(AutoSchema):
    """Reads from the view what no operation should have to repeat."""

    def get_override_parameters(self) -> list[Any]:
        view = self.view
        action = getattr(view, "action", None)
        found = [REQUEST_ID, RETRY_AFTER]
        if action in getattr(view, "tagged_actions", ()):
            found.append(ETAG)
        if action in getattr(view, "located_actions", ()):
            found.append(LOCATION)
        if (known := getattr(view, "expansions", None)) and action in ("list", "retrieve"):
            names = ", ".join(f"`{name}`" for name in known)
            words = f"Some of {names}, with commas between them: added under `expanded`."
            found.append(OpenApiParameter("expand", str, description=words))
        return found

    def _get_examples(
        self,
        serializer: Any,
        direction: Any,
        media_type: Any,
        status_code: Any = None,
        extras: Any = None,
    ) -> Any:
        """Add what rows of this kind look like, where the operation shows nothing of its own."""
        found: Any = _UNTYPED._get_examples(
            self, serializer, direction, media_type, status_code, extras
        )
        known = SHOWN if direction == "response" else WRITTEN
        row_of = getattr(serializer, "child", serializer)
        name = (row_of if isinstance(row_of, type) else type(row_of)).__name__
        if found or name not in known:
            return found
        row = OpenApiExample(
            "For example",
            value=known[name],
            response_only=direction == "response",
            request_only=direction == "request",
        )
        return _UNTYPED._get_examples(self, serializer, direction, media_type, status_code, [row])

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        schema: Any = _UNTYPED._map_basic_serializer(self, serializer, direction)
        if direction == "response" and (extra := getattr(serializer, "expanded_with", None)):
            schema["properties"]["expanded"] = self.resolve_serializer(extra, direction).ref
        return schema
