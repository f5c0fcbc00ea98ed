"""What Meta counted of each number and day, beside what we stored."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from whatsapp.admin.base import ChoiceFilter, ReadOnlyAdmin, act_on
from whatsapp.models import GapCheck
from whatsapp.models.gap_check import GapState
from whatsapp.services.events import gap_check


def _words() -> dict[str, str]:
    return {
        GapState.DIFFERENT.value: pgettext("counts", "different"),
        GapState.FAILED.value: pgettext("counts", "not answered"),
        GapState.PENDING.value: pgettext("counts", "to be compared"),
        GapState.EQUAL.value: pgettext("counts", "equal"),
    }


class StateFilter(ChoiceFilter):
    title = gettext_lazy("state")
    parameter_name = field = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(_words().items())


@admin.register(GapCheck)
class GapCheckAdmin(ReadOnlyAdmin):
    list_display = (
        *("day", "number", "standing", "meta_sent", "our_sent", "meta_delivered"),
        *("our_delivered", "error", "checked_at"),
    )
    list_filter = (StateFilter, "number")
    list_select_related = ("number",)
    ordering = ("-day", "number_id")
    fields = (
        ("number", "day"),
        ("standing", "error"),
        "advice",
        ("meta_sent", "our_sent"),
        ("meta_delivered", "our_delivered"),
        ("starts_at", "ends_at"),
        ("attempts", "checked_at", "told_at"),
    )
    actions = ("compare_again",)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def standing(self, row: GapCheck) -> str:
        return _words().get(row.state, row.state)

    @admin.display(description=gettext_lazy("what to do"))
    def advice(self, row: GapCheck) -> str:
        return gap_check.advice(row)

    def has_repeat_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("whatsapp.repeat_gapcheck")

    @admin.action(description=gettext_lazy("Compare again"), permissions=["repeat"])
    def compare_again(self, request: HttpRequest, queryset: QuerySet[GapCheck]) -> None:
        act_on(
            request,
            queryset,
            lambda pk: gap_check.repeat(check_id=pk),
            done=_("To be compared again"),
        )
