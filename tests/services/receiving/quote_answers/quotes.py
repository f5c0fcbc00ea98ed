"""Quotes on their way, and what the ERP is told of their answers."""

from __future__ import annotations

from django.utils import timezone

from cypher_erp.notifications.models import Notification
from whatsapp.services import delivery
from whatsapp.services.outgoing import uploads


def leave(message):
    uploads.upload_due(now=timezone.now())
    delivery.send_due(number_id=message.number_id)
    message.refresh_from_db()
    return message


def notices():
    return list(Notification.objects.order_by("id").values_list("subject", "body"))
