"""What was claimed and still should not leave: too late, overtaken, or to someone who must rest."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import F
from django.utils import timezone

from cypher_erp.orders.models import Order
from tests.erp.factories import OrderFactory
from tests.factories import (
    BusinessNumberFactory,
    ConversationFactory,
    MessageFactory,
    OutboxItemFactory,
    TemplateFactory,
)
from tests.locks import locked_elsewhere
from whatsapp.domain.pace import PAIR_BURST
from whatsapp.models import (
    Contact,
    Conversation,
    Message,
    OrderNotice,
    OutboxItem,
    Template,
)
from whatsapp.ports import OrderRecord
from whatsapp.services import orders, outbox, sender_lease
from whatsapp.services.sieve import Sieve

pytestmark = pytest.mark.django_db


def notice_of(outside, *, is_cancelled: bool = False) -> OrderNotice:
    """A notice whose message is queued; its order as the ERP knows it by now."""
    order: Order = OrderFactory()
    outside.orders.add(
        OrderRecord(
            id=order.pk,
            number=order.number,
            customer_id=order.customer_id,
            status="CANCELLED" if is_cancelled else "CONFIRMED",
            total=Decimal(1),
            is_cancelled=is_cancelled,
        )
    )
    item = OutboxItemFactory(priority=1, message__order_id=order.pk)
    return OrderNotice.objects.create(
        order=order, event="order_confirmed", decision="sent", message=item.message
    )


class Filtering:
    """A sender's lease, what it claimed and its sieve."""

    def __init__(self) -> None:
        self.lease = sender_lease.elect(number_id=BusinessNumberFactory().pk)
        self.claimed = outbox.claim(lease=self.lease, limit=100)
        self.sieve = Sieve(lease=self.lease)

    def sift(self) -> list[int]:
        """The messages that may leave."""
        ready = self.sieve.sift(self.claimed, now=timezone.now())
        return [item.message_id for item in ready]

    def let_go(self) -> None:
        sender_lease.release(self.lease, departures=[])


def sift() -> list[int]:
    filtering = Filtering()
    ready = filtering.sift()
    filtering.let_go()
    return ready


def test_notice_of_an_order_cancelled_meanwhile_does_not_leave(outside):
    kept, overtaken = notice_of(outside), notice_of(outside, is_cancelled=True)

    assert sift() == [kept.message_id]

    overtaken.refresh_from_db()
    assert (overtaken.decision, overtaken.reason) == ("suppressed", "The order was cancelled.")
    assert overtaken.message.delivery_status == "CANCELLED"
    assert OutboxItem.objects.get().message_id == kept.message_id


def test_orders_of_a_claim_are_asked_for_at_once(outside):
    for _ in range(3):
        notice_of(outside)

    sift()

    assert outside.orders.calls == 1


def test_reply_about_an_order_asks_nobody(outside):
    item = OutboxItemFactory(message__order_id=OrderFactory().pk)

    assert sift() == [item.message_id]
    assert outside.orders.calls == 0


def test_order_book_that_fails_keeps_no_notice_from_leaving(outside):
    notice = notice_of(outside)
    outside.orders.records[notice.order_id] = None  # an order book of the ERP's with a mistake

    assert sift() == [notice.message_id]


def test_suppressed_notice_can_be_told_after_all(outside):
    notice = notice_of(outside, is_cancelled=True)
    sift()

    orders.retry_notice(notice_id=notice.pk)

    notice.refresh_from_db()
    assert notice.decision == "pending"


def test_message_past_its_time_fails_at_once(outside):
    item = OutboxItemFactory(message__expires_at=timezone.now() - timedelta(seconds=1))

    assert sift() == []

    item.refresh_from_db()
    assert (item.state, item.message.error_text) == ("FAILED", "expired")


def test_text_whose_window_closed_while_it_waited_fails_and_says_why(outside):
    item = OutboxItemFactory()
    late = timezone.now() - timedelta(hours=24, minutes=1)
    Conversation.objects.update(last_inbound_at=late)

    assert sift() == []

    item.refresh_from_db()
    assert (item.state, item.message.delivery_status) == ("FAILED", "FAILED")
    assert "24-hour window" in item.message.error_text


def test_template_needs_no_window(outside):
    item = OutboxItemFactory(message__message_type="TEMPLATE")
    Conversation.objects.update(last_inbound_at=None)

    assert sift() == [item.message_id]


def test_window_is_that_of_all_conversations_with_the_number(outside):
    item = OutboxItemFactory()
    Conversation.objects.update(last_inbound_at=None)
    ConversationFactory(contact=item.contact, number=item.number, status="ARCHIVED")

    assert sift() == [item.message_id]


@pytest.mark.parametrize(("category", "leaves"), [("MARKETING", False), ("UTILITY", True)])
def test_offer_to_someone_who_opted_out_meanwhile_does_not_leave(outside, category, leaves):
    template = TemplateFactory(category=category)
    item = OutboxItemFactory(message__message_type="TEMPLATE", message__template=template)
    Contact.objects.update(marketing_consent=False)

    assert sift() == ([item.message_id] if leaves else [])
    assert (Message.objects.get().delivery_status == "FAILED") is not leaves


@pytest.mark.parametrize("status", ["PAUSED", "PENDING", "ARCHIVED", "SOMETHING_NEW"])
def test_message_whose_template_rests_waits_and_says_why(outside, status):
    template = TemplateFactory(status=status)
    item = OutboxItemFactory(message__message_type="TEMPLATE", message__template=template)

    assert sift() == []

    item.refresh_from_db()
    assert (item.state, item.message.delivery_status) == ("PENDING", "PENDING")
    rest = item.next_attempt_at - timezone.now()
    assert timedelta(minutes=9, seconds=50) < rest <= timedelta(minutes=10)
    assert status in item.reason


