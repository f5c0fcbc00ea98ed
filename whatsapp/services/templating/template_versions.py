"""The history of a template's texts, kept in line with its row.

Whoever changes a row notes it in the same transaction, with the row locked. Noting twice, or
late, changes nothing more: the history follows from the row and from what it held before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from whatsapp.domain.template import TemplateStatus, may_send
from whatsapp.domain.template_texts import reads_alike
from whatsapp.models import Template, TemplateVersion
from whatsapp.models.template_version import VersionSource

DRAFT = TemplateStatus.DRAFT.value
# a row comes back to DRAFT from PENDING when Meta never got it: still the same text
_UNDECIDED = frozenset({DRAFT, TemplateStatus.PENDING.value})
_VERDICT = ("status", "reason", "approved_at", "status_changed_at")


def note(
    *,
    rows: Collection[Template],
    now: datetime,
    source: VersionSource = VersionSource.META,
    by_id: int | None = None,
) -> None:
    """Bring the history of the rows, as they are saved, up to date; ``by_id`` is who wrote them.

    A new text or category is a new version; so is a draft in place of a decided text. Otherwise the
    newest version takes the row's status.
    """
    newest = newest_of(rows)
    added, moved = [], []
    for row in rows:
        version = newest.get(row.pk)
        if version is None or _is_another(row, version):
            number = version.number + 1 if version else 1
            version = _version(row, number=number, source=source, by_id=by_id)
            added.append(version)
        elif (version.status, version.reason) != (row.status, row.rejected_reason):
            moved.append(version)
        else:
            continue
        at = row.status_changed_at or now
        _take_verdict(version, status=row.status, reason=row.rejected_reason, at=at)
    TemplateVersion.objects.bulk_create(added)
    TemplateVersion.objects.bulk_update(moved, _VERDICT)


def note_submission(*, row: Template, edits_approved: bool) -> None:
    """Note that Meta took the row's text for review: Meta counts edits of an approved one."""
    version = newest_of([row])[row.pk]
    version.submitted_at, version.edits_approved = row.submitted_at, edits_approved
    version.save(update_fields=["submitted_at", "edits_approved"])


def note_replaced(*, row: Template, status: str, reason: str, at: datetime) -> None:
    """Note Meta's word on the text that it still has, while a draft takes its place here."""
    version = at_meta(template_id=row.pk)
    if version is None or (version.status_changed_at and version.status_changed_at > at):
        return
    _take_verdict(version, status=status, reason=reason, at=at)
    version.save(update_fields=_VERDICT)


def at_meta(*, template_id: int) -> TemplateVersion | None:
    """The newest version that is no draft: the text that Meta has; None if it has none."""
    versions = TemplateVersion.objects.filter(template_id=template_id).order_by("-number")
    found = versions.exclude(status=DRAFT).first()
    return None if found and found.status == TemplateStatus.DELETED else found


def newest_of(rows: Iterable[Template]) -> dict[int, TemplateVersion]:
    """The newest version of each row, by the row's id."""
    versions = TemplateVersion.objects.filter(template__in=[row.pk for row in rows])
    newest = versions.order_by("template_id", "-number").distinct("template_id")
    return {version.template_id: version for version in newest}


def _is_another(row: Template, version: TemplateVersion) -> bool:
    if row.status == DRAFT and version.status not in _UNDECIDED:
        return True
    kept = (version.category, version.parameter_format)
    same = (row.category, row.parameter_format) == kept
    return not (same and reads_alike(row.components, version.components))


def _version(
    row: Template, *, number: int, source: VersionSource, by_id: int | None
) -> TemplateVersion:
    return TemplateVersion(
        template=row,
        number=number,
        category=row.category,
        parameter_format=row.parameter_format,
        components=row.components,
        source=source,
        author_id=by_id,
    )


def _take_verdict(
    version: TemplateVersion, *, status: str, reason: str, at: datetime | None
) -> None:
    version.status, version.reason, version.status_changed_at = status, reason, at
    if may_send(status):
        version.approved_at = version.approved_at or at
