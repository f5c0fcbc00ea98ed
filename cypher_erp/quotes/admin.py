"""Quotes in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from cypher_erp.quotes import services
from cypher_erp.quotes.models import Quote, QuoteLine, QuoteStatus
from cypher_erp.screens import LinesInline, ModelAdmin, badge, lei


class QuoteLineInline(LinesInline):
    model = QuoteLine
    open_status = QuoteStatus.DRAFT


@admin.register(Quote)
class QuoteAdmin(ModelAdmin[Quote]):
    list_display = ["number", "customer", "state", "amount", "valid_until_date", "created_at"]
    list_filter = ["status", "created_at"]
    list_select_related = ["customer"]
    search_fields = ["number", "customer__name"]
    date_hierarchy = "created_at"
    autocomplete_fields = ["customer"]
    readonly_fields = ["number", "amount", "created_at"]
    fields = ["number", "customer", "status", "amount", "valid_until_date", "notes", "created_at"]
    inlines = [QuoteLineInline]

    class Media:
        css = {"all": ["erp/admin.css"]}

    @admin.display(description=_("status"), ordering="status")
    def state(self, quote: Quote) -> SafeString:
        return badge(state=quote.status, label=QuoteStatus(quote.status).label)

    @admin.display(description=_("total"), ordering="total")
    def amount(self, quote: Quote) -> str:
        return lei(quote.total)

    def save_related(
        self,
        request: HttpRequest,
        form: ModelForm[Quote],
        formsets: list[BaseModelFormSet[Any, Any]],
        change: bool,
    ) -> None:
        super().save_related(request, form, formsets, change)
        services.add_up(quote_id=form.instance.pk)
