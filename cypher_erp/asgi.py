"""ASGI: ``uvicorn cypher_erp.asgi:application``."""

import os
from collections.abc import Awaitable, Callable
from typing import Any

from django.core.asgi import get_asgi_application

from cypher_erp import garbage

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cypher_erp.settings")
# Each request has a thread of its own here: a connection kept for the next is never met again.
os.environ.setdefault("DATABASE_CONN_MAX_AGE", "0")

Application = Callable[[Any, Any, Any], Awaitable[None]]

erp = get_asgi_application()  # from here on Django is set up


def with_door(erp: Application) -> Application:
    """Meta's webhooks pass by Django, with the marks that our middleware leaves on all others."""
    from django.conf import settings

    from cypher_erp import metrics
    from whatsapp.webhooks import asgi

    trusted = settings.DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID
    return asgi.mount(erp, observe=metrics.observe, trust_request_id=trusted)


application = with_door(erp)
garbage.spare_what_is_loaded()
