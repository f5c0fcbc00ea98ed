"""Whether Meta would take a template: its text, its namesakes, and how often it may be edited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from whatsapp.domain import template as rules
from whatsapp.domain.template import Problem, TemplateCategory, TemplateStatus
from whatsapp.domain.template_parts import part_text
from whatsapp.errors import TemplateValidationError
from whatsapp.models import Template, TemplateVersion
from whatsapp.services.templating import template_versions

# Meta takes edits of these only; the category of an approved template is Meta's to change
EDITABLE = (
    TemplateStatus.DRAFT,
    TemplateStatus.APPROVED,
    TemplateStatus.REJECTED,
    TemplateStatus.PAUSED,
)
EDIT_PAUSE = timedelta(hours=24)  # between two edits of an approved template …
EDIT_SPAN, EDITS_IN_SPAN = timedelta(days=30), 10  # … and so many in so long
NAME_BLOCKED = timedelta(days=30)  # after an approved template was deleted

# Meta has given up their texts, or never had them
_NO_TWINS = (TemplateStatus.DRAFT, TemplateStatus.REJECTED, TemplateStatus.DISABLED)


def problems_of(row: Template) -> list[Problem]:
    """Everything Meta would refuse in the row, saved or not, and then the warnings."""
    errors = rules.validate(
        name=row.name,
        language=row.language,
        category=row.category,
        components=row.components,
        parameter_format=row.parameter_format,
    )
    twin = _twin(row)
    if twin is not None:
        values = {"name": str(twin)}
        errors.append(Problem(field="body", code="duplicate", values=values))
    warnings = rules.warnings(
        language=row.language, category=row.category, components=row.components
    )
    return [*errors, *warnings]


def require_valid(row: Template) -> None:
    """Refuse what Meta would; everything it would is in ``details["problems"]``."""
    problems = [problem for problem in problems_of(row) if not problem.is_warning]
    if problems:
        raise TemplateValidationError(
            f"Meta would refuse this template: {problems[0].message}",
            details={"field": problems[0].field, "problems": told(problems)},
        )


def told(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """Problems as the details of an error."""
    return [{"field": p.field, "code": p.code, "message": p.message} for p in problems]


def taken(row: Template) -> TemplateValidationError:
    """The error of a second template of one identity."""
    return TemplateValidationError(
        f"There is a template {row.name!r} in {row.language!r} already; change that one.",
        details={"field": "name", "reason": "taken"},
    )


def require_editable(row: Template, *, category: str) -> None:
    """Refuse an edit that Meta takes in no case: by the status, or of an approved category."""
    if row.status not in EDITABLE:
        raise TemplateValidationError(
            f"A template that is {row.status.lower()} cannot be changed.",
            details={"field": "status", "reason": row.status},
        )
    known = template_versions.at_meta(template_id=row.pk) if row.meta_id else None
    approved = known.category if known and rules.may_send(known.status) else ""
    if row.is_approved:
        approved = row.category
    if approved and category != approved:
        raise TemplateValidationError(
            "The category of an approved template cannot be changed.",
            details={"field": "category"},
        )


def require_open(row: Template, *, now: datetime) -> bool:
    """Refuse a submission that comes too soon for Meta; tell whether it edits an approved text."""
    if not row.meta_id:
        _require_free_name(row, now=now)
        return False
    known = template_versions.at_meta(template_id=row.pk)
    if known is None or not rules.may_send(known.status):
        return False
    again_at = _edit_again_at(row, now=now)
    if again_at is not None:
        raise _too_soon(
            "Meta takes one edit of an approved template in 24 hours and 10 in 30 days;"
            f" the next from {again_at:%Y-%m-%d %H:%M} UTC.",
            reason="edited_lately",
            again_at=again_at,
        )
    return True


def require_deletable(row: Template) -> None:
    """Refuse to delete what Meta does not let be deleted."""
    if row.meta_id and row.status == TemplateStatus.DISABLED:
        raise TemplateValidationError(
            "Meta deletes no disabled template. Make a new one of another name.",
            details={"field": "status", "reason": row.status},
        )


def _edit_again_at(row: Template, *, now: datetime) -> datetime | None:
    edits = TemplateVersion.objects.filter(template=row, edits_approved=True)
    rows = edits.order_by("-submitted_at").values_list("submitted_at", flat=True)
    times = [at for at in rows if at is not None]
    waits = [at + EDIT_PAUSE for at in times[:1]]
    waits += [at + EDIT_SPAN for at in times[EDITS_IN_SPAN - 1 : EDITS_IN_SPAN]]
    return max((until for until in waits if until > now), default=None)


def _require_free_name(row: Template, *, now: datetime) -> None:
    deleted = TemplateVersion.objects.filter(
        template=row,
        status=TemplateStatus.DELETED.value,
        approved_at__isnull=False,
        status_changed_at__gt=now - NAME_BLOCKED,
    ).first()
    if deleted is None or deleted.status_changed_at is None:
        return
    again_at = deleted.status_changed_at + NAME_BLOCKED
    raise _too_soon(
        "Meta keeps the name of a deleted template for 30 days. Take another name, or wait"
        f" until {again_at:%Y-%m-%d %H:%M} UTC.",
        reason="name_blocked",
        again_at=again_at,
    )


def _too_soon(message: str, *, reason: str, again_at: datetime) -> TemplateValidationError:
    details = {"field": "status", "reason": reason, "again_at": again_at.isoformat()}
    return TemplateValidationError(message, details=details)


def _twin(row: Template) -> Template | None:
    """Another template of the account with the same body and footer in the same language."""
    if row.category == TemplateCategory.AUTHENTICATION or not part_text(row.components, "BODY"):
        return None
    said = _said(row)
    others = Template.objects.present().filter(waba_id=row.waba_id, language=row.language)
    others = others.exclude(pk=row.pk).exclude(status__in=_NO_TWINS)
    others = others.exclude(category=TemplateCategory.AUTHENTICATION.value)
    return next((other for other in others.order_by("id") if _said(other) == said), None)


def _said(row: Template) -> tuple[list[str], list[str]]:
    body, footer = (part_text(row.components, part) for part in ("BODY", "FOOTER"))
    return body.split(), footer.split()
