"""One call to the Graph API: where it is, what counts as success, what a refusal means."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from whatsapp.conf import whatsapp_settings
from whatsapp.gateway.errors import classify, unreadable_answer
from whatsapp.gateway.reading import record, text
from whatsapp.gateway.transport import Bearer, Transport
from whatsapp.ports import Credentials, DepartureGate, GatewayError


class Graph:
    """Paths under ``graph_url/graph_version``, with the token of whoever calls."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def call(
        self,
        method: str,
        path: tuple[str, ...],
        *,
        credentials: Credentials,
        may_depart: DepartureGate | None = None,
        **request: Any,
    ) -> dict[str, Any]:
        """Make one call and return the JSON object that Meta answered; raises GatewayError."""
        config = whatsapp_settings()
        steps = (config.graph_url.rstrip("/"), config.graph_version, *map(_step, path))
        response = self._transport.exchange(
            method,
            "/".join(steps),
            auth=Bearer(credentials.token),
            may_depart=may_depart,
            **request,
        )
        status, body = response.status_code, response.content
        answer = _object(body)
        if not 200 <= status < 300 or answer.get("error") or answer.get("success") is False:
            raise GatewayError(classify(http_status=status, body=body, headers=response.headers))
        if not answer:
            raise GatewayError(unreadable_answer(http_status=status, missing="A JSON object"))
        return answer


def required(answer: dict[str, Any], name: str) -> str:
    """Return a text that the answer must have; raises GatewayError, AMBIGUOUS, when it has not."""
    found = text(answer.get(name))
    if not found:
        raise GatewayError(unreadable_answer(http_status=200, missing=name))
    return found


def _step(part: str) -> str:
    return quote(part, safe="")  # a media id comes from a webhook, and must not climb the path


def _object(body: bytes) -> dict[str, Any]:
    try:
        return record(json.loads(body))
    except (ValueError, RecursionError):
        return {}
