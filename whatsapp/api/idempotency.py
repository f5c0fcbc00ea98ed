"""The header under which a send may be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="1 to 255 printable characters. Repeated within 30 days, it answers with the same"
    " result; with other content it is a 409. A refusal is not remembered.",
)


def under_key(request: Request, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Add the key to what is asked of a service, if the client gave one."""
    key = request.headers.get("Idempotency-Key")
    return dict(asked) if key is None else {**asked, "idempotency_key": key}
