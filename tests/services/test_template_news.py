"""What Meta tells of templates by webhook, in any order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import TemplateFactory
from tests.services.templates import NOW, remote, update
from whatsapp.domain import template as rules
from whatsapp.services import templates

pytestmark = pytest.mark.django_db


class TestWebhook:
    def test_status_is_applied_with_its_reason(self, meta):
        row = TemplateFactory(status="PENDING")

        outcome = templates.apply_update(
            update=update(row, status="REJECTED", reason="INCORRECT_CATEGORY")
        )

        row.refresh_from_db()
        assert outcome == "applied"
        assert (row.status, row.rejected_reason) == ("REJECTED", "INCORRECT_CATEGORY")
        assert row.status_changed_at == NOW

    def test_older_status_is_stale_in_any_order(self, meta):
        row = TemplateFactory(status="PENDING")
        newer = update(row, status="PAUSED", happened_at=NOW)
        older = update(row, status="APPROVED", happened_at=NOW - timedelta(seconds=1))

        outcomes = [templates.apply_update(update=each) for each in (newer, older)]

        row.refresh_from_db()
        assert outcomes == ["applied", "stale"]
        assert row.status == "PAUSED"

    @pytest.mark.parametrize("first", [0, 1])
    def test_quality_and_category_end_the_same_in_any_order(self, meta, first):
        row = TemplateFactory(category="UTILITY")
        earlier = NOW - timedelta(seconds=1)
        updates = [
            update(row, quality="YELLOW", category="UTILITY", happened_at=earlier),
            update(row, quality="RED", category="MARKETING", happened_at=NOW),
        ]

        for each in (updates[first], updates[1 - first], updates[0]):
            templates.apply_update(update=each)

        row.refresh_from_db()
        assert (row.quality, row.category) == ("RED", "MARKETING")

    def test_template_is_found_by_name_before_its_id_is_known(self, meta):
        row = TemplateFactory(status="PENDING", meta_id="")

        templates.apply_update(update=update(row, meta_id="88001", status="APPROVED"))

        row.refresh_from_db()
        assert (row.status, row.meta_id) == ("APPROVED", "88001")

    def test_news_of_a_deleted_namesake_is_not_ours(self, meta):
        row = TemplateFactory(meta_id="88002")

        outcome = templates.apply_update(update=update(row, meta_id="88001", status="DELETED"))

        row.refresh_from_db()
        assert outcome == "not ours"
        assert row.status == "APPROVED"

    def test_quality_alone_leaves_the_status(self, meta):
        row = TemplateFactory(status_changed_at=NOW)

        templates.apply_update(update=update(row, quality="RED"))

        row.refresh_from_db()
        assert (row.status, row.quality, row.status_changed_at) == ("APPROVED", "RED", NOW)

    def test_deletion_at_meta_hides_the_template(self, meta):
        row = TemplateFactory()

        templates.apply_update(update=update(row, status="DELETED"))

        row.refresh_from_db()
        assert row.deleted_at == NOW

    def test_late_approval_does_not_bring_a_deleted_template_back(self, meta):
        row = TemplateFactory(status="DELETED", deleted_at=NOW)

        assert templates.apply_update(update=update(row, status="APPROVED")) == "stale"

    def test_reinstated_template_may_be_sent_again(self, meta):
        row = TemplateFactory(status="DISABLED", rejected_reason="bad")

        templates.apply_update(update=update(row, status="REINSTATED"))

        row.refresh_from_db()
        assert row.is_approved
        assert row.rejected_reason == ""

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_of_two_verdicts_in_one_second_the_graver_counts(self, meta, order):
        row = TemplateFactory(status="PENDING")
        told = [update(row, status="APPROVED"), update(row, status="PAUSED")]

        for place in order:
            templates.apply_update(update=told[place])

        row.refresh_from_db()
        assert row.status == "PAUSED"

    def test_verdict_after_a_submission_of_the_same_second_counts(self, meta):
        row = TemplateFactory(status="PENDING", status_changed_at=NOW)

        assert templates.apply_update(update=update(row, status="APPROVED")) == "applied"

    def test_new_text_is_what_a_send_needs_from_then_on(self, meta):
        row = TemplateFactory()
        texts = {"BODY": "Bună ziua, {{name}}! Coletul este la dumneavoastră {{day}}, negreșit."}

        outcome = templates.apply_update(update=update(row, components=texts))

        row.refresh_from_db()
        assert outcome == "applied"
        assert rules.required_params(row.components).keys == ("name", "day")
        assert (row.status, row.components_changed_at) == ("APPROVED", NOW)

    @pytest.mark.parametrize("order", [(0, 1, 0), (1, 0, 1)])
    def test_newest_text_stays_in_any_order(self, meta, order):
        row = TemplateFactory()
        told = [
            update(row, components={"BODY": "Text vechi."}, happened_at=NOW - timedelta(seconds=1)),
            update(row, components={"BODY": "Text nou."}),
        ]

        for place in order:
            templates.apply_update(update=told[place])

        row.refresh_from_db()
        assert row.components[0]["text"] == "Text nou."

    def test_text_that_we_have_replaced_is_left_alone(self, meta):
        row = TemplateFactory(status="DRAFT")

        outcome = templates.apply_update(update=update(row, components={"BODY": "Al lor."}))

        before = row.components
        row.refresh_from_db()
        assert (outcome, row.components) == ("stale", before)

    def test_text_newer_than_the_listing_wins(self, meta):
        row = TemplateFactory()
        meta.templates = [remote(row)]
        templates.apply_update(update=update(row, components={"BODY": "Text nou."}))

        templates.sync_statuses(now=NOW - timedelta(seconds=1))

        row.refresh_from_db()
        assert row.components[0]["text"] == "Text nou."

    def test_notifier_that_fails_costs_no_status(self, meta, settings):
        settings.WHATSAPP = {**settings.WHATSAPP, "STAFF_NOTIFIER": f"{__name__}.BrokenNotifier"}
        row = TemplateFactory(status="APPROVED")

        outcome = templates.apply_update(update=update(row, status="PAUSED"))

        row.refresh_from_db()
        assert (outcome, row.status) == ("applied", "PAUSED")


class BrokenNotifier:
    def notify(self, notice):
        raise RuntimeError("no")
