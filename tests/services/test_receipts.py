import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.factories import MessageFactory, OutboxItemFactory
from tests.services.receiving.steps import (
    APPLIED,
    DELIVERED,
    FAILED,
    READ,
    SENT,
    STALE,
    T0,
    apply,
    departed,
    said,
    undeliverable,
)
from whatsapp import signals
from whatsapp.models import OutboxItem

pytestmark = pytest.mark.django_db


# Forward only


def test_statuses_move_a_message_forward_and_keep_metas_times():
    message = MessageFactory(external_message_id="wamid.W", sent_at=T0 + timedelta(seconds=1))

    told = apply(said(SENT), said(DELIVERED, after=2), said(READ, after=3))

    message.refresh_from_db()
    assert told == [APPLIED, APPLIED, APPLIED]
    assert message.delivery_status == "READ"
    assert message.sent_at == T0
    assert message.delivered_at == T0 + timedelta(seconds=2)
    assert message.read_at == T0 + timedelta(seconds=3)


def test_late_delivered_status_keeps_read():
    message = MessageFactory(external_message_id="wamid.W")
    apply(said(READ, after=3))

    told = apply(said(DELIVERED, after=2))

    message.refresh_from_db()
    assert told == [APPLIED]  # the time is news
    assert message.delivery_status == "READ"
    assert message.delivered_at == T0 + timedelta(seconds=2)


def test_repeated_status_is_stale():
    MessageFactory(external_message_id="wamid.W", sent_at=T0)
    update = said(DELIVERED, after=2)

    assert apply(update, update) == [APPLIED, STALE]
    assert apply(update) == [STALE]


def test_failure_after_sent_is_final_and_listed_as_trouble():
    message = MessageFactory(external_message_id="wamid.W")

    apply(undeliverable(after=5))

    message.refresh_from_db()
    assert message.delivery_status == "FAILED"
    assert message.failed_at == T0 + timedelta(seconds=5)
    assert (message.error_code, message.error_text) == (131026, "Message undeliverable")
    item = OutboxItem.objects.get()
    assert (item.message, item.state, item.reason) == (message, "FAILED", "Message undeliverable")


def test_error_is_kept_beside_delivered():
    message = MessageFactory(external_message_id="wamid.W")

    apply(undeliverable(after=5))
    apply(said(DELIVERED, after=6))

    message.refresh_from_db()
    assert message.delivery_status == "DELIVERED"
    assert message.error_code == 131026
    assert not OutboxItem.objects.exists()


def test_dismissed_trouble_does_not_come_back_with_another_code():
    MessageFactory(external_message_id="wamid.W")
    apply(undeliverable(after=5))
    OutboxItem.objects.all().delete()

    apply(said(FAILED, after=6, error_code=131000, error_text="Something went wrong"))

    assert not OutboxItem.objects.exists()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_voice_message_that_was_played_was_read(order):
    message = MessageFactory(external_message_id="wamid.W")
    played = replace(said(READ, after=9), raw_status="played")
    told = [said(DELIVERED, after=2), said(READ, after=5), played]

    for place in order:
        apply(told[place])

    message.refresh_from_db()
    assert message.delivery_status == "READ"
    assert message.read_at == T0 + timedelta(seconds=5)
    assert message.played_at == T0 + timedelta(seconds=9)


def test_message_that_was_played_needs_no_word_that_it_was_read():
    message = MessageFactory(external_message_id="wamid.W")

    apply(replace(said(READ, after=9), raw_status="played"))

    message.refresh_from_db()
    assert message.delivery_status == "READ"
    assert message.read_at == message.played_at == T0 + timedelta(seconds=9)


def test_message_that_was_read_was_not_played():
    message = MessageFactory(external_message_id="wamid.W")

    apply(said(READ, after=5))

    message.refresh_from_db()
    assert message.played_at is None


def test_pricing_is_kept():
    message = MessageFactory(external_message_id="wamid.W")

    apply(said(DELIVERED, pricing_category="utility", pricing_type="regular"))

    message.refresh_from_db()
    assert (message.pricing_category, message.pricing_type) == ("utility", "regular")


