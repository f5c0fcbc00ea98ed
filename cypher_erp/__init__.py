"""The host: the smallest honest ERP. Each process loads the Celery app here."""

from cypher_erp.celery import app as celery_app

__all__ = ["celery_app"]
