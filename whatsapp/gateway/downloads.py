"""Fetching a file that Meta keeps: from Meta's hosts alone, and no larger than allowed."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import IO, Any
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
LONGEST = 8 * 60.0  # seconds for one file: less than the lease of whoever fetches it
_HTTPS = 443


def fetch(*, transport: Transport, info: dict[str, Any], auth: Bearer, into: IO[bytes]) -> Download:
    """Write what ``GET /{media id}`` described, as it comes; its address lives for five minutes.

    Raises GatewayError, also when the address leads away from Meta, and MediaTooLargeError as soon
    as more than ``media_max_bytes`` are announced or come.
    """
    _refuse_too_large(integer(info.get("file_size")))
    url = text(info.get("url"))
    for _ in range(_HOPS):
        response = _get(transport, url=url, auth=auth)
        with response:
            if not response.is_redirect:
                return _read(response, into=into, mime_type=text(info.get("mime_type")))
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
    if response.status_code == HTTPStatus.NOT_FOUND:  # the address is used up, not the file
        raise GatewayError(_USED_UP)
    failure = classify(
        http_status=response.status_code,
        body=body,
        headers=response.headers,
        codeless=FailureClass.FATAL_MESSAGE,  # the files' host is not Graph, and has no codes
    )
    raise GatewayError(failure)


def _read(response: requests.Response, *, into: IO[bytes], mime_type: str) -> Download:
    """Pass the bytes on block by block, so that memory holds one of them."""
    _refuse_too_large(integer(response.headers.get("Content-Length")))
    size, digest, ends_at = 0, hashlib.sha256(), time.monotonic() + LONGEST
    for chunk in _chunks(response):
        size += len(chunk)
        _refuse_too_large(size)
        if time.monotonic() > ends_at:
            raise GatewayError(_TOO_SLOW)
        digest.update(chunk)
        into.write(chunk)
    return Download(
        mime_type=mime_type or response.headers.get("Content-Type", ""),
        sha256=digest.hexdigest(),
        size=size,
    )


def _chunks(response: requests.Response) -> Iterator[bytes]:
    try:
        yield from response.iter_content(_CHUNK)
    except requests.RequestException as error:
        raise GatewayError(transport_failure(error, departed=True)) from error


def _refuse_too_large(size: int | None) -> None:
    limit = whatsapp_settings().media_max_bytes
    if size is not None and size > limit:
        raise MediaTooLargeError(
            f"The file is larger than {limit} bytes.", details={"size": size, "limit": limit}
        )


def _refuse_stranger(url: str) -> None:
    """Check the address as the connection will read it.

    Plain http, and another port than 443, are only for where Graph itself is plain: a simulator.
    """
    graph, target = parse_url(whatsapp_settings().graph_url), _parsed(url)
    hosts = {graph.host, *whatsapp_settings().media_hosts}
    known = target.host in hosts and target.scheme in ("https", graph.scheme)
    usual = graph.scheme == "http" or target.port in (None, _HTTPS, graph.port)
    if not known or not usual or target.auth is not None:
        raise GatewayError(_refusal(f"{target.netloc} is not in WHATSAPP['MEDIA_HOSTS']."))


def _parsed(url: str) -> Url:
    try:
        return parse_url(url)
    except LocationParseError:
        return Url()


_USED_UP = Failure(
    failure_class=FailureClass.AMBIGUOUS,
    code=None,
    title="The media's address no longer works",
    details="A fresh one is asked for.",
    http_status=HTTPStatus.NOT_FOUND,
)
_TOO_SLOW = Failure(
    failure_class=FailureClass.AMBIGUOUS,
    code=None,
    title="The file came too slowly",
    details=f"It was not here after {LONGEST / 60:.0f} minutes.",
)


def _refusal(why: str) -> Failure:
    return Failure(
        failure_class=FailureClass.FATAL_MESSAGE,
        code=None,
        title="The media's address is not trusted",
        details=why,
    )
