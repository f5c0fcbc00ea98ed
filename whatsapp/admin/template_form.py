"""A template's form: what Meta would refuse is not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from whatsapp.admin.desk.words import in_words
from whatsapp.errors import ValidationError, WhatsAppError
from whatsapp.models import Template
from whatsapp.services.shared import accounts
from whatsapp.services.templating import template_checks
from whatsapp.services.templating.template_words import problem_in_words

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Template]
else:
    _ModelForm = forms.ModelForm

FIELDS = ("name", "language", "category", "parameter_format", "components")


class TemplateForm(_ModelForm):
    """Checked by Meta's rules before it is kept; each problem names its part."""

    class Meta:
        model = Template
        fields = FIELDS

    def clean(self) -> dict[str, Any]:
        row = self.instance
        values = {name: self.cleaned_data.get(name, getattr(row, name)) for name in FIELDS}
        if not is_list_of_objects(values["components"]):
            raise forms.ValidationError({"components": "[{…}]"})
        future = as_row(values, of=row)
        try:
            if row.pk:
                template_checks.require_editable(row, category=values["category"])
            _require_free(future)
            problems = template_checks.problems_of(future)
        except WhatsAppError as error:
            raise forms.ValidationError(in_words(error)) from error
        found = [f"{p.field}: {problem_in_words(problem=p)}" for p in problems if not p.is_warning]
        if found:
            raise forms.ValidationError(found)
        return self.cleaned_data

    def _post_clean(self) -> None:
        """Leave the row as it is: the service writes it, from the cleaned data."""


def _require_free(row: Template) -> None:
    same = Template.objects.present().filter(waba_id=row.waba_id, name=row.name)
    if same.filter(language=row.language).exclude(pk=row.pk).exists():
        raise template_checks.taken(row)


def as_row(values: dict[str, Any], *, of: Template) -> Template:
    """The template as it would be, unsaved; a new one in the default account."""
    return Template(**values, pk=of.pk, waba_id=of.waba_id or _default_account())


def is_list_of_objects(components: object) -> bool:
    """Whether the rules can read it at all."""
    return isinstance(components, list) and all(
        isinstance(part, dict)
        and isinstance(part.get("buttons") or [], list)
        and all(isinstance(button, dict) for button in part.get("buttons") or [])
        and isinstance(part.get("example") or {}, dict)
        for part in components
    )


def _default_account() -> str:
    try:
        return accounts.default_account()
    except ValidationError:  # none is known yet; the service says so when it is saved
        return ""
