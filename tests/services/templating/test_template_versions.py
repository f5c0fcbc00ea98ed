"""What a template said, when, by whom, and what became of it: kept, whatever comes later."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.factories import TemplateFactory, UserFactory
from tests.services.templates import NOW, WABA, body, draft, remote, update
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.errors import TemplateValidationError
from whatsapp.models import TemplateVersion
from whatsapp.ports import GatewayError
from whatsapp.services import templates

pytestmark = pytest.mark.django_db

SECOND = body("Salut, {{customer}}! Comanda dumneavoastră ajunge mâine la prânz.")
THIRD = body("Salut, {{customer}}! Comanda dumneavoastră ajunge poimâine la prânz.")


def history(row):
    """Number, status, source of each version, oldest first."""
    versions = row.versions.order_by("number")
    return [(one.number, one.status, one.source) for one in versions]


def approved(row, *, at=NOW):
    templates.apply_update(update=update(row, status="APPROVED", happened_at=at))
    row.refresh_from_db()
    return row


class TestHistory:
    def test_text_written_here_is_kept_with_its_author_and_what_became_of_it(self, meta):
        user = UserFactory()
        row = templates.submit(template_id=draft(by_id=user.pk).pk)
        approved(row)

        (version,) = row.versions.all()
        assert (version.number, version.source, version.author) == (1, "HERE", user)
        assert (version.status, version.approved_at) == ("APPROVED", NOW)
        assert version.components == body()
        assert version.submitted_at is not None

    def test_changed_text_is_a_new_version_and_the_old_one_stays_approved(self, meta):
        row = approved(templates.submit(template_id=draft().pk))

        templates.change(template_id=row.pk, components=SECOND)

        assert history(row) == [(1, "APPROVED", "HERE"), (2, "DRAFT", "HERE")]
        assert row.versions.get(number=1).components == body()

    def test_rejection_is_kept_with_its_reason(self, meta):
        row = templates.submit(template_id=draft().pk)

        templates.apply_update(update=update(row, status="REJECTED", reason="SCAM"))

        version = row.versions.get()
        assert (version.status, version.reason, version.approved_at) == ("REJECTED", "SCAM", None)

    def test_refused_submission_leaves_no_trace_of_a_review(self, meta):
        failure = Failure(failure_class=FailureClass.FATAL_MESSAGE, code=100, title="No")
        row = draft()
        meta.fail_next(failure, call="submit_template")

        with pytest.raises(GatewayError):
            templates.submit(template_id=row.pk)

        assert history(row) == [(1, "DRAFT", "HERE")]

    def test_what_was_made_in_whatsapp_manager_comes_from_meta(self, meta):
        known = TemplateFactory.build(name="made_at_meta", meta_id="88009")
        meta.templates = [remote(known)]

        templates.sync_statuses(now=NOW)

        version = TemplateVersion.objects.get()
        assert (version.source, version.status, version.approved_at) == ("META", "APPROVED", NOW)

    def test_text_changed_in_whatsapp_manager_is_a_version_once(self, meta):
        row = approved(templates.submit(template_id=draft().pk))
        meta.templates = [remote(row, components=tuple(SECOND))]

        for minutes in (1, 2, 3):
            templates.sync_statuses(now=NOW + timedelta(days=30, minutes=minutes))

        assert history(row) == [(1, "APPROVED", "HERE"), (2, "APPROVED", "META")]

    def test_other_samples_and_spelling_of_the_same_text_are_no_version(self, meta):
        row = approved(templates.submit(template_id=draft().pk))
        listed = [{**part, "type": "body", "example": {"x": 1}} for part in row.components]
        meta.templates = [remote(row, components=tuple(listed))]

        templates.sync_statuses(now=NOW + timedelta(days=30))

        assert history(row) == [(1, "APPROVED", "HERE")]

    def test_category_that_meta_changed_is_a_version(self, meta):
        row = approved(templates.submit(template_id=draft().pk))

        templates.apply_update(
            update=update(row, category="MARKETING", happened_at=NOW + timedelta(hours=1))
        )

        assert [v.category for v in row.versions.order_by("number")] == ["UTILITY", "MARKETING"]

    def test_pause_and_return_are_of_the_same_version(self, meta):
        row = approved(templates.submit(template_id=draft().pk))
        for hours, status in ((1, "PAUSED"), (4, "APPROVED")):
            at = NOW + timedelta(hours=hours)
            templates.apply_update(update=update(row, status=status, happened_at=at))

        version = row.versions.get()
        assert (version.status, version.approved_at) == ("APPROVED", NOW)

    @pytest.mark.parametrize("order", [(0, 1), (1, 0), (1, 0, 1, 0)])
    def test_history_ends_the_same_in_any_order(self, meta, order):
        row = templates.submit(template_id=draft().pk)
        news = [
            update(row, status="APPROVED", happened_at=NOW),
            update(row, status="PAUSED", happened_at=NOW + timedelta(hours=1)),
        ]

        for each in order:
            templates.apply_update(update=news[each])

        assert history(row) == [(1, "PAUSED", "HERE")]

    def test_verdict_on_a_replaced_text_goes_to_that_text(self, meta):
        row = approved(templates.submit(template_id=draft().pk))
        templates.change(template_id=row.pk, components=SECOND)

        templates.apply_update(
            update=update(row, status="PAUSED", happened_at=NOW + timedelta(hours=1))
        )

        row.refresh_from_db()
        assert row.status == "DRAFT"
        assert history(row) == [(1, "PAUSED", "HERE"), (2, "DRAFT", "HERE")]

    def test_deleted_template_that_is_made_anew_keeps_both(self, meta):
        row = draft()
        templates.delete(template_id=row.pk)

        draft()

        assert history(row) == [(1, "DELETED", "HERE"), (2, "DRAFT", "HERE")]


class TestEdits:
    """Meta takes one edit of an approved template in 24 hours, 10 in 30 days."""

    @pytest.fixture
    def row(self, meta):
        return approved(templates.submit(template_id=draft().pk))

    def edit(self, row, text, time_machine=None):
        templates.change(template_id=row.pk, components=text)
        return templates.submit(template_id=row.pk)

    def test_first_edit_is_taken_and_the_second_told_when(self, row, meta):
        approved(self.edit(row, SECOND), at=NOW + timedelta(minutes=1))
        templates.change(template_id=row.pk, components=THIRD)

        with pytest.raises(TemplateValidationError, match="one edit of an approved") as refusal:
            templates.submit(template_id=row.pk)

        edited_at = row.versions.get(number=2).submitted_at
        again_at = datetime.fromisoformat(refusal.value.details["again_at"])
        assert refusal.value.details["reason"] == "edited_lately"
        assert again_at == edited_at + timedelta(hours=24)
        assert len(meta.submitted) == 2  # the first text and the first edit
        row.refresh_from_db()
        assert row.status == "DRAFT"

    def test_the_next_day_it_is_taken(self, row):
        approved(self.edit(row, SECOND), at=NOW + timedelta(minutes=1))
        self.made_earlier(row, hours=25)

        assert self.edit(row, THIRD).status == "PENDING"

    def test_eleventh_edit_in_thirty_days_waits_for_the_first_to_be_forgotten(self, row):
        for number in range(10):
            text = body(f"Salut, {{{{customer}}}}! Comanda ajunge în {number} zile la magazin.")
            self.made_earlier(row, hours=48)
            row = approved(self.edit(row, text), at=NOW + timedelta(minutes=number + 1))
        self.made_earlier(row, hours=48)
        templates.change(template_id=row.pk, components=THIRD)

        with pytest.raises(TemplateValidationError) as refusal:
            templates.submit(template_id=row.pk)

        edits = row.versions.filter(edits_approved=True).order_by("submitted_at")
        again_at = datetime.fromisoformat(refusal.value.details["again_at"])
        assert again_at == edits[0].submitted_at + timedelta(days=30)

    @pytest.mark.parametrize("status", ["REJECTED", "PAUSED"])
    def test_rejected_and_paused_ones_are_edited_at_will(self, row, status):
        for number, text in enumerate((SECOND, THIRD, body()), start=1):
            at = NOW + timedelta(minutes=number)
            templates.apply_update(update=update(row, status=status, happened_at=at))
            self.edit(row, text)

        assert not row.versions.filter(edits_approved=True).exists()

    def test_category_of_what_meta_has_approved_stays_in_a_second_change(self, row):
        templates.change(template_id=row.pk, components=SECOND)

        with pytest.raises(TemplateValidationError, match="category"):
            templates.change(template_id=row.pk, category="MARKETING")

    def test_name_of_a_deleted_approved_template_is_kept_by_meta(self, row, meta):
        templates.delete(template_id=row.pk)
        again = draft()

        with pytest.raises(TemplateValidationError, match="30 days") as refusal:
            templates.submit(template_id=again.pk)

        assert refusal.value.details["reason"] == "name_blocked"
        TemplateVersion.objects.filter(status="DELETED").update(
            status_changed_at=NOW - timedelta(days=400)
        )
        assert templates.submit(template_id=again.pk).status == "PENDING"

    def test_disabled_template_is_not_deleted(self, meta):
        row = TemplateFactory(status="DISABLED")

        with pytest.raises(TemplateValidationError, match="another name"):
            templates.delete(template_id=row.pk)

        assert meta.deleted == []

    @staticmethod
    def made_earlier(row, *, hours):
        for version in row.versions.filter(submitted_at__isnull=False):
            version.submitted_at -= timedelta(hours=hours)
            version.save()


class TestTwins:
    def test_second_template_with_the_same_words_is_refused(self, meta):
        first = templates.submit(template_id=draft().pk)

        with pytest.raises(TemplateValidationError, match="same body and footer") as refusal:
            draft(name="another")

        (problem,) = refusal.value.details["problems"]
        assert (problem["field"], problem["code"]) == ("body", "duplicate")
        assert str(first) in problem["message"]

    @pytest.mark.parametrize(
        "other",
        [
            {"waba_id": "another account"},
            {"language": "en"},
            {"status": "REJECTED"},
            {"status": "DRAFT"},
            {"deleted_at": NOW},
            {"category": "AUTHENTICATION"},
        ],
    )
    def test_what_meta_does_not_compare_is_taken(self, meta, other):
        TemplateFactory(name="another", components=body(), **{"waba_id": WABA, **other})

        assert draft().status == "DRAFT"

    def test_footer_makes_it_another_text(self, meta):
        TemplateFactory(name="another", components=body())

        assert draft(components=[*body(), {"type": "FOOTER", "text": "Magazinul"}])
