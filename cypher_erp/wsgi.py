"""WSGI: ``gunicorn cypher_erp.wsgi:application``."""

import os

from django.core.wsgi import get_wsgi_application

from cypher_erp import garbage

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cypher_erp.settings")

application = get_wsgi_application()
garbage.spare_what_is_loaded()
