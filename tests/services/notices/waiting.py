"""What tests of notices that wait for a template share."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from whatsapp.domain.updates import TemplateUpdate
from whatsapp.services import orders


def soon():
    return timezone.now() + timedelta(seconds=1)


def verdict(template, word="APPROVED"):
    return TemplateUpdate(
        waba_id=template.waba_id,
        meta_id=template.meta_id,
        name=template.name,
        language=template.language,
        happened_at=timezone.now(),
        status=word,
    )


def work():
    """As the task does it, once it is woken."""
    while orders.decide_due(now=soon()):
        pass


def decision_of(notice):
    notice.refresh_from_db()
    return notice.decision
