"""Fetching a file that Meta keeps: from Meta's hosts alone, and no larger than allowed."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urljoin

import requests
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from whatsapp.conf import whatsapp_settings
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.errors import MediaTooLargeError
from whatsapp.gateway.errors import classify, transport_failure
from whatsapp.gateway.reading import integer, text
from whatsapp.gateway.transport import Bearer, Transport
from whatsapp.ports import Download, GatewayError

_CHUNK = 64 * 1024
_HOPS = 3


def fetch(*, transport: Transport, info: dict[str, Any], auth: Bearer) -> Download:
    """Download what ``GET /{media id}`` described; its address lives for five minutes.

    Raises GatewayError, also when the address leads away from Meta, and MediaTooLargeError as soon
    as more than ``media_max_bytes`` are announced or come.
    """
    _refuse_too_large(integer(info.get("file_size")))
    url = text(info.get("url"))
    for _ in range(_HOPS):
        response = _get(transport, url=url, auth=auth)
        with response:
            if not response.is_redirect:
                return _read(response, mime_type=text(info.get("mime_type")))
            url = urljoin(url, response.headers["Location"])
    raise GatewayError(_refusal("The media's address redirects without end."))


def _get(transport: Transport, *, url: str, auth: Bearer) -> requests.Response:
    """Ask with the bearer, which no other host may see."""
    _refuse_stranger(url)
    headers = {"Accept-Encoding": "identity"}  # so that the cap counts what really comes
    response = transport.exchange("GET", url, auth=auth, stream=True, headers=headers)
    if response.is_redirect or 200 <= response.status_code < 300:
        return response
    with response:
        body = response.raw.read(_CHUNK)
    raise GatewayError(
        classify(http_status=response.status_code, body=body, headers=response.headers)
    )


def _read(response: requests.Response, *, mime_type: str) -> Download:
    _refuse_too_large(integer(response.headers.get("Content-Length")))
    data, digest = bytearray(), hashlib.sha256()
    try:
        for chunk in response.iter_content(_CHUNK):
            data += chunk
            digest.update(chunk)
            _refuse_too_large(len(data))
    except requests.RequestException as error:
        raise GatewayError(transport_failure(error, departed=True)) from error
    return Download(
        mime_type=mime_type or response.headers.get("Content-Type", ""),
        sha256=digest.hexdigest(),
        data=bytes(data),
    )


def _refuse_too_large(size: int | None) -> None:
    limit = whatsapp_settings().media_max_bytes
    if size is not None and size > limit:
        raise MediaTooLargeError(
            f"The file is larger than {limit} bytes.", details={"size": size, "limit": limit}
        )


def _refuse_stranger(url: str) -> None:
    """Check the host as the connection will read it; plain http only where Graph is plain, too."""
    graph, target = parse_url(whatsapp_settings().graph_url), _parsed(url)
    hosts = {graph.host, *whatsapp_settings().media_hosts}
    if target.host not in hosts or target.scheme not in ("https", graph.scheme):
        raise GatewayError(_refusal(f"{target.host} is not in WHATSAPP['MEDIA_HOSTS']."))


def _parsed(url: str) -> Url:
    try:
        return parse_url(url)
    except LocationParseError:
        return Url()


def _refusal(why: str) -> Failure:
    return Failure(
        failure_class=FailureClass.FATAL_MESSAGE,
        code=None,
        title="The media's address is not trusted",
        details=why,
    )
