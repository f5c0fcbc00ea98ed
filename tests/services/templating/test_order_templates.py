"""Which translation tells an event, and when the fallback template takes its place."""

from __future__ import annotations

import pytest

from tests.factories import TemplateFactory
from whatsapp.services.templating.order_templates import Shelf

pytestmark = pytest.mark.django_db

ACCOUNT = "777000000000001"


def choice(language="ro", *, fallback="", **statuses):
    """Choose among translations of ``shipped``; ``plain_…`` are of the fallback."""
    for key, status in statuses.items():
        name, _, code = key.rpartition("__")
        TemplateFactory(name=name or "shipped", language=code, status=status)
    shelf = Shelf.read(waba_id=ACCOUNT, names=["shipped", "plain"])
    return shelf.choose(name="shipped", language=language, fallback=fallback)


def chosen(made) -> tuple[str, str]:
    assert made.template is not None, made.reason
    return made.template.name, made.template.language


class TestLanguages:
    @pytest.mark.parametrize(
        ("language", "there", "told_in"),
        [
            ("en-GB", ("en_GB", "en", "en_US", "ro"), "en_GB"),
            ("en-GB", ("en", "en_US", "ro"), "en"),
            ("en-GB", ("en_US", "en_AU", "ro"), "en_AU"),
            ("en", ("en_US", "ro"), "en_US"),
            ("hu", ("en", "ro"), "ro"),
            ("", ("en", "ro"), "ro"),
        ],
    )
    def test_chain_goes_from_the_customers_to_the_shops(self, language, there, told_in):
        made = choice(language, **dict.fromkeys(there, "APPROVED"))

        assert chosen(made) == ("shipped", told_in)

    def test_no_third_language_is_used(self):
        made = choice("hu", en="APPROVED")

        assert made.template is None
        assert made.reason == "There is no template shipped in hu, ro."

    def test_translation_that_is_not_approved_is_passed_over_and_that_is_said(self):
        made = choice("hu", hu="PENDING", ro="APPROVED")

        assert chosen(made) == ("shipped", "ro")
        assert made.reason == "There is no approved translation in hu; told in ro."

    @pytest.mark.parametrize("language", ["en-GB", ""])
    def test_customers_own_language_needs_no_words(self, language):
        assert choice(language, en="APPROVED", ro="APPROVED").reason == ""


class TestFallback:
    @pytest.mark.parametrize(
        "status", ["PAUSED", "DISABLED", "REJECTED", "ARCHIVED", "MISSING", "PENDING_DELETION"]
    )
    def test_stopped_template_is_replaced(self, status):
        made = choice(fallback="plain", ro=status, plain__ro="APPROVED")

        assert chosen(made) == ("plain", "ro")
        assert made.reason == f"Template shipped cannot be sent (ro {status}); told by plain."

    def test_template_that_is_not_there_is_replaced(self):
        assert chosen(choice(fallback="plain", plain__ro="APPROVED")) == ("plain", "ro")

    def test_fallback_has_the_same_chain_of_languages(self):
        made = choice(
            "hu", fallback="plain", hu="PAUSED", plain__ro="APPROVED", plain__hu="PENDING"
        )

        assert chosen(made) == ("plain", "ro")

    @pytest.mark.parametrize("status", ["PENDING", "IN_APPEAL", "DRAFT"])
    def test_template_in_review_is_waited_for(self, status):
        made = choice("hu", fallback="plain", hu="PAUSED", ro=status, plain__ro="APPROVED")

        assert made.template is None
        assert made.may_come

    def test_another_language_comes_before_the_fallback(self):
        made = choice("hu", fallback="plain", hu="PAUSED", ro="APPROVED", plain__hu="APPROVED")

        assert chosen(made) == ("shipped", "ro")

    def test_without_a_fallback_a_paused_template_may_come_back(self):
        made = choice(ro="PAUSED")

        assert (made.template, made.may_come) == (None, True)
        assert made.reason == "Template shipped is not approved: ro PAUSED."

    def test_when_the_fallback_is_lost_too_a_paused_template_is_waited_for(self):
        made = choice(fallback="plain", ro="PAUSED", plain__ro="REJECTED")

        assert (made.template, made.may_come) == (None, True)
        assert "shipped" in made.reason

    def test_when_both_are_lost_nothing_is_waited_for(self):
        made = choice(fallback="plain", ro="DISABLED", plain__ro="REJECTED")

        assert (made.template, made.may_come) == (None, False)
        assert "plain" in made.reason


def test_deleted_translations_are_no_translations():
    TemplateFactory(name="shipped", language="ro", deleted_at="2026-11-01T00:00:00Z")

    assert choice().reason == "There is no template shipped in ro."
