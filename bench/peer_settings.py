"""The host's settings without what it logs of each task: packages of today do not pay for that."""

from cypher_erp.settings import *  # noqa: F403

DJANGO_STRUCTLOG_CELERY_ENABLED = False
