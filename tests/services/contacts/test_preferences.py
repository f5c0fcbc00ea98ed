import itertools
from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import BusinessNumberFactory, ContactFactory
from whatsapp.domain.updates import Person, PreferenceUpdate
from whatsapp.models import Contact
from whatsapp.models.webhook_event import EventOutcome
from whatsapp.services.contacts import preferences

pytestmark = pytest.mark.django_db

T0 = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def chose(marketing: bool, *, after: int = 0, number: str = "555000000000001") -> PreferenceUpdate:
    return PreferenceUpdate(
        phone_number_id=number,
        person=Person(wa_id="40700000001"),
        happened_at=T0 + timedelta(seconds=after),
        marketing=marketing,
    )


@pytest.fixture
def contact():
    BusinessNumberFactory()
    return ContactFactory(phone="+40700000001", wa_id="40700000001")


@pytest.mark.parametrize("marketing", [True, False])
def test_choice_inside_whatsapp_is_written(contact, marketing):
    assert preferences.apply(update=chose(marketing)) is EventOutcome.APPLIED

    contact.refresh_from_db()
    assert contact.marketing_consent is marketing
    assert contact.consent_changed_at == T0
    assert contact.consent_source == "WhatsApp"


def test_older_choice_is_stale(contact):
    preferences.apply(update=chose(False, after=5))

    assert preferences.apply(update=chose(True, after=4)) is EventOutcome.STALE

    contact.refresh_from_db()
    assert contact.marketing_consent is False


def test_same_choice_twice_is_stale(contact):
    preferences.apply(update=chose(False))

    assert preferences.apply(update=chose(False)) is EventOutcome.STALE


@pytest.mark.parametrize("order", list(itertools.permutations([(True, 0), (False, 1), (True, 1)])))
def test_every_order_of_choices_ends_in_the_same_consent(contact, order):
    for marketing, after in order:
        preferences.apply(update=chose(marketing, after=after))

    contact.refresh_from_db()
    assert contact.marketing_consent is False
    assert contact.consent_changed_at == T0 + timedelta(seconds=1)


def test_person_we_never_met_is_remembered():
    BusinessNumberFactory()

    preferences.apply(update=chose(False))

    assert Contact.objects.get().marketing_consent is False


def test_number_that_is_not_ours_has_no_effect(contact):
    assert preferences.apply(update=chose(False, number="999")) is EventOutcome.NOT_OURS

    contact.refresh_from_db()
    assert contact.marketing_consent is None
