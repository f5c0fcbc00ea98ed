"""The number that stands for the shop's in an adopted table becomes the shop's."""

from __future__ import annotations

import pytest

from tests.factories import ConversationFactory
from whatsapp.models import BusinessNumber
from whatsapp.services.shared import accounts

pytestmark = pytest.mark.django_db
OURS = "555000000000001"


def test_environments_number_takes_over_the_adopted_row_and_its_threads():
    adopted = BusinessNumber.objects.create(phone_number_id="adopted", is_active=False)
    conversation = ConversationFactory(number=adopted)

    number = accounts.number_called(phone_number_id=OURS)

    assert number is not None
    assert (number.pk, number.is_active, number.is_default) == (adopted.pk, True, True)
    conversation.refresh_from_db()
    assert conversation.number.phone_number_id == OURS
    assert BusinessNumber.objects.count() == 1


def test_adopted_row_stays_where_the_shop_has_its_number_already():
    number = BusinessNumber.objects.create(phone_number_id=OURS, is_default=True)
    BusinessNumber.objects.create(phone_number_id="adopted", is_active=False)

    accounts.set_up_number(name="Magazin")

    number.refresh_from_db()
    assert number.name == "Magazin"
    assert BusinessNumber.objects.filter(phone_number_id="adopted", is_active=False).exists()
