"""Names as people look for them: small letters without diacritics, by a function in SQL."""

from __future__ import annotations

from django.db.models import Func, TextField


class Fold(Func):
    """Made by the first migration of ``customers`` that needs it."""

    function = "erp_fold"
    output_field = TextField()
