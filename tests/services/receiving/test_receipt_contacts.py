from datetime import timedelta

import pytest

from tests.factories import ContactFactory, MessageFactory
from tests.services.receiving.steps import DELIVERED, FAILED, T0, apply, said, undeliverable
from whatsapp.models import Contact

pytestmark = pytest.mark.django_db


def test_delivery_proves_whatsapp_and_outweighs_131026_in_any_order():
    contacts = [ContactFactory(), ContactFactory()]
    for n, contact in enumerate(contacts):
        for kind in ("GOOD", "BAD"):
            MessageFactory(
                conversation__contact=contact,
                conversation__status="ARCHIVED",
                external_message_id=f"wamid.{kind}{n}",
            )

    apply(undeliverable(wamid="wamid.BAD0"))
    assert Contact.objects.get(pk=contacts[0].pk).has_whatsapp is False
    apply(said(DELIVERED, wamid="wamid.GOOD0"))
    apply(said(DELIVERED, wamid="wamid.GOOD1"))
    apply(undeliverable(wamid="wamid.BAD1"))

    assert {contact.has_whatsapp for contact in Contact.objects.all()} == {True}


def test_131050_writes_the_opt_out():
    message = MessageFactory(external_message_id="wamid.W")

    apply(said(FAILED, after=7, error_code=131050, error_text="User opted out"))

    contact = Contact.objects.get(pk=message.contact_id)
    assert contact.marketing_consent is False
    assert contact.consent_changed_at == T0 + timedelta(seconds=7)
    assert contact.consent_source == "Meta 131050"
