"""Document numbers such as ``C-2026-00042``: a letter, the year, and a count without gaps."""

from __future__ import annotations

from django.db import connection, models
from django.db.models.functions import Cast, Substr


def next_number(*, model: type[models.Model], letter: str, year: int) -> str:
    """Give the number after the highest of that year; call it in the transaction that uses it.

    A lock held until commit makes a second caller wait, so that no number is given twice.
    """
    prefix = f"{letter}-{year}-"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [prefix])
    # Compared as numbers: as text, 100000 would come before 99999.
    taken = model._default_manager.filter(number__startswith=prefix).aggregate(
        highest=models.Max(Cast(Substr("number", len(prefix) + 1), models.IntegerField()))
    )
    return f"{prefix}{(taken['highest'] or 0) + 1:05d}"
