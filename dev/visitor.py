"""Somebody who knows the system from outside only: pages and forms, JSON and a token."""

from __future__ import annotations

import html
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from typing import Any

from dev.processes import Failure

TIMEOUT_SECONDS = 15


class Visitor:
    """A browser as far as the journey needs one: cookies, forms with their CSRF token, JSON."""

    def __init__(self, *, base: str, token: str = "") -> None:
        self.base = base
        self._token = token
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        )

    def page(self, path: str) -> str:
        """Return a page's HTML; redirects are followed."""
        return self._send("GET", path).decode()

    def submit(self, path: str, **fields: Any) -> str:
        """Post a form as a browser would: from the page that holds it, with its token."""
        fields["csrfmiddlewaretoken"] = hidden_token(self.page(path))
        body = urllib.parse.urlencode(fields, doseq=True).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Referer": self.base + path,
        }
        return self._send("POST", path, body, headers).decode()

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON at a path."""
        asked = f"?{urllib.parse.urlencode(query)}" if query else ""
        return json.loads(self._send("GET", path + asked))

    def post(self, path: str, **values: Any) -> Any:
        """Post JSON and return the JSON of the answer; None for an empty one."""
        headers = {"Content-Type": "application/json"}
        answer = self._send("POST", path, json.dumps(values).encode(), headers)
        return json.loads(answer) if answer else None

    def _send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> bytes:
        request = urllib.request.Request(self.base + path, data=body, method=method)
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                return bytes(response.read())
        except urllib.error.HTTPError as refusal:
            said = refusal.read().decode(errors="replace")[:500]
            raise Failure(f"{method} {path} was answered {refusal.code}: {said}") from None
        except OSError as error:
            raise Failure(f"{method} {path} failed: {error}") from None


def hidden_token(page: str) -> str:
    """The CSRF token of a page's form."""
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    if not found:
        raise Failure("The page has no form to fill in.")
    return found[1]


def row_ids(page: str) -> list[int]:
    """The ids of the rows that a list of the admin shows, as its tick boxes carry them."""
    boxes = re.findall(r'<input[^>]*name="_selected_action"[^>]*>', page)
    return [int(found[1]) for box in boxes if (found := re.search(r'value="(\d+)"', box))]


def notices(page: str) -> list[str]:
    """What the admin says on top of a page: the green, yellow and red lines."""
    block = re.search(r'<ul class="messagelist">(.*?)</ul>', page, re.DOTALL)
    if not block:
        return []
    lines = re.findall(r"<li[^>]*>(.*?)</li>", block[1], re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", line)).strip() for line in lines]
