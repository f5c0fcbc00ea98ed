"""Meta's rate card, entered by the shop; what messages cost is estimated by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from whatsapp.models import Price

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Price]
else:
    _ModelAdmin = admin.ModelAdmin


@admin.register(Price)
class PriceAdmin(_ModelAdmin):
    list_display = ("calling_code", "category", "amount", "currency", "valid_from", "source")
    list_display_links = ("calling_code", "category")
    list_filter = ("category", "currency")
    fields = (
        ("calling_code", "category"),
        ("amount", "currency"),
        ("valid_from", "source"),
    )
