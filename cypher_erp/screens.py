"""What the ERP's admin pages share: their base classes, and how amounts and states are shown."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from babel.numbers import format_decimal
from django.contrib import admin
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, TabularInline
else:
    # The stubs know these classes as generic, Django itself does not let them be subscripted.
    class ModelAdmin(admin.ModelAdmin):
        def __class_getitem__(cls, model: Any) -> type[ModelAdmin]:
            return cls

    class TabularInline(admin.TabularInline):
        def __class_getitem__(cls, models: Any) -> type[TabularInline]:
            return cls


__all__ = ["LinesInline", "ModelAdmin", "badge", "lei"]


class LinesInline(TabularInline[Any, Any]):
    """The lines of a document; they can be changed while it has ``open_status``."""

    extra = 0
    open_status = ""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_open(obj) and super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any) -> bool:  # type: ignore[override]
        return self._is_open(obj) and super().has_add_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_open(obj) and super().has_delete_permission(request, obj)

    def _is_open(self, document: Any) -> bool:
        return document is None or document.status == self.open_status


def lei(amount: Decimal) -> str:
    """Write an amount as Romanians do: ``1.234,50 lei``."""
    return f"{format_decimal(amount, format='#,##0.00', locale='ro')} lei"


def badge(*, state: str, label: str | Promise) -> SafeString:
    """Show a state as a coloured label; the colours are in ``erp/admin.css``."""
    return format_html('<span class="erp-badge erp-{}">{}</span>', state.lower(), label)
