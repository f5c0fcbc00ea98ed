"""The ready-made templates: put where they are missing, checked, and handed to Meta."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.files.base import ContentFile

from whatsapp.domain.standard_templates import (
    SAMPLE_DOCUMENT,
    STANDARD_TEMPLATES,
    StandardTemplate,
)
from whatsapp.domain.template import Problem, TemplateStatus
from whatsapp.domain.template_parts import find_part
from whatsapp.errors import WhatsAppError
from whatsapp.models import Template
from whatsapp.services import template_samples, templates
from whatsapp.services.shared import accounts
from whatsapp.services.templating import sample_document, template_checks


@dataclass(frozen=True, kw_only=True, slots=True)
class Pushed:
    """A template after the push; ``error`` says why Meta has not got it."""

    name: str
    language: str
    status: str
    error: str = ""


def push(*, waba_id: str = "") -> Iterator[Pushed]:
    """Make the ready-made templates of an account, the default one, and submit the drafts of them.

    One at a time, so that progress can be shown. A template of the same name that the shop has
    changed is left as it is. Calls Meta: not for use inside a transaction.
    """
    waba_id = waba_id or accounts.default_account()
    for standard in STANDARD_TEMPLATES:
        try:
            row = _submitted(_made(standard, waba_id=waba_id))
        except WhatsAppError as error:
            yield Pushed(
                name=standard.name,
                language=standard.language,
                status=TemplateStatus.DRAFT.value,
                error=error.message,
            )
        else:
            yield Pushed(name=row.name, language=row.language, status=row.status)


def in_review() -> bool:
    """Whether Meta still looks at one of the ready-made templates of the default account."""
    names = {standard.name for standard in STANDARD_TEMPLATES}
    rows = Template.objects.present().filter(waba_id=accounts.default_account(), name__in=names)
    return rows.filter(status=TemplateStatus.PENDING.value).exists()


def lint(*, waba_id: str = "") -> Iterator[tuple[Template, list[Problem]]]:
    """Every template, or those of one account, with what Meta would refuse in it, and warnings.

    The ready-made ones we lack are looked at, too.
    """
    rows = list(Template.objects.present().order_by("name", "language"))
    rows = [row for row in rows if waba_id in ("", row.waba_id)]
    have = {(row.name, row.language) for row in rows}
    missing = [
        _unsaved(each) for each in STANDARD_TEMPLATES if (each.name, each.language) not in have
    ]
    for row in sorted([*rows, *missing], key=lambda each: (each.name, each.language)):
        yield row, template_checks.problems_of(row)


def _made(standard: StandardTemplate, *, waba_id: str) -> Template:
    rows = Template.objects.present().filter(waba_id=waba_id)
    return rows.filter(name=standard.name, language=standard.language).first() or templates.create(
        name=standard.name,
        language=standard.language,
        category=standard.category,
        components=standard.components,
        parameter_format=standard.parameter_format,
        waba_id=waba_id,
    )


def _submitted(row: Template) -> Template:
    if row.status == TemplateStatus.DRAFT.value:
        if _lacks_sample(row):
            file = ContentFile(sample_document.pdf(), name="sample.pdf")
            template_samples.put(template_id=row.pk, file=file)
        return templates.submit(template_id=row.pk)
    return row


def _lacks_sample(row: Template) -> bool:
    """Whether the paper in its header is still to be shown to Meta."""
    example = find_part(row.components, "HEADER").get("example") or {}
    return SAMPLE_DOCUMENT in (example.get("header_handle") or ())


def _unsaved(standard: StandardTemplate) -> Template:
    return Template(
        name=standard.name,
        language=standard.language,
        category=standard.category,
        components=list(standard.components),
        parameter_format=standard.parameter_format,
    )