def test_message_whose_template_is_back_leaves(outside):
    template = TemplateFactory(status="PAUSED")
    item = OutboxItemFactory(message__message_type="TEMPLATE", message__template=template)
    sift()

    Template.objects.update(status="APPROVED")
    OutboxItem.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))

    assert sift() == [item.message_id]


def test_other_message_to_the_same_person_does_not_wait_for_the_template(outside):
    template = TemplateFactory(status="PAUSED")
    item = OutboxItemFactory(message__message_type="TEMPLATE", message__template=template)
    assert sift() == []
    other = OutboxItemFactory(message__conversation=item.message.conversation)

    assert sift() == [other.message_id]


def test_message_that_waited_for_its_template_too_long_fails(outside):
    template = TemplateFactory(status="PAUSED")
    item = OutboxItemFactory(
        message__message_type="TEMPLATE",
        message__template=template,
        message__expires_at=timezone.now() - timedelta(seconds=1),
    )

    assert sift() == []

    item.refresh_from_db()
    assert (item.state, item.message.error_text) == ("FAILED", "expired")


@pytest.mark.parametrize("status", ["DISABLED", "REJECTED", "MISSING", "DELETED"])
def test_message_whose_template_is_lost_fails_without_asking_meta(outside, status):
    template = TemplateFactory(status=status)
    item = OutboxItemFactory(message__message_type="TEMPLATE", message__template=template)

    assert sift() == []

    item.refresh_from_db()
    assert (item.state, item.message.delivery_status) == ("FAILED", "FAILED")
    assert status in item.message.error_text


def test_message_of_a_deleted_template_fails(outside):
    template = TemplateFactory(deleted_at=timezone.now())
    OutboxItemFactory(message__message_type="TEMPLATE", message__template=template)

    assert sift() == []
    assert Message.objects.get().delivery_status == "FAILED"


def test_message_whose_template_has_a_new_draft_leaves(outside):
    template = TemplateFactory(status="DRAFT")
    item = OutboxItemFactory(message__message_type="TEMPLATE", message__template=template)

    assert sift() == [item.message_id]


def test_typing_that_could_not_leave_in_time_is_dropped(outside):
    row = OutboxItemFactory(message=MessageFactory(received=True), kind="TYPING")
    OutboxItem.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(seconds=21))

    assert sift() == []
    assert not OutboxItem.objects.exists()


def around_now(settings) -> datetime:
    """Make the present quiet; return the end of it, in whole minutes."""
    start, end = timezone.now() - timedelta(hours=1), timezone.now() + timedelta(hours=2)
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "QUIET_HOURS": f"{start:%H:%M}-{end:%H:%M} UTC",
    }
    return end.replace(second=0, microsecond=0)


def test_what_quiet_hours_overtook_rests_until_their_end_and_lives_longer(outside, settings):
    end = around_now(settings)
    reply, notice = OutboxItemFactory(priority=0), OutboxItemFactory(priority=1)
    offer = OutboxItemFactory(priority=2)
    Message.objects.update(expires_at=F("created_at") + timedelta(hours=24))

    assert sift() == [reply.message_id]

    for item in (notice, offer):
        item.refresh_from_db()
        assert (item.state, item.next_attempt_at) == ("PENDING", end)
        assert item.message.delivery_status == "PENDING"
        assert item.message.expires_at == end + timedelta(hours=24)


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


def held_by_somebody(row: OutboxItem):
    return locked_elsewhere(Message.objects.filter(pk=row.message_id))


@pytest.mark.django_db(transaction=True)
def test_row_that_must_go_back_and_is_locked_is_owed_until_it_is_free(outside):
    item = OutboxItemFactory()
    sender = Filtering()
    for _ in range(PAIR_BURST):
        sender.sieve.departed(sender.claimed[0])

    with held_by_somebody(item):
        assert sender.sift() == []
        sender.sieve.return_owed()
        assert sender.sieve.owes
        assert OutboxItem.objects.get().state == "CLAIMED"
    sender.sieve.return_owed()

    assert not sender.sieve.owes
    item.refresh_from_db()
    assert item.state == "PENDING"
    assert item.next_attempt_at > timezone.now() + timedelta(seconds=260)


@pytest.mark.django_db(transaction=True)
def test_locked_notice_of_the_night_neither_waits_nor_leaves(outside, settings):
    around_now(settings)
    item = OutboxItemFactory(priority=1)
    sender = Filtering()

    with held_by_somebody(item):
        assert sender.sift() == []
    sender.sieve.return_owed()

    assert OutboxItem.objects.get().state == "PENDING"
    assert sift_again(sender) == []
    assert OutboxItem.objects.get().next_attempt_at > timezone.now() + timedelta(hours=1)


@pytest.mark.django_db(transaction=True)
def test_locked_notice_of_a_cancelled_order_neither_waits_nor_leaves(outside):
    notice = notice_of(outside, is_cancelled=True)
    sender = Filtering()

    with locked_elsewhere(OrderNotice.objects.filter(pk=notice.pk)):
        assert sender.sift() == []
    sender.sieve.return_owed()

    assert sift_again(sender) == []
    notice.refresh_from_db()
    assert notice.decision == "suppressed"


def sift_again(sender: Filtering) -> list[int]:
    sender.let_go()
    return sift()
