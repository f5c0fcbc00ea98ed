"""People who got enough for now: what is for them goes back and takes no room."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import MessageFactory, OutboxItemFactory
from tests.services.sifting import Filtering, sift
from whatsapp.domain.pace import PAIR_BURST
from whatsapp.models import Contact, Conversation, Message, OutboxItem

pytestmark = pytest.mark.django_db


def test_person_who_must_rest_goes_back_and_takes_no_room_from_others(outside):
    OutboxItemFactory.create_batch(2)
    sender = Filtering()
    first, second = sender.claimed
    for _ in range(PAIR_BURST):
        sender.sieve.departed(first)

    assert sender.sift() == [second.message_id]

    row = OutboxItem.objects.get(message_id=first.message_id)
    rest = row.next_attempt_at - timezone.now()
    assert row.state == "PENDING"
    assert timedelta(seconds=265) < rest <= timedelta(seconds=270)
    assert Message.objects.get(pk=first.message_id).delivery_status == "PENDING"


def test_what_a_person_got_is_known_to_the_next_lease_of_the_process(outside):
    item = OutboxItemFactory()
    first = Filtering()
    for _ in range(PAIR_BURST):
        first.sieve.departed(first.claimed[0])
    first.let_go()
    OutboxItem.objects.update(state="PENDING")
    Message.objects.update(delivery_status="PENDING")

    assert Filtering().sift() == []

    item.refresh_from_db()
    assert item.state == "PENDING"
    assert item.next_attempt_at > timezone.now() + timedelta(seconds=260)


def written_to(contact: Contact, *, times: int, ago: timedelta, **fields: object) -> None:
    conversation = Conversation.objects.get(contact=contact)
    at = timezone.now() - ago
    fields = {"delivery_status": "SENT", "sent_at": at, **fields}
    MessageFactory.create_batch(times, conversation=conversation, happened_at=at, **fields)


@pytest.mark.parametrize(
    ("times", "fields"),
    [(PAIR_BURST, {}), (PAIR_BURST, {"delivery_status": "UNCONFIRMED", "sent_at": None})],
)
def test_what_other_processes_sent_to_a_person_is_read_from_the_rows(outside, times, fields):
    item = OutboxItemFactory()
    written_to(item.contact, times=times, ago=timedelta(seconds=30), **fields)

    assert sift() == []

    item.refresh_from_db()
    rest = item.next_attempt_at - timezone.now()
    assert timedelta(seconds=235) < rest <= timedelta(seconds=240)


@pytest.mark.parametrize(
    ("times", "ago", "fields"),
    [
        (PAIR_BURST - 1, timedelta(seconds=30), {}),
        (PAIR_BURST, timedelta(seconds=271), {}),
        (PAIR_BURST, timedelta(seconds=30), {"delivery_status": "FAILED", "sent_at": None}),
        (PAIR_BURST, timedelta(seconds=30), {"received": True, "sent_at": None}),
    ],
)
def test_what_is_paid_back_or_never_left_makes_nobody_rest(outside, times, ago, fields):
    item = OutboxItemFactory()
    if fields.get("received"):
        fields = {**fields, "delivery_status": None}
    written_to(item.contact, times=times, ago=ago, **fields)

    assert sift() == [item.message_id]
