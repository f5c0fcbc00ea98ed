"""Suppliers and the orders to them in the admin."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cypher_erp.screens import LinesInline, ModelAdmin, badge
from cypher_erp.suppliers import services
from cypher_erp.suppliers.errors import SupplierOrderMoveError
from cypher_erp.suppliers.models import (
    Supplier,
    SupplierOrder,
    SupplierOrderLine,
    SupplierOrderStatus,
)
from whatsapp.errors import WhatsAppError


@admin.register(Supplier)
class SupplierAdmin(ModelAdmin[Supplier]):
    list_display = ["name", "contact_name", "phone", "email", "city"]
    search_fields = ["name", "contact_name", "phone", "email"]


class SupplierOrderLineInline(LinesInline):
    model = SupplierOrderLine
    open_status = SupplierOrderStatus.DRAFT


@admin.register(SupplierOrder)
class SupplierOrderAdmin(ModelAdmin[SupplierOrder]):
    list_display = ["number", "supplier", "state", "created_at", "sent_at"]
    list_filter = ["status", "supplier"]
    list_select_related = ["supplier"]
    search_fields = ["number", "supplier__name"]
    autocomplete_fields = ["supplier"]
    inlines = [SupplierOrderLineInline]
    actions = ["send_by_whatsapp", "confirm_orders"]
    fields = ["number", "supplier", "state", "notes", "created_at", "sent_at", "confirmed_at"]
    readonly_fields = ["number", "state", "created_at", "sent_at", "confirmed_at"]

    class Media:
        css = {"all": ["erp/admin.css"]}

    @admin.display(description=_("status"), ordering="status")
    def state(self, order: SupplierOrder) -> SafeString:
        return badge(state=order.status, label=SupplierOrderStatus(order.status).label)

    @admin.action(description=_("Send by WhatsApp"), permissions=["change"])
    def send_by_whatsapp(self, request: HttpRequest, orders: QuerySet[SupplierOrder]) -> None:
        for order in orders.order_by("pk"):
            try:
                services.send_by_whatsapp(supplier_order_id=order.pk, user_id=request.user.pk)
            except (SupplierOrderMoveError, WhatsAppError) as error:
                self.message_user(request, f"{order.number}: {error}", messages.ERROR)
            else:
                sent = gettext("%s is on its way to the supplier.") % order.number
                self.message_user(request, sent, messages.SUCCESS)

    @admin.action(description=_("Mark as confirmed by the supplier"), permissions=["change"])
    def confirm_orders(self, request: HttpRequest, orders: QuerySet[SupplierOrder]) -> None:
        try:
            services.confirm(supplier_order_ids=orders.values_list("pk", flat=True))
        except SupplierOrderMoveError as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        self.message_user(request, gettext("The supplier has confirmed."), messages.SUCCESS)

    def has_delete_permission(self, request: HttpRequest, obj: SupplierOrder | None = None) -> bool:
        return False  # what was asked for stays on record; numbers have no gaps
