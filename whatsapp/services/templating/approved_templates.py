"""The templates that an account may send now, kept for the lists that offer them.

Read anew after each change of any template, and after ``LIFE`` at the latest. For screens only: a
send asks the row itself, in its transaction.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save

from whatsapp.models import Template
from whatsapp.models.template import rows_changed
from whatsapp.services.shared import shared_cache

LIFE = 60  # seconds
_GENERATION, _DAY = "templates", 86400


def of_account(*, waba_id: str) -> list[Template]:
    """List them by name and language."""
    generation = shared_cache.get(key=_GENERATION) or 0
    key = f"templates:{generation}:{waba_id}"
    kept: list[Template] | None = shared_cache.get(key=key)
    if kept is None:
        rows = Template.objects.approved().filter(waba_id=waba_id)
        kept = list(rows.order_by("name", "language", "id"))
        shared_cache.put(key=key, value=kept, seconds=LIFE)
    return kept


def watch() -> None:
    """Listen to every way in which our code changes templates."""
    for signal in (post_save, post_delete, rows_changed):
        signal.connect(_changed, sender=Template, dispatch_uid="whatsapp.approved_templates")


def _changed(**_: Any) -> None:
    transaction.on_commit(_next, robust=True)


def _next() -> None:
    shared_cache.count(key=_GENERATION, by=1, seconds=_DAY)
