"""One HTTP exchange with Meta: a single request, never repeated, watched as its body departs.

A repeated POST is a second message, so nothing here retries and redirects are not followed. The
caller's last look at its deadline happens inside the connection, after the headers have gone and
right before the body: a request without its body is none, so until then nothing was sent.
"""

from __future__ import annotations

import os
import threading
from contextvars import ContextVar
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.poolmanager import PoolManager

from whatsapp.conf import whatsapp_settings
from whatsapp.gateway.errors import HELD_BACK, NO_TOKEN, transport_failure
from whatsapp.ports import DepartureGate, GatewayError

_USER_AGENT = "Mozilla/5.0 (compatible; cypher-whatsapp)"  # Meta's media host refuses unknown ones
_HOSTS = 4  # pools kept per session: Graph, its media hosts
_CONNECTIONS = 2  # per pool; a session serves one thread


class _HeldBackError(Exception):
    """The gate refused. Not an OSError, which urllib3 would swallow or wrap."""


@dataclass(kw_only=True, slots=True)
class _Departure:
    """What is known of the request under way in this thread."""

    may_depart: DepartureGate | None
    departed: bool = False

    def look(self) -> None:
        if self.may_depart is not None and not self.may_depart():
            raise _HeldBackError
        self.departed = True


_departure: ContextVar[_Departure | None] = ContextVar("departure", default=None)


class _GatedMixin:
    """Looks at the gate between headers and body: ``send`` is called for each of them."""

    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        super().endheaders(*args, **kwargs)  # type: ignore[misc]
        departure = _departure.get()
        if departure is not None:
            departure.look()


class _GatedHTTPConnection(_GatedMixin, HTTPConnection):
    pass


class _GatedHTTPSConnection(_GatedMixin, HTTPSConnection):
    pass


class _GatedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _GatedHTTPConnection


class _GatedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _GatedHTTPSConnection


def _gate(manager: PoolManager) -> PoolManager:
    manager.pool_classes_by_scheme = {"http": _GatedHTTPPool, "https": _GatedHTTPSPool}
    return manager


class _GatedAdapter(HTTPAdapter):
    """Opens gated connections, through a proxy too. HTTPAdapter's default is not to retry."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _gate(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        return _gate(super().proxy_manager_for(*args, **kwargs))


class Bearer(AuthBase):
    """The access token. Being an auth object it also keeps ``~/.netrc`` from replacing it."""

    def __init__(self, token: str) -> None:
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise GatewayError(NO_TOKEN)  # http.client would quote it in its error
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Transport:
    """Kept-alive connections to Meta: one session per thread, and none carried over a fork."""

    def __init__(self) -> None:
        self._local = threading.local()

    def exchange(
        self,
        method: str,
        url: str,
        *,
        auth: Bearer,
        may_depart: DepartureGate | None = None,
        stream: bool = False,
        **request: Any,
    ) -> requests.Response:
        """Make exactly one request and return whatever came back.

        ``may_depart`` is asked once, right before the body leaves. Raises GatewayError: NOT_SENT if
        it said no or no byte of the body left, AMBIGUOUS if the answer was lost after that.
        """
        config = whatsapp_settings()
        timeout = (config.connect_timeout.total_seconds(), config.read_timeout.total_seconds())
        departure = _Departure(may_depart=may_depart)
        token = _departure.set(departure)
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
        except _HeldBackError:
            raise GatewayError(HELD_BACK) from None
        except (requests.RequestException, HTTPError, HTTPException, OSError) as error:
            raise GatewayError(transport_failure(error, departed=departure.departed)) from error
        finally:
            _departure.reset(token)

    def _session(self) -> requests.Session:
        if getattr(self._local, "process", None) != os.getpid():
            session = requests.Session()
            session.headers["User-Agent"] = _USER_AGENT
            adapter = _GatedAdapter(pool_connections=_HOSTS, pool_maxsize=_CONNECTIONS)
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            self._local.session, self._local.process = session, os.getpid()
        found: requests.Session = self._local.session
        return found
