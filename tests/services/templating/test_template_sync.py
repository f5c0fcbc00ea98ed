"""Templates as Meta lists them, and what overtakes what."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import BusinessNumberFactory, TemplateFactory
from tests.services.templates import NOW, REFUSED, WABA, body, remote, update
from whatsapp import testing
from whatsapp.models import Template
from whatsapp.models.webhook_event import EventOutcome
from whatsapp.services import templates

pytestmark = pytest.mark.django_db


class TestSync:
    def test_statuses_quality_and_category_follow_meta(self, meta):
        row = TemplateFactory(status="PENDING")
        meta.templates = [remote(row, category="MARKETING", quality="GREEN")]

        report = templates.sync_statuses(now=NOW)

        row.refresh_from_db()
        assert (row.status, row.category, row.quality) == ("APPROVED", "MARKETING", "GREEN")
        assert (report.added, report.changed, report.vanished) == (0, 1, 0)
        assert row.synced_at == NOW

    def test_the_same_name_in_two_languages_is_two_templates(self, meta):
        ro, en = TemplateFactory(language="ro"), TemplateFactory(language="en")
        meta.templates = [remote(ro), remote(en, status="REJECTED", rejected_reason="SCAM")]

        templates.sync_statuses(now=NOW)

        ro.refresh_from_db()
        en.refresh_from_db()
        assert (ro.status, en.status, en.rejected_reason) == ("APPROVED", "REJECTED", "SCAM")

    def test_unknown_template_is_added_and_unknown_status_kept(self, meta):
        known = TemplateFactory.build(name="made_at_meta", meta_id="88009")
        meta.templates = [remote(known, status="SOMETHING_NEW")]

        report = templates.sync_statuses(now=NOW)

        row = Template.objects.get()
        assert (row.name, row.status, row.waba_id) == ("made_at_meta", "SOMETHING_NEW", WABA)
        assert report.added == 1

    def test_vanished_template_is_hidden_not_lost(self, meta):
        row = TemplateFactory()

        report = templates.sync_statuses(now=NOW)

        row.refresh_from_db()
        assert row.deleted_at == NOW
        assert report.vanished == 1

    def test_template_submitted_just_now_may_be_missing(self, meta):
        row = TemplateFactory(status="PENDING", submitted_at=NOW - timedelta(minutes=1))

        templates.sync_statuses(now=NOW)

        row.refresh_from_db()
        assert row.deleted_at is None

    def test_submission_that_never_arrived_is_a_draft_again(self, meta):
        row = TemplateFactory(status="PENDING", meta_id="", submitted_at=NOW - timedelta(hours=1))

        templates.sync_statuses(now=NOW)

        row.refresh_from_db()
        assert (row.status, row.deleted_at) == ("DRAFT", None)

    def test_submission_whose_answer_was_lost_is_recognised(self, meta):
        row = TemplateFactory(status="DRAFT", meta_id="")
        meta.templates = [remote(row, meta_id="88001")]

        templates.sync_statuses(now=NOW)

        row.refresh_from_db()
        assert (row.status, row.meta_id) == ("APPROVED", "88001")

    def test_unsubmitted_change_survives(self, meta):
        row = TemplateFactory(status="APPROVED")
        meta.templates = [remote(row)]
        templates.change(template_id=row.pk, components=body())

        templates.sync_statuses(now=NOW)

        row.refresh_from_db()
        assert (row.status, row.components) == ("DRAFT", body())

    def test_verdict_newer_than_the_listing_wins(self, meta):
        row = TemplateFactory(status="PAUSED", status_changed_at=NOW + timedelta(seconds=1))
        meta.templates = [remote(row, status="APPROVED")]

        templates.sync_statuses(now=NOW)

        row.refresh_from_db()
        assert row.status == "PAUSED"

    @pytest.mark.parametrize(
        ("told_before", "outcome", "status"),
        [
            (timedelta(hours=1), EventOutcome.STALE, "APPROVED"),
            (timedelta(minutes=1), EventOutcome.APPLIED, "PAUSED"),  # Meta's listing lags
        ],
    )
    def test_news_from_long_before_the_listing_is_stale(self, meta, told_before, outcome, status):
        row = TemplateFactory()
        meta.templates = [remote(row)]
        templates.sync_statuses(now=NOW)

        late = update(row, status="PAUSED", happened_at=NOW - told_before)

        assert templates.apply_update(update=late) is outcome
        row.refresh_from_db()
        assert row.status == status

    def test_template_that_comes_back_is_shown_again(self, meta):
        row = TemplateFactory(status="DELETED", deleted_at=NOW - timedelta(days=40))
        meta.templates = [remote(row, meta_id="88002")]

        templates.sync_statuses(now=NOW)

        row.refresh_from_db()
        assert (row.status, row.deleted_at, row.meta_id) == ("APPROVED", None, "88002")

    def test_account_that_is_not_listed_is_named_and_left_alone(self, meta):
        row = TemplateFactory()
        meta.fail_next(REFUSED, call="list_templates")

        report = templates.sync_statuses(now=NOW)

        row.refresh_from_db()
        assert list(report.failures) == [WABA]
        assert (row.status, row.deleted_at) == ("APPROVED", None)

    def test_two_numbers_of_one_account_are_listed_once(self, meta, django_assert_num_queries):
        BusinessNumberFactory(phone_number_id="2", is_default=False, access_token="t")
        meta.fail_next(REFUSED, call="list_templates")

        report = templates.sync_statuses(now=NOW)

        assert len(report.failures) == 1
        assert list(meta.list_templates(credentials=None)) == []

    @pytest.mark.parametrize("status", ["REJECTED", "PAUSED", "DISABLED", "ARCHIVED"])
    def test_staff_hear_of_an_approved_template_that_is_lost(self, meta, status):
        row = TemplateFactory(status="APPROVED")
        meta.templates = [remote(row, status=status)]

        templates.sync_statuses(now=NOW)
        templates.sync_statuses(now=NOW)

        (notice,) = testing.staff_notifier().notices
        assert "order_shipped (ro)" in notice.subject
        assert status in notice.subject
