"""How much one user may ask: reads, searches and writes are counted apart."""

from __future__ import annotations

from datetime import timedelta

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from whatsapp.conf import whatsapp_settings
from whatsapp.services import rates


class Limit(BaseThrottle):
    """429 with `Retry-After`, by user and scope; `THROTTLE_…` in the settings, empty for none."""

    wait_for: timedelta | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        conf = whatsapp_settings()
        if request.method not in SAFE_METHODS:
            scope, text = "send", conf.throttle_send
        elif request.query_params.get("search") or request.query_params.get("contains"):
            scope, text = "search", conf.throttle_search
        else:
            scope, text = "read", conf.throttle_read
        who = str(request.user.pk)
        self.wait_for = rates.hit(scope=scope, who=who, limit=text)
        return self.wait_for is None

    def wait(self) -> float | None:
        return self.wait_for.total_seconds() if self.wait_for else None
