"""The rare calls to Meta: a single request, never repeated, over ``requests``.

A repeated POST may be a second message, so nothing here retries and redirects are not followed.
Sends go by ``lines``.
"""

from __future__ import annotations

import os
import threading
from http.client import HTTPException
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, NewConnectionError

from whatsapp.conf import whatsapp_settings
from whatsapp.gateway.errors import NO_TOKEN, transport_failure
from whatsapp.ports import GatewayError

USER_AGENT = "Mozilla/5.0 (compatible; cypher-whatsapp)"  # Meta's media host refuses unknown ones
_HOSTS = 4  # pools kept per session: Graph, its media hosts
_CONNECTIONS = 2  # per pool; a session serves one thread


class Bearer(AuthBase):
    """The access token. Being an auth object it also keeps ``~/.netrc`` from replacing it."""

    def __init__(self, token: str, *, scheme: str = "Bearer") -> None:
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise GatewayError(NO_TOKEN)  # http.client would quote it in its error
        self.header = f"{scheme} {token}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self.header
        return request


class Transport:
    """Kept-alive connections to Meta: one session per thread, and none carried over a fork."""

    def __init__(self) -> None:
        self._local = threading.local()

    def exchange(
        self, method: str, url: str, *, auth: Bearer, stream: bool = False, **request: Any
    ) -> requests.Response:
        """Make exactly one request and return whatever came back.

        Raises GatewayError: NOT_SENT if no connection was made, AMBIGUOUS if it was lost later.
        """
        config = whatsapp_settings()
        timeout = (config.connect_timeout.total_seconds(), config.read_timeout.total_seconds())
        try:
            return self._session().request(
                method,
                url,
                auth=auth,
                timeout=timeout,
                stream=stream,
                allow_redirects=False,
                **request,
            )
        except (requests.RequestException, HTTPError, HTTPException, OSError) as error:
            departed = not _never_connected(error)
            raise GatewayError(transport_failure(error, departed=departed)) from error

    def _session(self) -> requests.Session:
        if getattr(self._local, "process", None) != os.getpid():
            session = requests.Session()
            session.headers["User-Agent"] = USER_AGENT
            adapter = HTTPAdapter(pool_connections=_HOSTS, pool_maxsize=_CONNECTIONS)
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            self._local.session, self._local.process = session, os.getpid()
        found: requests.Session = self._local.session
        return found


def _never_connected(error: Exception) -> bool:
    refusals = (
        requests.ConnectTimeout,
        requests.exceptions.SSLError,
        requests.exceptions.ProxyError,
    )
    cause = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(error, refusals) or isinstance(cause, NewConnectionError)
