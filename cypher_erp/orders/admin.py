"""Orders in the admin: a list with actions, and a page with a button for each legal move."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cypher_erp.orders import services
from cypher_erp.orders.errors import SHOWN, OrderMoveError
from cypher_erp.orders.models import Order, OrderLine, OrderStatus
from cypher_erp.screens import LinesInline, ModelAdmin, badge, lei

MOVES: Mapping[str, tuple[OrderStatus, Promise, Callable[..., None]]] = {
    "confirm": (OrderStatus.CONFIRMED, pgettext_lazy("order", "Confirm"), services.confirm),
    "ship": (OrderStatus.SHIPPED, pgettext_lazy("order", "Ship"), services.ship),
    "deliver": (
        OrderStatus.DELIVERED,
        pgettext_lazy("order", "Mark as delivered"),
        services.deliver,
    ),
    "cancel": (OrderStatus.CANCELLED, _("Cancel order"), services.cancel),
}
PARCEL_FIELDS: tuple[str, ...] = (
    *("contact_name", "contact_phone"),
    *("courier", "tracking_number", "tracking_url"),
)


class OrderLineInline(LinesInline):
    model = OrderLine
    open_status = OrderStatus.NEW


@admin.register(Order)
class OrderAdmin(ModelAdmin[Order]):
    list_display = ["number", "customer", "state", "amount", "courier", "placed_at"]
    list_filter = ["status", "courier", "placed_at"]
    list_select_related = ["customer"]
    search_fields = ["number", "customer__name", "customer__phone_e164", "tracking_number"]
    date_hierarchy = "placed_at"
    autocomplete_fields = ["customer"]
    inlines = [OrderLineInline]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    actions = ["confirm_orders", "ship_orders", "deliver_orders", "cancel_orders"]
    fieldsets = [
        (None, {"fields": ["number", "customer", "state", "amount", "notes"]}),
        (
            _("Parcel"),
            {
                "fields": PARCEL_FIELDS,
                "description": _(
                    "Courier, AWB and its page are filled in when the order is shipped, if empty."
                ),
            },
        ),
        (
            _("History"),
            {"fields": ["placed_at", "confirmed_at", "shipped_at", "delivered_at", "cancelled_at"]},
        ),
    ]

    class Media:
        css = {"all": ["erp/admin.css"]}

    @admin.display(description=_("status"), ordering="status")
    def state(self, order: Order) -> SafeString:
        return badge(state=order.status, label=OrderStatus(order.status).label)

    @admin.display(description=_("total"), ordering="total")
    def amount(self, order: Order) -> str:
        return lei(order.total)

    @admin.action(description=_("Confirm the chosen orders"), permissions=["change"])
    def confirm_orders(self, request: HttpRequest, orders: QuerySet[Order]) -> None:
        self._move(request, "confirm", list(orders.values_list("pk", flat=True)))

    @admin.action(description=_("Ship the chosen orders"), permissions=["change"])
    def ship_orders(self, request: HttpRequest, orders: QuerySet[Order]) -> None:
        self._move(request, "ship", list(orders.values_list("pk", flat=True)))

    @admin.action(description=_("Mark the chosen orders as delivered"), permissions=["change"])
    def deliver_orders(self, request: HttpRequest, orders: QuerySet[Order]) -> None:
        self._move(request, "deliver", list(orders.values_list("pk", flat=True)))

    @admin.action(description=_("Cancel the chosen orders"), permissions=["change"])
    def cancel_orders(self, request: HttpRequest, orders: QuerySet[Order]) -> None:
        self._move(request, "cancel", list(orders.values_list("pk", flat=True)))

    def has_delete_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False  # orders are cancelled; their numbers have no gaps

    def get_readonly_fields(self, request: HttpRequest, obj: Order | None = None) -> list[str]:
        history = ["confirmed_at", "shipped_at", "delivered_at", "cancelled_at"]
        always = ["number", "state", "amount", *history]
        if obj is None:
            return always
        always.append("placed_at")  # the number carries its year
        if not _is_open(obj):
            always.append("customer")
        if obj.status not in {OrderStatus.NEW, OrderStatus.CONFIRMED}:
            always += PARCEL_FIELDS
        return always

    def save_model(
        self, request: HttpRequest, obj: Order, form: ModelForm[Order], change: bool
    ) -> None:
        # Only what the form shows: writing the whole row could undo a move made meanwhile.
        fields = {*form.changed_data, "updated_at"} if change else None
        obj.save(update_fields=fields)

    def save_related(
        self,
        request: HttpRequest,
        form: ModelForm[Order],
        formsets: list[BaseModelFormSet[Any, Any]],
        change: bool,
    ) -> None:
        super().save_related(request, form, formsets, change)
        services.add_up(order_id=form.instance.pk)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        order = self.get_object(request, object_id)
        moves = _legal_moves(order) if self.has_change_permission(request, order) else []
        context = {**(extra_context or {}), "moves": moves}
        return super().change_view(request, object_id, form_url, context)

    def response_change(self, request: HttpRequest, obj: Order) -> HttpResponse:
        name = request.POST.get("_move", "")
        if name not in MOVES:
            return super().response_change(request, obj)
        self._move(request, name, [obj.pk])
        return HttpResponseRedirect(request.path)

    def _move(self, request: HttpRequest, name: str, order_ids: list[int]) -> None:
        status, _label, service = MOVES[name]
        try:
            service(order_ids=order_ids)
        except OrderMoveError as error:
            self.message_user(request, _in_words(error), messages.ERROR)
            return
        count = len(order_ids)
        done = ngettext("%(n)d order is now %(status)s.", "%(n)d orders are now %(status)s.", count)
        self.message_user(request, done % {"n": count, "status": status.label}, messages.SUCCESS)


def _in_words(error: OrderMoveError) -> str:
    """Say in the reader's language why nothing moved; the first ten orders are named."""
    names = [f"{number} ({OrderStatus(status).label})" for number, status in error.refused]
    names += [f"#{order_id}" for order_id in error.missing]
    shown = ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")
    return gettext("Nothing was changed. These orders cannot become %(status)s: %(orders)s.") % {
        "status": OrderStatus(error.to).label,
        "orders": shown,
    }


def _is_open(order: Order | None) -> bool:
    return order is None or order.status == OrderStatus.NEW


def _legal_moves(order: Order | None) -> list[tuple[str, Promise]]:
    if order is None:
        return []
    return [
        (name, label)
        for name, (status, label, _service) in MOVES.items()
        if order.status in services.LEGAL_FROM[status]
    ]
