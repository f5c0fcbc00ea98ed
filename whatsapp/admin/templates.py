"""Message templates: written here, judged by Meta."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from whatsapp.admin.base import act_on
from whatsapp.domain import template as rules
from whatsapp.errors import TemplateValidationError
from whatsapp.models import Template
from whatsapp.services import templates

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Template]
    _ModelForm = forms.ModelForm[Template]
else:
    _ModelAdmin, _ModelForm = admin.ModelAdmin, forms.ModelForm

CONTENT = ("category", "parameter_format", "components")


class TemplateForm(_ModelForm):
    """Checked by Meta's rules before it is kept; each problem names its part."""

    class Meta:
        model = Template
        fields = ("name", "language", *CONTENT)

    def clean(self) -> dict[str, Any]:
        values = {
            name: self.cleaned_data.get(name, getattr(self.instance, name))
            for name in ("name", "language", *CONTENT)
        }
        problems = rules.validate(**values)
        if problems:
            raise forms.ValidationError([f"{p.field}: {p.message}" for p in problems])
        return self.cleaned_data


@admin.register(Template)
class TemplateAdmin(_ModelAdmin):
    form = TemplateForm
    list_display = (
        "name",
        "language",
        "category",
        "status",
        "rejected_reason",
        "quality",
        "synced_at",
    )
    list_filter = ("status", "category", "language")
    search_fields = ("name",)
    readonly_fields = ("status", "rejected_reason", "quality", "synced_at", "shown_text")
    actions = ("submit", "sync", "delete_at_meta")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Template]:
        return Template.objects.present()

    def get_readonly_fields(self, request: HttpRequest, obj: Template | None = None) -> Any:
        known = obj is not None and obj.meta_id
        return (*self.readonly_fields, *(("name", "language") if known else ()))

    def save_model(self, request: HttpRequest, obj: Template, form: Any, change: bool) -> None:
        """Write through the service; what it refuses is told, and nothing is changed."""
        values = {name: form.cleaned_data[name] for name in form.cleaned_data}
        try:
            if change:
                changed = {name: values[name] for name in form.changed_data}
                saved = templates.change(template_id=obj.pk, **changed) if changed else obj
            else:
                saved = templates.create(**values)
        except TemplateValidationError as error:
            messages.error(request, error.message)
        else:
            obj.pk = saved.pk

    def has_delete_permission(self, request: HttpRequest, obj: Template | None = None) -> bool:
        return False  # through the action: Meta has to forget it too

    @admin.display(description=gettext_lazy("what the customer reads"))
    def shown_text(self, template: Template) -> SafeString:
        text = "\n\n".join(str(part.get("text", "")) for part in template.components)
        return format_html("<pre>{}</pre>", text.strip())

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

    @admin.action(description=gettext_lazy("Delete, here and at Meta"), permissions=["remove"])
    def delete_at_meta(self, request: HttpRequest, queryset: QuerySet[Template]) -> None:
        act_on(
            request,
            queryset,
            lambda pk: templates.delete(template_id=pk),
            done=_("Deleted"),
        )
