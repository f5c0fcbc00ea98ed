"""Templates made and changed here."""

from __future__ import annotations

import pytest

from tests.factories import TemplateFactory
from tests.services.templates import NOW, WABA, body, draft
from whatsapp.errors import TemplateValidationError, ValidationError
from whatsapp.models import Template
from whatsapp.services import templates

pytestmark = pytest.mark.django_db


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
