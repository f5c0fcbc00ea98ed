"""Templates: what is changed here, what Meta answers, and what overtakes what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import BusinessNumberFactory, TemplateFactory
from whatsapp import testing
from whatsapp.domain import template as rules
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.domain.updates import TemplateUpdate
from whatsapp.errors import NotFoundError, TemplateValidationError, ValidationError
from whatsapp.models import Template
from whatsapp.models.webhook_event import EventOutcome
from whatsapp.ports import GatewayError, TemplateDefinition
from whatsapp.services import templates

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
WABA = "777000000000001"
REFUSED = Failure(failure_class=FailureClass.FATAL_MESSAGE, code=100, title="Invalid parameter")


@pytest.fixture
def meta(settings):
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "GATEWAY": "whatsapp.testing.RecordingGateway",
        "STAFF_NOTIFIER": "whatsapp.testing.RecordingStaffNotifier",
    }
    BusinessNumberFactory()
    return testing.gateway()


def body(text="Bună ziua, {{customer}}! Comanda dumneavoastră este în drum spre casă."):
    sample = {"param_name": "customer", "example": "Ana"}
    return [{"type": "BODY", "text": text, "example": {"body_text_named_params": [sample]}}]


def draft(**fields):
    return templates.create(
        **{
            "name": "greeting",
            "language": "ro",
            "category": "UTILITY",
            "components": body(),
            **fields,
        }
    )


def remote(template, **fields):
    """The template as Meta lists it."""
    values = {
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "components": tuple(template.components),
        "meta_id": template.meta_id,
        "status": "APPROVED",
    }
    return TemplateDefinition(**{**values, **fields})


def update(template, **fields):
    values = {
        "waba_id": template.waba_id,
        "meta_id": template.meta_id,
        "name": template.name,
        "language": template.language,
        "happened_at": NOW,
    }
    return TemplateUpdate(**{**values, **fields})


class TestCreate:
    def test_new_template_is_a_draft_of_the_default_account(self, meta):
        row = draft()

        assert (row.waba_id, row.status, row.meta_id) == (WABA, "DRAFT", "")
        assert meta.submitted == []

    def test_account_of_the_environment_serves_before_a_number_is_set_up(self, settings):
        assert draft().waba_id == WABA

    def test_everything_meta_would_refuse_is_listed(self, meta):
        with pytest.raises(TemplateValidationError) as refusal:
            draft(name="Big Name", components=body("{{customer}}"))

        fields = {problem["field"] for problem in refusal.value.details["problems"]}
        assert fields == {"name", "body"}
        assert not Template.objects.exists()

    def test_second_template_of_one_identity_is_refused(self, meta):
        draft()

        with pytest.raises(TemplateValidationError, match="already"):
            draft(components=body("Salut, {{customer}}! Ce mai faci în această zi frumoasă?"))

        assert Template.objects.get().components == body()

    def test_deleted_template_comes_back_as_a_draft(self, meta):
        old = TemplateFactory(name="greeting", status="DELETED", deleted_at=NOW)

        row = draft()

        assert row.pk == old.pk
        assert (row.status, row.meta_id, row.deleted_at) == ("DRAFT", "", None)


class TestChange:
    def test_changed_template_is_a_draft_until_it_is_submitted(self, meta):
        row = TemplateFactory(status="APPROVED")

        templates.change(template_id=row.pk, components=body())

        row.refresh_from_db()
        assert (row.status, row.components) == ("DRAFT", body())
        assert not row.is_approved

    @pytest.mark.parametrize("status", ["PENDING", "DISABLED", "IN_APPEAL"])
    def test_what_meta_does_not_let_be_edited_is_refused(self, meta, status):
        row = TemplateFactory(status=status)

        with pytest.raises(TemplateValidationError):
            templates.change(template_id=row.pk, components=body())

        row.refresh_from_db()
        assert row.status == status

    def test_category_of_an_approved_template_is_metas(self, meta):
        row = TemplateFactory(status="APPROVED", category="UTILITY")

        with pytest.raises(TemplateValidationError, match="category"):
            templates.change(template_id=row.pk, category="MARKETING")

    def test_name_of_a_template_meta_knows_stays(self, meta):
        row = TemplateFactory(status="REJECTED")

        with pytest.raises(ValidationError, match="name"):
            templates.change(template_id=row.pk, name="other")

    def test_draft_does_not_take_the_name_of_another(self, meta):
        draft(name="other")
        row = draft()

        with pytest.raises(TemplateValidationError, match="already"):
            templates.change(template_id=row.pk, name="other")


class TestSubmit:
    def test_meta_gets_the_template_and_its_answer_is_kept(self, meta):
        row = templates.submit(template_id=draft().pk)

        assert [sent.name for sent in meta.submitted] == ["greeting"]
        assert (row.status, row.meta_id) == ("PENDING", meta.templates[0].meta_id)
        assert row.submitted_at is not None

    def test_edit_is_submitted_with_metas_id(self, meta):
        row = TemplateFactory(status="REJECTED", meta_id="88001")

        templates.submit(template_id=row.pk)

        assert [sent.meta_id for sent in meta.submitted] == ["88001"]

    def test_refusal_leaves_a_draft_and_says_why(self, meta):
        meta.fail_next(REFUSED, call="submit_template")

        with pytest.raises(GatewayError, match="Invalid parameter"):
            templates.submit(template_id=draft().pk)

        assert Template.objects.get().status == "DRAFT"

    @pytest.mark.parametrize("status", ["PENDING", "APPROVED", "DISABLED"])
    def test_template_in_review_approved_or_disabled_is_not_submitted(self, meta, status):
        row = TemplateFactory(status=status)

        with pytest.raises(TemplateValidationError):
            templates.submit(template_id=row.pk)

        assert meta.submitted == []

    def test_without_a_number_of_the_account_nothing_is_claimed(self, meta):
        row = draft(waba_id="another account")

        with pytest.raises(ValidationError, match="token"):
            templates.submit(template_id=row.pk)

        row.refresh_from_db()
        assert row.status == "DRAFT"

    def test_category_meta_chose_is_kept(self, meta, settings):
        settings.WHATSAPP = {**settings.WHATSAPP, "GATEWAY": f"{__name__}.SternGateway"}

        row = templates.submit(template_id=draft().pk)

        assert row.category == "MARKETING"

    def test_verdict_that_overtakes_metas_answer_is_kept(self, meta, settings):
        settings.WHATSAPP = {**settings.WHATSAPP, "GATEWAY": f"{__name__}.HastyGateway"}

        row = templates.submit(template_id=draft().pk)

        assert (row.status, row.meta_id) == ("APPROVED", "88001")


class TestDelete:
    def test_template_is_deleted_at_meta_first(self, meta):
        row = TemplateFactory(meta_id="88001")

        templates.delete(template_id=row.pk)

        assert meta.deleted == [(row.name, "88001")]
        row.refresh_from_db()
        assert (row.status, row.is_approved) == ("DELETED", False)
        assert row.deleted_at is not None

    def test_draft_needs_no_call(self, meta):
        templates.delete(template_id=draft().pk)

        assert meta.deleted == []
        assert not Template.objects.present().exists()

    def test_refusal_of_meta_keeps_the_template(self, meta):
        row = TemplateFactory()
        meta.fail_next(REFUSED, call="delete_template")

        with pytest.raises(GatewayError):
            templates.delete(template_id=row.pk)

        assert Template.objects.present().get() == row

    def test_deleted_template_is_not_found(self, meta):
        row = TemplateFactory(deleted_at=NOW)

        with pytest.raises(NotFoundError):
            templates.delete(template_id=row.pk)


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


class SternGateway(testing.RecordingGateway):
    """Meta finds everything promotional."""

    def submit_template(self, template, *, credentials):
        taken = super().submit_template(template, credentials=credentials)
        return remote(taken, category="MARKETING", status="PENDING")


class HastyGateway(testing.RecordingGateway):
    """Meta's verdict arrives by webhook before its own answer."""

    def submit_template(self, template, *, credentials):
        verdict = TemplateUpdate(
            waba_id=credentials.waba_id,
            meta_id="88001",
            name=template.name,
            language=template.language,
            happened_at=NOW,
            status="APPROVED",
        )
        templates.apply_update(update=verdict)
        return remote(template, meta_id="88001", status="PENDING")


class BrokenNotifier:
    def notify(self, notice):
        raise RuntimeError("no")
