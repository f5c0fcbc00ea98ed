"""What Meta says of templates, put on our rows: a whole listing, or one verdict."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from whatsapp.domain import template as rules
from whatsapp.domain.template import TemplateStatus
from whatsapp.domain.updates import TemplateUpdate
from whatsapp.models import Template
from whatsapp.ports import StaffNotice, TemplateDefinition
from whatsapp.services import notice_rules
from whatsapp.services.shared import staff
from whatsapp.services.templating import template_versions, template_words

logger = logging.getLogger(__name__)

# A template submitted, or changed, this recently may be missing in Meta's listing
LISTING_LAG = timedelta(minutes=10)
GONE = frozenset({"DELETED", "PENDING_DELETION"})
TROUBLE = frozenset(
    {
        TemplateStatus.REJECTED,
        TemplateStatus.PAUSED,
        TemplateStatus.DISABLED,
        TemplateStatus.ARCHIVED,
        TemplateStatus.MISSING,
    }
)
MOVED = ("status", "status_changed_at", "rejected_reason", "deleted_at")
FROM_META = ("category", "parameter_format", "components", "quality", "meta_id", *MOVED)


@dataclass(kw_only=True, slots=True)
class SyncReport:
    """How many rows a sync touched; ``failures`` names accounts and why they were not read."""

    added: int = 0
    changed: int = 0
    vanished: int = 0
    failures: dict[str, str] = field(default_factory=dict)

    def __iadd__(self, other: SyncReport) -> SyncReport:
        self.added += other.added
        self.changed += other.changed
        self.vanished += other.vanished
        self.failures |= other.failures
        return self

    def failed(self, waba_id: str, *, reason: str) -> None:
        """Note that an account could not be read."""
        logger.warning("templates not listed", extra={"waba": waba_id, "reason": reason})
        self.failures[waba_id] = reason


@transaction.atomic
def merge(*, waba_id: str, listed: Sequence[TemplateDefinition], now: datetime) -> SyncReport:
    """Put an account's whole listing, asked for at ``now``, on its rows."""
    rows = {
        (row.name, row.language): row
        for row in Template.objects.select_for_update(no_key=True)
        .filter(waba_id=waba_id)
        .order_by("id")
    }
    report = SyncReport()
    for remote in listed:
        row = rows.pop((remote.name, remote.language), None)
        if row is None:
            report.added += _add(waba_id, remote, now=now)
        elif _refresh(row, remote, now=now):
            report.changed += 1
    report.vanished = sum(_vanish(row, now=now) for row in rows.values())
    seen = Template.objects.filter(waba_id=waba_id, synced_at=now).order_by("id")
    template_versions.note(rows=[*seen, *rows.values()], now=now)
    if report.added or report.changed or report.vanished:
        notice_rules.note_templates()
    return report


def find(update: TemplateUpdate) -> Template | None:
    """Lock the template a webhook speaks of: by Meta's id, else by name and language.

    A row with another id of Meta's is another template: it was deleted and made anew.
    """
    rows = Template.objects.select_for_update(no_key=True).filter(_of(update))
    return rows.order_by("-meta_id").first()


def lock(updates: Sequence[TemplateUpdate]) -> None:
    """Lock what webhooks speak of, in the order of ids as ``merge`` does, before the first is
    applied: a batch holds them until its end.
    """
    if updates:
        rows = Template.objects.select_for_update(no_key=True).order_by("id")
        list(rows.filter(reduce(or_, map(_of, updates))).values_list("id", flat=True))


def _of(update: TemplateUpdate) -> Q:
    unnumbered = Q(waba_id=update.waba_id, name=update.name, language=update.language, meta_id="")
    return unnumbered | (Q(meta_id=update.meta_id) & ~Q(meta_id=""))


def move(row: Template, *, status: str, reason: str, at: datetime | None) -> None:
    """Set what Meta said, unsaved; staff hear of an approved template that is lost.

    ``at`` is Meta's time of the change, None when it gave none. The fields are ``MOVED``.
    """
    was_approved = row.is_approved
    row.status = rules.parse_status(status)[:32]
    row.status_changed_at = at or row.status_changed_at
    row.rejected_reason = "" if reason == "NONE" or row.is_approved else reason[:255]
    if row.status == TemplateStatus.DELETED.value:
        row.deleted_at = row.deleted_at or at
    if was_approved and row.status in TROUBLE:
        _tell_staff(row)


def _add(waba_id: str, remote: TemplateDefinition, *, now: datetime) -> bool:
    """Take in a template made elsewhere, such as in WhatsApp Manager."""
    if remote.status in GONE:
        return False
    row = Template(waba_id=waba_id, name=remote.name, language=remote.language, synced_at=now)
    _copy(row, remote)
    Template.objects.bulk_create([row], ignore_conflicts=True)
    return True


def _refresh(row: Template, remote: TemplateDefinition, *, now: datetime) -> bool:
    """Tell whether Meta's truth changed the row; an unsubmitted change of ours is left alone."""
    before = [getattr(row, name) for name in FROM_META]
    row.synced_at = now
    if row.status == TemplateStatus.DRAFT.value and row.meta_id:
        row.quality = remote.quality or row.quality
        template_versions.note_replaced(
            row=row, status=remote.status, reason=remote.rejected_reason, at=now
        )
    elif not _has_newer_news(row, now=now):
        _copy(row, remote)
    row.save(update_fields=[*FROM_META, "synced_at"])
    return before != [getattr(row, name) for name in FROM_META]


def _has_newer_news(row: Template, *, now: datetime) -> bool:
    """A verdict, a submission or a deletion came after the listing was asked for."""
    told = (row.status_changed_at, row.components_changed_at)
    news = (*told, row.submitted_at, row.deleted_at)
    return any(moment is not None and moment >= now for moment in news)


def _copy(row: Template, remote: TemplateDefinition) -> None:
    row.category = remote.category
    row.parameter_format = remote.parameter_format or row.parameter_format
    row.components = [dict(component) for component in remote.components]
    row.quality = remote.quality
    row.meta_id = remote.meta_id
    if remote.status not in GONE:
        row.deleted_at = None
    move(row, status=remote.status, reason=remote.rejected_reason, at=None)


def _vanish(row: Template, *, now: datetime) -> bool:
    """Hide a template Meta does not list any more. A draft of ours stays, as new to Meta."""
    if row.deleted_at is not None or _may_be_unlisted(row, now=now):
        return False
    if row.status == TemplateStatus.DRAFT.value or not row.meta_id:
        # never there, or a submission that was lost on the way
        row.status, row.meta_id = TemplateStatus.DRAFT.value, ""
    else:
        row.deleted_at = now
    row.save(update_fields=["status", "meta_id", "deleted_at"])
    return row.deleted_at is not None


def _may_be_unlisted(row: Template, *, now: datetime) -> bool:
    return row.submitted_at is not None and row.submitted_at > now - LISTING_LAG


def _tell_staff(row: Template) -> None:
    notice = StaffNotice(
        key=f"whatsapp-template-{row.pk}",
        level="critical",
        subject=_("WhatsApp template %(name)s is %(status)s")
        % {"name": f"{row.name} ({row.language})", "status": row.status},
        body=_("Messages with it are not sent until Meta approves it again. Reason: %(reason)s")
        % {"reason": _why(row)},
    )
    staff.tell(notice)


def _why(row: Template) -> str:
    words = template_words.reason_in_words(status=row.status, reason=row.rejected_reason)
    return words or row.rejected_reason or _("none given")
