"""ASGI: ``uvicorn cypher_erp.asgi:application``."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cypher_erp.settings")
# Each request has a thread of its own here: a connection kept for the next is never met again.
os.environ.setdefault("DATABASE_CONN_MAX_AGE", "0")

application = get_asgi_application()
