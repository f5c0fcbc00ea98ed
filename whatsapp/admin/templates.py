"""Message templates: written here, judged by Meta."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from whatsapp.admin.base import act_on
from whatsapp.admin.desk.words import in_words
from whatsapp.admin.template_form import TemplateForm
from whatsapp.admin.template_page import CheckView, SampleView, first_values, page_of, tone_of
from whatsapp.errors import WhatsAppError
from whatsapp.models import Template
from whatsapp.services import templates
from whatsapp.services.templating import template_checks
from whatsapp.services.templating.template_words import reason_in_words, status_in_words

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Template]
else:
    _ModelAdmin = admin.ModelAdmin


REFUSED = "whatsapp_template_refused"  # on a request: what was typed could not be kept


class _Saved(HttpResponseRedirect):
    """Back to the page of a template that is to be submitted once it is committed."""

    def __init__(self, page: str, *, row: Template) -> None:
        super().__init__(page)
        self.row = row


@admin.register(Template)
class TemplateAdmin(_ModelAdmin):
    """The form is an editor with a preview; see ``template_page`` for what it asks while typing."""

    form = TemplateForm
    change_form_template = "admin/whatsapp/template/change_form.html"
    fields = ("name", "language", "category", "parameter_format", "components")
    list_display = ("name", "language", "category", "standing", "why", "quality", "synced_at")
    list_filter = ("status", "category", "language")
    list_per_page = 100
    search_fields = ("name",)
    actions = ("submit", "sync", "duplicate", "delete_at_meta")

    class Media:
        css = {"all": ["whatsapp/desk.css", "whatsapp/template_editor.css"]}

    def get_urls(self) -> list[URLPattern]:
        check = self.admin_site.admin_view(require_POST(CheckView(self)))
        sample = self.admin_site.admin_view(require_POST(SampleView(self)))
        return [
            path("check/", check, name="whatsapp_template_check"),
            path("sample/", sample, name="whatsapp_template_sample"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Template]:
        return Template.objects.present()

    def get_readonly_fields(self, request: HttpRequest, obj: Template | None = None) -> Any:
        return ("name", "language") if obj is not None and obj.meta_id else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return first_values(request)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {**(extra_context or {}), **page_of(self, request, object_id)}
        answer = super().changeform_view(request, object_id, form_url, context)
        if isinstance(answer, _Saved):  # only now: Meta is not asked inside the form's transaction
            done = _("Submitted")
            act_on(request, [answer.row], lambda pk: templates.submit(template_id=pk), done=done)
        return answer

    def save_model(self, request: HttpRequest, obj: Template, form: Any, change: bool) -> None:
        """Write through the service; what it refuses is told, and nothing is changed."""
        values = {name: form.cleaned_data[name] for name in form.cleaned_data}
        by_id = request.user.pk
        try:
            if change:
                changed = {name: values[name] for name in form.changed_data}
                if changed:
                    templates.change(template_id=obj.pk, by_id=by_id, **changed)
            else:
                obj.pk = templates.create(by_id=by_id, **values).pk
        except WhatsAppError as error:
            setattr(request, REFUSED, True)
            messages.error(request, in_words(error))

    def response_add(
        self, request: HttpRequest, obj: Template, post_url_continue: str | None = None
    ) -> HttpResponse:
        if obj.pk is None:  # refused at the last moment
            return redirect("admin:whatsapp_template_add")
        return self._submitted(request, obj) or super().response_add(
            request, obj, post_url_continue
        )

    def response_change(self, request: HttpRequest, obj: Template) -> HttpResponse:
        return self._submitted(request, obj) or super().response_change(request, obj)

    def _submitted(self, request: HttpRequest, obj: Template) -> HttpResponse | None:
        """Submit where that was the button; back to the page, which tells how it stands."""
        page = reverse("admin:whatsapp_template_change", args=[obj.pk])
        if getattr(request, REFUSED, False):
            return HttpResponseRedirect(page)
        if "_submit" not in request.POST or not self.has_submit_permission(request):
            return None
        return _Saved(page, row=obj)

    def has_change_permission(self, request: HttpRequest, obj: Template | None = None) -> bool:
        """What Meta lets nobody edit is shown as it is."""
        may = super().has_change_permission(request, obj)
        return may and (obj is None or obj.status in template_checks.EDITABLE)

    def has_delete_permission(self, request: HttpRequest, obj: Template | None = None) -> bool:
        return False  # through the action: Meta has to forget it too

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def standing(self, template: Template) -> SafeString:
        return format_html(
            '<span class="wa-status wa-tone-{}">{}</span>',
            tone_of(template.status),
            status_in_words(status=template.status),
        )

    @admin.display(description=gettext_lazy("what to do"))
    def why(self, template: Template) -> SafeString | str:
        words = reason_in_words(status=template.status, reason=template.rejected_reason)
        if not words:
            return ""
        code = template.rejected_reason.partition(":")[0]
        return format_html('<span class="wa-why" title="{}">{}</span>', code, words)

    def has_submit_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("whatsapp.submit_template")

    def has_remove_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("whatsapp.delete_template")

    @admin.action(description=gettext_lazy("Submit to Meta"), permissions=["submit"])
    def submit(self, request: HttpRequest, queryset: QuerySet[Template]) -> None:
        act_on(
            request,
            queryset,
            lambda pk: templates.submit(template_id=pk),
            done=_("Submitted"),
        )

    @admin.action(description=gettext_lazy("Sync all with Meta"), permissions=["submit"])
    def sync(self, request: HttpRequest, _queryset: QuerySet[Template]) -> None:
        report = templates.sync_statuses(now=timezone.now())
        for account, reason in report.failures.items():
            messages.error(request, f"{account}: {reason}")
        counts = {"added": report.added, "changed": report.changed, "vanished": report.vanished}
        words = _("Synced: %(added)d new, %(changed)d changed, %(vanished)d gone.") % counts
        messages.success(request, words)

    @admin.action(description=gettext_lazy("Duplicate to another language"), permissions=["add"])
    def duplicate(
        self, request: HttpRequest, queryset: QuerySet[Template]
    ) -> HttpResponseRedirect | None:
        if queryset.count() != 1:
            messages.warning(request, _("Choose one template to duplicate."))
            return None
        address = reverse("admin:whatsapp_template_add")
        return HttpResponseRedirect(f"{address}?from={queryset.get().pk}")

    @admin.action(description=gettext_lazy("Delete, here and at Meta"), permissions=["remove"])
    def delete_at_meta(self, request: HttpRequest, queryset: QuerySet[Template]) -> None:
        act_on(
            request,
            queryset,
            lambda pk: templates.delete(template_id=pk),
            done=_("Deleted"),
        )