# What we decided ourselves


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED"])
@pytest.mark.parametrize("word", [SENT, DELIVERED, READ])
def test_our_own_verdict_yields_to_any_status_of_meta(status, word):
    message = MessageFactory(
        delivery_status=status,
        external_message_id=None,
        failed_at=T0 + timedelta(hours=1),
        error_text="expired",
    )
    OutboxItemFactory(message=message, state="FAILED", reason="expired")

    apply(said(word, message=message))

    message.refresh_from_db()
    assert message.delivery_status == word
    assert message.external_message_id == "wamid.W"
    assert not OutboxItem.objects.exists()
    if status == "FAILED":
        assert (message.failed_at, message.error_text) == (None, "")


def test_metas_failure_takes_the_place_of_our_own():
    message = MessageFactory(
        delivery_status="FAILED", external_message_id=None, failed_at=T0, error_text="expired"
    )
    OutboxItemFactory(message=message, state="FAILED", reason="expired")

    apply(undeliverable(after=60, message=message))

    message.refresh_from_db()
    assert message.failed_at == T0 + timedelta(seconds=60)
    assert message.error_text == "Message undeliverable"
    assert OutboxItem.objects.get().reason == "Message undeliverable"


@pytest.mark.parametrize("state", ["UNCONFIRMED", "HELD", "PENDING", "CLAIMED", "FAILED"])
def test_accepted_message_leaves_the_outbox_whatever_it_waited_for(state):
    message = departed("UNCONFIRMED")
    OutboxItem.objects.update(state=state)

    apply(said(SENT, message=message))

    assert not OutboxItem.objects.exists()


def test_read_receipt_of_another_message_stays_in_the_outbox():
    message = departed("UNCONFIRMED")
    receipt = OutboxItemFactory(message=message, kind="READ_RECEIPT")

    apply(said(SENT, message=message))

    assert list(OutboxItem.objects.all()) == [receipt]


def test_metas_failure_of_an_unconfirmed_message_shows_in_its_outbox_row():
    message = departed("UNCONFIRMED")
    row = OutboxItem.objects.get()

    apply(undeliverable(message=message))

    row.refresh_from_db()
    assert (row.state, row.reason) == ("FAILED", "Message undeliverable")


# Signals


@pytest.fixture
def heard():
    """What listeners were told: (signal's name, ids)."""
    told = []
    receivers = []
    for name in ("message_sent", "message_delivered", "message_read", "message_failed"):

        def listen(message_ids, name=name, **_):
            told.append((name, message_ids))

        receivers.append((getattr(signals, name), listen))
        getattr(signals, name).connect(listen)
    yield told
    for signal, listen in receivers:
        signal.disconnect(listen)


def test_each_thing_is_announced_once_per_batch_with_a_list(heard):
    first, second = departed("SENDING"), departed("SENDING")

    apply(
        said(SENT, message=first, wamid="wamid.1"),
        said(READ, message=first, wamid="wamid.1"),
        said(SENT, message=second, wamid="wamid.2"),
        said(DELIVERED, message=second, wamid="wamid.2"),
    )

    ids = [first.pk, second.pk]
    assert heard == [
        ("message_sent", ids),
        ("message_delivered", ids),
        ("message_read", [first.pk]),
    ]


def test_nothing_is_announced_twice(heard):
    MessageFactory(external_message_id="wamid.W")

    for word in (SENT, READ, DELIVERED, READ):
        apply(said(word, after=1))

    assert [name for name, _ in heard] == ["message_delivered", "message_read"]


def test_failure_is_announced(heard):
    message = MessageFactory(external_message_id="wamid.W")

    apply(undeliverable())

    assert heard == [("message_failed", [message.pk])]


def test_troubles_show_the_earliest_failure_whichever_was_told_first():
    message = MessageFactory(external_message_id="wamid.W")

    apply(undeliverable(after=60))
    apply(said(FAILED, after=0, error_code=131047, error_text="Re-engagement message"))

    message.refresh_from_db()
    (row,) = OutboxItem.objects.all()
    assert (row.state, row.reason) == ("FAILED", "Re-engagement message")
    assert message.error_code == 131047


def test_dismissed_failure_does_not_come_back_with_an_earlier_one():
    MessageFactory(external_message_id="wamid.W")
    apply(undeliverable(after=60))
    OutboxItem.objects.all().delete()

    apply(said(FAILED, after=0, error_code=131047, error_text="Re-engagement message"))

    assert not OutboxItem.objects.exists()
