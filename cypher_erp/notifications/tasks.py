"""Celery's door to the emails."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from cypher_erp.notifications import mails


@shared_task(name=mails.SEND_MAILS)
def send_mails() -> None:
    while mails.send_due(now=timezone.now()):
        pass
