"""The editor of a template: what its page shows, and what it asks while somebody types."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse

from whatsapp.admin.desk.words import in_words
from whatsapp.admin.template_form import FIELDS, as_row, is_list_of_objects
from whatsapp.domain.template_parts import buttons_of, part_text
from whatsapp.errors import WhatsAppError
from whatsapp.models import Template, TemplateVersion
from whatsapp.services import template_samples
from whatsapp.services.templating import template_checks
from whatsapp.services.templating.template_words import (
    problem_in_words,
    reason_in_words,
    status_in_words,
)

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    _Admin = ModelAdmin[Template]

VERSIONS_SHOWN = 20
# Meta has some hundred codes; these are the likely ones, any other can be typed
LANGUAGES = (
    *("ro", "en", "hu", "de", "fr", "it", "es", "bg", "uk", "pl", "tr", "el", "en_US", "en_GB"),
    *("nl", "cs", "sk", "hr", "sr", "pt_PT"),
)
_TONES = {
    "APPROVED": "good",
    "DRAFT": "quiet",
    "PENDING": "wait",
    "IN_APPEAL": "wait",
    "ARCHIVED": "quiet",
    "DELETED": "quiet",
}


def tone_of(status: str) -> str:
    """How a status is coloured: good, wait, quiet, or bad."""
    return _TONES.get(status, "bad")


def first_values(request: HttpRequest) -> dict[str, Any]:
    """What a new template begins with: another one's text, to be put into another language."""
    source = request.GET.get("from", "")
    row = Template.objects.present().filter(pk=source).first() if source.isdecimal() else None
    if row is None:
        return {"language": "ro", "components": [{"type": "BODY", "text": ""}]}
    names = ("name", "category", "parameter_format", "components")
    return {name: getattr(row, name) for name in names}


def page_of(model_admin: _Admin, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
    """What the page shows beside the form."""
    row = None
    if object_id and object_id.isdecimal():
        row = Template.objects.present().filter(pk=object_id).first()
    context: dict[str, Any] = {
        "languages": LANGUAGES,
        "may_submit": request.user.has_perm("whatsapp.submit_template"),
        "may_add": model_admin.has_add_permission(request),
    }
    if row is None:
        return context
    versions = TemplateVersion.objects.filter(template=row).select_related("author")
    return context | {
        "standing": status_in_words(status=row.status),
        "tone": tone_of(row.status),
        "reason": reason_in_words(status=row.status, reason=row.rejected_reason),
        "components": row.components,
        "versions": [_Shown(version) for version in versions.order_by("-number")[:VERSIONS_SHOWN]],
    }


class _Shown:
    """A version as the page lists it."""

    def __init__(self, version: TemplateVersion) -> None:
        self.row = version
        self.standing = status_in_words(status=version.status)
        self.tone = tone_of(version.status)
        self.reason = reason_in_words(status=version.status, reason=version.reason)
        texts = (part_text(version.components, part) for part in ("HEADER", "BODY", "FOOTER"))
        labels = (f"[{button.get('text') or ''}]" for button in buttons_of(version.components))
        self.text = "\n\n".join(text for text in (*texts, " ".join(labels)) if text)


class CheckView:
    """POST the form as JSON: what Meta would refuse in it, and the warnings, in words."""

    def __init__(self, model_admin: _Admin) -> None:
        self._admin = model_admin

    def __call__(self, request: HttpRequest) -> JsonResponse:
        if not self._admin.has_view_permission(request):
            raise PermissionDenied
        values, pk = _given(request)
        if values is None:
            return JsonResponse({"problems": [{"field": "components", "message": "JSON"}]})
        of = Template.objects.present().filter(pk=pk or 0).first() or Template()
        if of.pk:
            values |= {name: values[name] or getattr(of, name) for name in ("name", "language")}
        problems = template_checks.problems_of(as_row(values, of=of))
        told = [
            {
                "field": problem.field,
                "message": problem_in_words(problem=problem),
                "warning": problem.is_warning,
            }
            for problem in problems
        ]
        return JsonResponse({"problems": told})


class SampleView:
    """POST a file and the header's format: the handle Meta gives for it, or why not."""

    def __init__(self, model_admin: _Admin) -> None:
        self._admin = model_admin

    def __call__(self, request: HttpRequest) -> JsonResponse:
        if not self._admin.has_add_permission(request):
            raise PermissionDenied
        file, pk = request.FILES.get("file"), request.POST.get("id", "")
        row = Template.objects.present().filter(pk=pk).first() if pk.isdecimal() else None
        try:
            if file is None:
                raise template_samples.no_file()
            sample = template_samples.upload(
                header_format=request.POST.get("format", ""),
                file=file,
                waba_id=row.waba_id if row else "",
            )
        except WhatsAppError as error:
            return JsonResponse({"error": in_words(error)}, status=400)
        return JsonResponse({"handle": sample.handle, "filename": sample.filename})


def _given(request: HttpRequest) -> tuple[dict[str, Any] | None, int | None]:
    try:
        given = json.loads(request.body)
        pk = given.get("id")
        texts = {name: str(given.get(name) or "") for name in FIELDS[:-1]}
    except (ValueError, AttributeError, RecursionError):
        return None, None
    components = given.get("components")
    if not is_list_of_objects(components):
        return None, None
    return texts | {"components": components}, pk if isinstance(pk, int) else None
