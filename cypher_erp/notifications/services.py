"""Tell the staff, and remember what they have read."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from cypher_erp.notifications.models import Level, Notification


def notify(
    *,
    key: str,
    subject: str,
    body: str,
    level: str = Level.WARNING,
    user_ids: Iterable[int] = (),
    url: str = "",
) -> None:
    """Tell these people, or all supervisors when none is named.

    Whoever has not read an earlier notification of the same key gets its text renewed, not a
    second one.
    """
    readers: list[int | None] = list(user_ids) or [None]
    now = timezone.now()
    text = {"subject": subject[:200], "body": body, "level": level, "url": url}
    whose = Q(user_id__in=readers) | (Q(user__isnull=True) if None in readers else Q())
    with transaction.atomic():
        Notification.objects.filter(whose, key=key, read_at__isnull=True).update(
            **text, updated_at=now
        )
        # The unique key lets through only what is new, also beside another caller.
        Notification.objects.bulk_create(
            [
                Notification(key=key, user_id=reader, created_at=now, updated_at=now, **text)
                for reader in readers
            ],
            ignore_conflicts=True,
        )


def mark_read(*, notification_ids: Iterable[int]) -> int:
    """Mark them as read; gives how many were unread."""
    return Notification.objects.filter(pk__in=notification_ids, read_at__isnull=True).update(
        read_at=timezone.now()
    )
