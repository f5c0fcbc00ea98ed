"""The page of figures: today, 7 or 30 days, of one business number or of all."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from whatsapp.admin import charts
from whatsapp.admin.base import ReadOnlyAdmin
from whatsapp.admin.charts import Bar, Chart
from whatsapp.models import BusinessNumber, Dashboard
from whatsapp.services import stats
from whatsapp.services.statistics.figures import DayCount, MessageStats
from whatsapp.services.statistics.rollup import SHOP_ZONE
from whatsapp.services.statistics.rows import GroupBy

PERIODS = (1, 7, 30)
USUAL = 7
GROUPS = (GroupBy.AGENT, GroupBy.TEMPLATE, GroupBy.ORDER_EVENT)


@admin.register(Dashboard)
class DashboardAdmin(ReadOnlyAdmin):
    """One page and no rows."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.changelist_view)
        return [path("", view, name="whatsapp_dashboard_changelist")]

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("whatsapp.view_message")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the figures; anything unknown in the address is as if it were not there."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        days = _chosen(request, "days", PERIODS) or USUAL
        numbers = list(BusinessNumber.objects.order_by("name", "pk"))
        number_id = _chosen(request, "number", [number.pk for number in numbers])
        last = timezone.now().astimezone(SHOP_ZONE).date()
        first = last - timedelta(days=days - 1)
        found = stats.message_stats(first=first, last=last, number_id=number_id, group_by=GROUPS)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Dashboard"),
            "opts": self.opts,
            "found": found,
            "days": days,
            "periods": [(n, _period(n)) for n in PERIODS],
            "numbers": numbers if len(numbers) > 1 else (),
            "number_id": number_id,
            "chart": _chart(found, first=first, last=last, number_id=number_id),
            "tables": _tables(found),
            "agents": found.groups[GroupBy.AGENT],
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/whatsapp/dashboard/page.html", context)


def _chosen(request: HttpRequest, name: str, choices: Any) -> int | None:
    value = request.GET.get(name, "")
    return next((choice for choice in choices if str(choice) == value), None)


def _period(days: int) -> str:
    if days == 1:
        return _("Today")
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


def _tables(found: MessageStats) -> list[tuple[str, str, Any]]:
    """A heading, what the rows are called, and the rows."""
    return [
        (_("Templates"), _("template"), found.groups[GroupBy.TEMPLATE]),
        (_("Order events"), _("event"), found.groups[GroupBy.ORDER_EVENT]),
    ]


def _chart(found: MessageStats, *, first: date, last: date, number_id: int | None) -> Chart:
    """A column for each day, also for those without a message; today one for each hour."""
    if first == last:
        hours = stats.hours(day=last, number_id=number_id)
        return charts.columns(
            [
                Bar(
                    label=formats.date_format(hour.at.astimezone(SHOP_ZONE), "H"),
                    sent=hour.sent,
                    failed=hour.failed,
                    received=hour.received,
                )
                for hour in hours
            ],
            labels=24,
        )
    of_day = {count.date: count for count in found.by_day}
    wanted = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return charts.columns([_bar(day, of_day.get(day)) for day in wanted])


def _bar(day: date, count: DayCount | None) -> Bar:
    label = formats.date_format(day, "j M")
    if count is None:
        return Bar(label=label, sent=0, failed=0, received=0)
    return Bar(label=label, sent=count.sent, failed=count.failed, received=count.received)
