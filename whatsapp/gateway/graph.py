"""One call to the Graph API: where it is, what counts as success, what a refusal means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from whatsapp.conf import whatsapp_settings
from whatsapp.gateway.errors import classify, unreadable_answer
from whatsapp.gateway.lines import Lines
from whatsapp.gateway.reading import record, text
from whatsapp.gateway.transport import USER_AGENT, Bearer, Transport
from whatsapp.ports import Credentials, DepartureGate, GatewayError

_AGENT = {"User-Agent": USER_AGENT, "Content-Type": "application/json"}


class Graph:
    """Paths under ``graph_url/graph_version``, with the token of whoever calls."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._lines = Lines()

    def call(
        self,
        method: str,
        path: tuple[str, ...],
        *,
        credentials: Credentials,
        scheme: str = "Bearer",
        **request: Any,
    ) -> dict[str, Any]:
        """Make one call and return the JSON object that Meta answered; raises GatewayError."""
        auth = Bearer(credentials.token, scheme=scheme)
        answer = self._transport.exchange(method, _url(path), auth=auth, **request)
        return _read(answer.status_code, answer.content, answer.headers)

    def post(
        self,
        path: tuple[str, ...],
        *,
        credentials: Credentials,
        json_body: dict[str, Any],
        gate: DepartureGate,
    ) -> dict[str, Any]:
        """Send a JSON body by a line kept open, when the gate lets it; as ``call`` otherwise."""
        answer = self._lines.post(
            _url(path),
            body=json.dumps(json_body).encode(),
            headers={**_AGENT, "Authorization": Bearer(credentials.token).header},
            gate=gate,
        )
        return _read(answer.status, answer.body, answer.headers)


def _url(path: tuple[str, ...]) -> str:
    config = whatsapp_settings()
    return "/".join((config.graph_url.rstrip("/"), config.graph_version, *map(_step, path)))


def _read(status: int, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    answer = _object(body)
    if not 200 <= status < 300 or answer.get("error") or answer.get("success") is False:
        raise GatewayError(classify(http_status=status, body=body, headers=headers))
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
    return quote(part, safe=":")  # a media id comes from a webhook, and must not climb the path


def _object(body: bytes) -> dict[str, Any]:
    try:
        return record(json.loads(body))
    except (ValueError, RecursionError):
        return {}
