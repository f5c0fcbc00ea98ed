"""Tell the staff, in the transaction of what they are told of, and never at its cost."""

from __future__ import annotations

import logging

from django.db import transaction

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
