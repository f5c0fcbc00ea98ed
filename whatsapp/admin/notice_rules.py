"""Rules for order notices: who is told of what, how and when; tried on real orders while edited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from whatsapp.admin.base import act_on
from whatsapp.admin.rules import mapping, words
from whatsapp.admin.rules.form import NoticeRuleForm
from whatsapp.errors import ValidationError
from whatsapp.models import NoticeCheck, NoticeRule
from whatsapp.ports import OrderRecord
from whatsapp.services import notice_rules
from whatsapp.services.notices import checks as notice_checks
from whatsapp.services.notices import plans
from whatsapp.wiring import customer_directory, order_book

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[NoticeRule]
else:
    _ModelAdmin = admin.ModelAdmin

PARTS = ("rows", "preview")


@admin.register(NoticeRule)
class NoticeRuleAdmin(_ModelAdmin):
    form = NoticeRuleForm
    list_display = (
        *("called", "happening", "template", "orders", "told", "position", "is_active"),
        "last_tried",
    )
    list_display_links = ("called",)
    list_editable = ("position", "is_active")
    list_select_related = ("last_check", "number")
    ordering = ("event", "position", "id")
    actions = ("check_now",)
    change_form_template = "admin/whatsapp/noticerule/change_form.html"
    fieldsets = (
        (None, {"fields": ("name", "event", ("position", "is_active"))}),
        (
            gettext_lazy("For which orders"),
            {"fields": (("minimum_total", "maximum_total"), "couriers", "customer_groups")},
        ),
        (
            gettext_lazy("How and when"),
            {
                "fields": (
                    *("template", "fallback_template", "recipient", "number"),
                    *("delay_minutes", "other_channel_minutes"),
                )
            },
        ),
    )

    class Media:
        css = {"all": ["whatsapp/desk.css"]}

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def called(self, rule: NoticeRule) -> str:
        return _(rule.name)

    @admin.display(description=gettext_lazy("event"), ordering="event")
    def happening(self, rule: NoticeRule) -> str:
        return words.event_words(rule.event)

    @admin.display(description=gettext_lazy("for which orders"))
    def orders(self, rule: NoticeRule) -> str:
        return words.condition_words(rule)

    @admin.display(description=gettext_lazy("told"))
    def told(self, rule: NoticeRule) -> str:
        return words.delay_words(rule)

    @admin.display(description=gettext_lazy("last tried"))
    def last_tried(self, rule: NoticeRule) -> str:
        check = _check_of(rule)
        if check is None:
            return "-"
        told = words.check_words(failed=check.failed, looked_at=check.looked_at)
        problems = [each.said(translate=_) for each in notice_checks.problems_of(check)[:1]]
        return " · ".join([told, *problems])

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.sheet))
        return [path("sheet/", view, name="whatsapp_noticerule_sheet"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        form = context["adminform"].form
        rule = form.instance
        context["check"] = _check_of(rule) if rule.pk else None
        if context["check"]:
            told = notice_checks.problems_of(context["check"])
            context["problems"] = [each.said(translate=_) for each in told]
        if isinstance(form, NoticeRuleForm) and self._may_edit(request, rule):
            given = request.POST.dict() if form.is_bound else None
            errors = form.parameter_errors
            context |= _sheet(rule, given=given, errors=errors, chosen="")
        return super().render_change_form(request, context, *args, **kwargs)

    def sheet(self, request: HttpRequest) -> HttpResponse:
        """Give one part of the page for the rule as it stands in the form, unsaved."""
        given = request.POST.dict()
        rule = NoticeRule.objects.filter(pk=_whole(given.get("rule", ""))).first()
        if not self._may_edit(request, rule):
            raise PermissionDenied
        form = NoticeRuleForm(request.POST, instance=rule)
        form.is_valid()
        context = _sheet(form.instance, given=given, errors={}, chosen=given.get("try_on", ""))
        part = given.get("part") if given.get("part") in PARTS else "preview"
        return render(request, f"admin/whatsapp/noticerule/{part}.html", context)

    def _may_edit(self, request: HttpRequest, rule: NoticeRule | None) -> bool:
        if rule is None or rule.pk is None:
            return self.has_add_permission(request)
        return self.has_change_permission(request, rule)

    def save_model(self, request: HttpRequest, obj: NoticeRule, form: Any, change: bool) -> None:
        try:
            notice_rules.save(rule=obj)
        except ValidationError as error:  # from the list, whose form knows two fields only
            messages.error(request, f"{obj}: {error.message}")

    def delete_model(self, request: HttpRequest, obj: NoticeRule) -> None:
        notice_rules.delete(rule_id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[NoticeRule]) -> None:
        act_on(request, queryset, lambda pk: notice_rules.delete(rule_id=pk), done=_("Deleted"))

    @admin.action(
        description=gettext_lazy("Try all active rules on the newest orders"),
        permissions=["change"],
    )
    def check_now(self, request: HttpRequest, _queryset: QuerySet[NoticeRule]) -> None:
        for row in notice_checks.check(now=timezone.now()):
            told = words.check_words(failed=row.failed, looked_at=row.looked_at)
            problems = [each.said(translate=_) for each in notice_checks.problems_of(row)]
            level = messages.ERROR if problems else messages.SUCCESS
            said = " · ".join([told, *problems])
            self.message_user(request, f"{_(row.rule.name)}: {said}", level)


def _check_of(rule: NoticeRule) -> NoticeCheck | None:
    return NoticeCheck.objects.filter(rule=rule).first() if rule.pk else None


def _sheet(
    rule: NoticeRule, *, given: Mapping[str, str] | None, errors: Mapping[str, str], chosen: str
) -> dict[str, Any]:
    """What the mapping and the preview show of a rule that may not be saved."""
    newest = order_book().find_newest(limit=notice_checks.ORDERS)
    customers = {
        each.id: each
        for each in customer_directory().find_by_ids({order.customer_id for order in newest})
    }
    order = _chosen(newest, chosen)
    shown = plans.preview(rule=rule, order=order) if order and rule.template else None
    rendered = None
    if shown and shown.plan.template is not None:
        rendered = shown.plan.template.render(shown.plan.parameters)
    return {
        "rows": mapping.rows(rule=rule, given=given, errors=errors),
        "groups": mapping.groups(orders=newest, customers=customers.values(), kept=rule.parameters),
        "newest": [(each, customers.get(each.customer_id)) for each in newest],
        "tried_on": order,
        "rendered": rendered,
        "outcome": words.preview_words(rule, shown) if shown else None,
    }


def _chosen(newest: Any, chosen: str) -> OrderRecord | None:
    """The order that was picked, else the newest that is not cancelled."""
    by_id = {str(order.id): order for order in newest}
    standing = (order for order in newest if not order.is_cancelled)
    return by_id.get(chosen) or next(standing, None)


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() else 0
