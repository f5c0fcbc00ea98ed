"""Templates: made and changed here, judged by Meta.

A row that is changed is a DRAFT until it is submitted, even when Meta still has its older text:
what we send must be what Meta knows. Only ``submit``, ``delete`` and ``sync_statuses`` call Meta,
and never inside a transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from whatsapp.domain import template as rules
from whatsapp.domain.template import TemplateStatus
from whatsapp.domain.template_texts import with_texts
from whatsapp.domain.updates import TemplateUpdate
from whatsapp.errors import NotFoundError, TemplateValidationError, ValidationError
from whatsapp.models import Template
from whatsapp.models.template_version import VersionSource
from whatsapp.models.webhook_event import EventOutcome
from whatsapp.ports import GatewayError, TemplateDefinition
from whatsapp.services import notice_rules
from whatsapp.services.shared import accounts
from whatsapp.services.templating import template_checks, template_sync, template_versions
from whatsapp.services.templating.template_sync import SyncReport
from whatsapp.wiring import gateway

Components = Sequence[Mapping[str, Any]]

IDENTITY = frozenset({"name", "language"})
# By webhooks, each with the time of its last change
TOLD = ("status", "category", "quality", "components")
TOLD_AT = tuple(f"{name}_changed_at" for name in TOLD)
CONTENT = frozenset({"category", "components", "parameter_format"})


@transaction.atomic
def create(
    *,
    name: str,
    language: str,
    category: str,
    components: Components,
    parameter_format: str = "NAMED",
    waba_id: str = "",
    by_id: int | None = None,
) -> Template:
    """Keep a new template as a draft, in the default number's account unless told otherwise.

    ``by_id`` is the user who wrote it. A deleted template of the same identity comes back as the
    draft. Raises TemplateValidationError, with everything Meta would refuse in
    ``details["problems"]``.
    """
    account = waba_id or accounts.default_account()
    row = Template.objects.select_for_update(no_key=True).filter(
        waba_id=account, name=name, language=language
    ).first() or Template(waba_id=account, name=name, language=language)
    if row.pk and row.deleted_at is None:
        raise template_checks.taken(row)
    row.category, row.parameter_format = category, parameter_format
    row.components = list(components)
    template_checks.require_valid(row)
    row.status, row.meta_id, row.rejected_reason = TemplateStatus.DRAFT.value, "", ""
    row.deleted_at = row.submitted_at = None
    for moment in TOLD_AT:
        setattr(row, moment, None)
    row.save()
    _note_ours(row, by_id=by_id)
    return row


@transaction.atomic
def change(*, template_id: int, by_id: int | None = None, **changes: Any) -> Template:
    """Change ``category``, ``components``, ``parameter_format``; also name and language of a draft.

    The row is a draft afterwards. Raises NotFoundError, ValidationError for another field,
    TemplateValidationError when the status or Meta's rules forbid the change.
    """
    row = _present(Template.objects.select_for_update(no_key=True).filter(pk=template_id).first())
    known_to_meta = bool(row.meta_id)
    unknown = sorted(set(changes) - CONTENT - (frozenset() if known_to_meta else IDENTITY))
    if unknown:
        raise ValidationError(
            f"Of this template {', '.join(unknown)} cannot be changed.", details={"fields": unknown}
        )
    template_checks.require_editable(row, category=changes.get("category", row.category))
    for field, value in changes.items():
        setattr(row, field, value)
    template_checks.require_valid(row)
    same = Template.objects.filter(waba_id=row.waba_id, name=row.name, language=row.language)
    if same.exclude(pk=row.pk).exists():
        raise template_checks.taken(row)
    row.status, row.rejected_reason = TemplateStatus.DRAFT.value, ""
    row.save(update_fields=[*changes, "status", "rejected_reason"])
    _note_ours(row, by_id=by_id)
    return row


def submit(*, template_id: int) -> Template:
    """Send the template to Meta for review; one call to Meta.

    The row is PENDING before the call, so nobody submits it twice and a verdict that overtakes
    Meta's answer is kept. Meta may answer with another category. A refusal restores the status.
    Raises NotFoundError, GatewayError, and TemplateValidationError, also for an edit that Meta
    does not take yet: ``details["again_at"]`` says when it will.
    """
    credentials = accounts.credentials(waba_id=_present(_row(template_id)).waba_id)
    row, before, edits_approved = _claim_for_review(template_id)
    try:
        taken = gateway().submit_template(_definition(row), credentials=credentials)
    except GatewayError:
        in_review = Template.objects.filter(pk=template_id, status=TemplateStatus.PENDING.value)
        in_review.update(status=before)
        raise
    return _record_answer(template_id, taken, edits_approved=edits_approved)


def delete(*, template_id: int) -> None:
    """Delete the template at Meta, if Meta has it, and hide it here; its messages keep it.

    Raises NotFoundError, TemplateValidationError for a disabled one, GatewayError (then nothing
    changed here).
    """
    row = _present(_row(template_id))
    template_checks.require_deletable(row)
    if row.meta_id:
        credentials = accounts.credentials(waba_id=row.waba_id)
        gateway().delete_template(name=row.name, meta_id=row.meta_id, credentials=credentials)
    _hide(template_id)


def sync_statuses(*, now: datetime, waba_id: str = "") -> SyncReport:
    """Bring our templates in line with Meta's, account by account, or those of one alone.

    An account that Meta does not list, or in part, is named in the report's ``failures`` and left
    as it was. ValidationError for an account that no active number has a token for.
    """
    report = SyncReport()
    wanted = {waba_id: accounts.credentials(waba_id=waba_id)} if waba_id else None
    for waba_id, credentials in (wanted or accounts.all_credentials()).items():
        try:
            listed = list(gateway().list_templates(credentials=credentials))
        except GatewayError as error:
            report.failed(waba_id, reason=error.message)
            continue
        report += template_sync.merge(waba_id=waba_id, listed=listed, now=now)
    return report


@transaction.atomic
def apply_update(*, update: TemplateUpdate) -> EventOutcome:
    """Apply each thing a webhook tells of a template, unless a newer word of it is known."""
    row = template_sync.find(update)
    if row is None:
        return EventOutcome.NOT_OURS
    if update.status and _is_replaced(row):
        template_versions.note_replaced(
            row=row,
            status=rules.parse_status(update.status)[:32],
            reason=update.reason,
            at=update.happened_at,
        )
    news = [] if row.deleted_at else [name for name in TOLD if _is_news(row, update, name)]
    for name in set(news) - {"status"}:
        setattr(row, name, _told(row, update, name))
        setattr(row, f"{name}_changed_at", update.happened_at)
    if "status" in news:
        template_sync.move(row, status=update.status, reason=update.reason, at=update.happened_at)
    if not news:
        return EventOutcome.STALE
    row.meta_id = row.meta_id or update.meta_id
    row.save(update_fields=[*TOLD, *TOLD_AT, "meta_id", *template_sync.MOVED])
    template_versions.note(rows=[row], now=update.happened_at)
    notice_rules.note_templates()
    return EventOutcome.APPLIED


def _told(row: Template, update: TemplateUpdate, name: str) -> Any:
    """The new value of the column; of the components Meta tells the texts alone."""
    if name == "components":
        return with_texts(row.components, update.components or {})
    return getattr(update, name)


def _is_news(row: Template, update: TemplateUpdate, name: str) -> bool:
    """Whether it is told, not older than what we know, and not of a text that we have replaced.

    Of two words in one second the graver or greater counts, whichever came first.
    """
    if not getattr(update, name):
        return False
    if _is_replaced(row):
        if name in ("status", "components"):
            return False
    elif row.synced_at and update.happened_at < row.synced_at - template_sync.LISTING_LAG:
        return False  # Meta's listing has said since how it stands
    known: datetime | None = getattr(row, f"{name}_changed_at")
    if known is None or update.happened_at != known:
        return known is None or update.happened_at > known
    if name == "status":
        if row.submitted_at is not None and row.submitted_at > known:
            return False  # it was told of the text before
        return rules.gravity(update.status) > rules.gravity(row.status)
    # Of two words in the same second the later by the alphabet counts
    return str(_told(row, update, name)) > str(getattr(row, name))


def _is_replaced(row: Template) -> bool:
    """Whether Meta still has an older text than ours."""
    return row.status == TemplateStatus.DRAFT.value and bool(row.meta_id)


def _definition(row: Template) -> TemplateDefinition:
    """The row as Meta takes it."""
    return TemplateDefinition(
        name=row.name,
        language=row.language,
        category=row.category,
        components=tuple(row.components),
        parameter_format=row.parameter_format,
        meta_id=row.meta_id,
    )


@transaction.atomic
def _claim_for_review(template_id: int) -> tuple[Template, str, bool]:
    row = _present(Template.objects.select_for_update(no_key=True).filter(pk=template_id).first())
    before = row.status
    if row.is_approved:
        raise TemplateValidationError(
            "Meta has approved this text already.", details={"field": "status", "reason": before}
        )
    row.status = rules.after_submit(before)
    template_checks.require_valid(row)
    row.submitted_at = timezone.now()
    edits_approved = template_checks.require_open(row, now=row.submitted_at)
    row.save(update_fields=["status", "submitted_at"])
    return row, before, edits_approved


@transaction.atomic
def _record_answer(
    template_id: int, taken: TemplateDefinition, *, edits_approved: bool
) -> Template:
    """Meta's id and category; its status only if no webhook has brought a verdict meanwhile."""
    row = Template.objects.select_for_update(no_key=True).get(pk=template_id)
    row.meta_id = taken.meta_id or row.meta_id
    row.category = taken.category or row.category
    if row.status == TemplateStatus.PENDING.value:
        template_sync.move(
            row, status=taken.status or row.status, reason=taken.rejected_reason, at=None
        )
    row.save(update_fields=["meta_id", "category", *template_sync.MOVED])
    template_versions.note(rows=[row], now=timezone.now())
    template_versions.note_submission(row=row, edits_approved=edits_approved)
    notice_rules.note_templates()
    return row


@transaction.atomic
def _hide(template_id: int) -> None:
    row = Template.objects.select_for_update(no_key=True).get(pk=template_id)
    row.deleted_at, row.status = timezone.now(), TemplateStatus.DELETED.value
    row.save(update_fields=["deleted_at", "status"])
    template_versions.note(rows=[row], now=row.deleted_at)
    notice_rules.note_templates()


def _note_ours(row: Template, *, by_id: int | None) -> None:
    now, ours = timezone.now(), VersionSource.HERE
    template_versions.note(rows=[row], now=now, source=ours, by_id=by_id)
    notice_rules.note_templates()


def _row(template_id: int) -> Template | None:
    return Template.objects.filter(pk=template_id).first()


def _present(row: Template | None) -> Template:
    if row is None or row.deleted_at is not None:
        raise NotFoundError("There is no such template.", details={"field": "template"})
    return row
