"""The filters of the list of webhook events; each uses an index, and none reads the table."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from whatsapp.admin.base import ChoiceFilter
from whatsapp.gateway.updates import FIELDS
from whatsapp.models import BusinessNumber, WebhookEvent
from whatsapp.models.webhook_event import EventOutcome, EventStatus

Choices = list[tuple[str, str]]
DAYS = 14  # offered; Meta repeats for seven
_OTHER = "other"


class StatusFilter(ChoiceFilter):
    title = gettext_lazy("status")
    parameter_name = field = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [
            (EventStatus.PENDING.value, pgettext("event", "pending")),
            (EventStatus.PROCESSED.value, pgettext("event", "processed")),
            (EventStatus.FAILED.value, pgettext("event", "dead")),
        ]


class OutcomeFilter(ChoiceFilter):
    title = gettext_lazy("outcome")
    parameter_name = field = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [
            (EventOutcome.APPLIED.value, pgettext("event", "applied")),
            (EventOutcome.STALE.value, pgettext("event", "stale")),
            (EventOutcome.NOT_OURS.value, pgettext("event", "not ours")),
            (EventOutcome.UNSUPPORTED.value, pgettext("event", "unsupported")),
        ]


class FieldFilter(admin.SimpleListFilter):
    """The fields that something acts on by name, all others together."""

    title = gettext_lazy("field")
    parameter_name = "field"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [*((name, name) for name in FIELDS), (_OTHER, _("others"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[WebhookEvent]
    ) -> QuerySet[WebhookEvent]:
        chosen = self.value()
        if chosen == _OTHER:
            return queryset.exclude(field__in=FIELDS)
        return queryset.filter(field=chosen) if chosen in FIELDS else queryset


class NumberFilter(ChoiceFilter):
    """Events name a number by its id at Meta; they may come before we know it."""

    title = gettext_lazy("business number")
    parameter_name = field = "phone_number_id"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(number.phone_number_id, str(number)) for number in BusinessNumber.objects.all()]


class DayFilter(admin.SimpleListFilter):
    """One of the last days, cut by the reader's clocks."""

    title = gettext_lazy("day")
    parameter_name = "day"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        today = timezone.localdate()
        days = [today - timedelta(days=back) for back in range(DAYS)]
        return [(day.isoformat(), formats.date_format(day, "D, j M")) for day in days]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[WebhookEvent]
    ) -> QuerySet[WebhookEvent]:
        try:
            day = date.fromisoformat(self.value() or "")
            ends = day + timedelta(days=1)
        except (ValueError, OverflowError):
            return queryset
        return queryset.filter(received_at__gte=_midnight(day), received_at__lt=_midnight(ends))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
