"""Templates handed to Meta, changed there and deleted."""

from __future__ import annotations

import pytest

from tests.factories import TemplateFactory
from tests.services.templates import NOW, REFUSED, draft, remote
from whatsapp import testing
from whatsapp.domain.updates import TemplateUpdate
from whatsapp.errors import NotFoundError, TemplateValidationError, ValidationError
from whatsapp.models import Template
from whatsapp.ports import GatewayError
from whatsapp.services import templates

pytestmark = pytest.mark.django_db


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
