"""The ERP's receivers: one that fails costs us nothing, is seen, and can be called again."""

import pytest
from django.db import connection, transaction

from tests.factories import ContactFactory
from whatsapp import signals
from whatsapp.errors import NotFoundError
from whatsapp.models import Contact, SignalFailure
from whatsapp.services.shared import announce

pytestmark = pytest.mark.django_db


class Shop:
    """A receiver of the ERP's that works only while it is well."""

    def __init__(self):
        self.well = False
        self.heard = []

    def take(self, *, message_ids, **_):
        ContactFactory(profile_name="written by the receiver")
        if not self.well:
            raise ValueError("the warehouse does not answer\nDETAIL: Ana wrote …")
        self.heard.append(message_ids)


@pytest.fixture
def shop():
    shop = Shop()
    signals.message_received.connect(shop.take)
    yield shop
    signals.message_received.disconnect(shop.take)


def test_receiver_that_fails_loses_its_own_writes_and_is_kept(shop):
    ContactFactory(profile_name="ours")

    announce.emit(signals.message_received, message_ids=[7, 8])

    failure = SignalFailure.objects.get()
    assert failure.signal == "message_received"
    assert failure.receiver.endswith("Shop.take")
    assert failure.ids == {"message_ids": [7, 8]}
    assert failure.error == "ValueError: the warehouse does not answer"
    assert failure.succeeded_at is None
    assert list(Contact.objects.values_list("profile_name", flat=True)) == ["ours"]


def test_receiver_that_fails_in_the_database_is_kept_too(shop):
    def divide(**_):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    signals.message_received.connect(divide)
    shop.well = True

    announce.emit(signals.message_received, message_ids=[7])

    signals.message_received.disconnect(divide)
    assert SignalFailure.objects.get().error == "DataError: division by zero"
    assert shop.heard == [[7]]


def test_what_was_rolled_back_failed_for_nobody(shop):
    with transaction.atomic():
        announce.emit(signals.message_received, message_ids=[7])
        transaction.set_rollback(True)

    assert SignalFailure.objects.count() == 0


def test_receiver_is_called_again_once(shop):
    announce.emit(signals.message_received, message_ids=[7, 8])
    failure = SignalFailure.objects.get()
    shop.well = True

    for _ in range(2):
        row = announce.repeat(failure_id=failure.pk)

    assert shop.heard == [[7, 8]]
    assert row.succeeded_at is not None
    assert (row.attempts, row.error) == (2, "")


def test_receiver_that_fails_again_says_so(shop):
    announce.emit(signals.message_received, message_ids=[7])
    failure = SignalFailure.objects.get()

    row = announce.repeat(failure_id=failure.pk)

    assert row.succeeded_at is None
    assert (row.attempts, row.error) == (2, "ValueError: the warehouse does not answer")
    assert Contact.objects.count() == 0
    assert SignalFailure.objects.count() == 1


def test_receiver_that_is_gone_is_named(shop):
    announce.emit(signals.message_received, message_ids=[7])
    signals.message_received.disconnect(shop.take)

    row = announce.repeat(failure_id=SignalFailure.objects.get().pk)

    assert row.succeeded_at is None
    assert row.error == "Nothing of this name listens any more."


def test_unknown_failure_is_not_found(db):
    with pytest.raises(NotFoundError):
        announce.repeat(failure_id=7)
