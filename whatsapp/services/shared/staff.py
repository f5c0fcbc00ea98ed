"""Tell the staff, in the transaction of what they are told of, and never at its cost."""

from __future__ import annotations

import logging

from django.db import transaction
from django.urls import NoReverseMatch, reverse

from whatsapp.ports import StaffNotice
from whatsapp.wiring import staff_notifier

logger = logging.getLogger(__name__)


def tell(notice: StaffNotice) -> None:
    """Hand a notice over in a savepoint: a notifier that fails costs the staff one notice."""
    try:
        with transaction.atomic():
            staff_notifier().notify(notice)
    except Exception:
        logger.exception("staff not told", extra={"key": notice.key})


def conversation_page(*, conversation_id: int) -> str:
    """Give the address of a conversation on the desk, for a notice."""
    try:
        return reverse("admin:whatsapp_conversation_change", args=[conversation_id])
    except NoReverseMatch:  # a host may leave our admin out
        return ""
