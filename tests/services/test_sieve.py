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
from whatsapp.domain.pace import PAIR_BURST
from whatsapp.models import (
    Contact,
    Conversation,
    Message,
    OrderNotice,
    OutboxItem,
    SenderState,
    Template,
)
from whatsapp.ports import OrderRecord
from whatsapp.services import orders, outbox, sender_lease
from whatsapp.services.outbox import Claimed
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


def claimed() -> list[Claimed]:
    lease = sender_lease.elect(number_id=BusinessNumberFactory().pk)
    return outbox.claim(lease=lease, limit=100)


def sift(items: list[Claimed], *, sieve: Sieve | None = None) -> list[int]:
    """The messages that may leave."""
    ready = (sieve or Sieve()).sift(items, now=timezone.now())
    return [item.message_id for item in ready]


def test_notice_of_an_order_cancelled_meanwhile_does_not_leave(outside):
    kept, overtaken = notice_of(outside), notice_of(outside, is_cancelled=True)

    assert sift(claimed()) == [kept.message_id]

    overtaken.refresh_from_db()
    assert (overtaken.decision, overtaken.reason) == ("suppressed", "The order was cancelled.")
    assert overtaken.message.delivery_status == "CANCELLED"
    assert OutboxItem.objects.get().message_id == kept.message_id


def test_orders_of_a_claim_are_asked_for_at_once(outside):
    for _ in range(3):
        notice_of(outside)

    sift(claimed())

    assert outside.orders.calls == 1


def test_reply_about_an_order_asks_nobody(outside):
    item = OutboxItemFactory(message__order_id=OrderFactory().pk)

    assert sift(claimed()) == [item.message_id]
    assert outside.orders.calls == 0


def test_order_book_that_fails_keeps_no_notice_from_leaving(outside):
    notice = notice_of(outside)
    outside.orders.records[notice.order_id] = None  # an order book of the ERP's with a mistake

    assert sift(claimed()) == [notice.message_id]


def test_suppressed_notice_can_be_told_after_all(outside):
    notice = notice_of(outside, is_cancelled=True)
    sift(claimed())

    orders.retry_notice(notice_id=notice.pk)

    notice.refresh_from_db()
    assert notice.decision == "pending"


def test_message_past_its_time_fails_at_once(outside):
    item = OutboxItemFactory(message__expires_at=timezone.now() - timedelta(seconds=1))

    assert sift(claimed()) == []

    item.refresh_from_db()
    assert (item.state, item.message.error_text) == ("FAILED", "expired")


def test_text_whose_window_closed_while_it_waited_fails_and_says_why(outside):
    item = OutboxItemFactory()
    late = timezone.now() - timedelta(hours=24, minutes=1)
    Conversation.objects.update(last_inbound_at=late)

    assert sift(claimed()) == []

    item.refresh_from_db()
    assert (item.state, item.message.delivery_status) == ("FAILED", "FAILED")
    assert "24-hour window" in item.message.error_text


def test_template_needs_no_window(outside):
    item = OutboxItemFactory(message__message_type="TEMPLATE")
    Conversation.objects.update(last_inbound_at=None)

    assert sift(claimed()) == [item.message_id]


def test_window_is_that_of_all_conversations_with_the_number(outside):
    item = OutboxItemFactory()
    Conversation.objects.update(last_inbound_at=None)
    ConversationFactory(contact=item.contact, number=item.number, status="ARCHIVED")

    assert sift(claimed()) == [item.message_id]


@pytest.mark.parametrize(("category", "leaves"), [("MARKETING", False), ("UTILITY", True)])
def test_offer_to_someone_who_opted_out_meanwhile_does_not_leave(outside, category, leaves):
    template = TemplateFactory(category=category)
    item = OutboxItemFactory(message__message_type="TEMPLATE", message__template=template)
    Contact.objects.update(marketing_consent=False)

    assert sift(claimed()) == ([item.message_id] if leaves else [])
    assert (Message.objects.get().delivery_status == "FAILED") is not leaves


@pytest.mark.parametrize("status", ["PAUSED", "PENDING", "ARCHIVED", "SOMETHING_NEW"])
def test_message_whose_template_rests_waits_and_says_why(outside, status):
    template = TemplateFactory(status=status)
    item = OutboxItemFactory(message__message_type="TEMPLATE", message__template=template)

    assert sift(claimed()) == []

    item.refresh_from_db()
    assert (item.state, item.message.delivery_status) == ("PENDING", "PENDING")
    rest = item.next_attempt_at - timezone.now()
    assert timedelta(minutes=9, seconds=50) < rest <= timedelta(minutes=10)
    assert status in item.reason


def test_message_whose_template_is_back_leaves(outside):
    template = TemplateFactory(status="PAUSED")
    item = OutboxItemFactory(message__message_type="TEMPLATE", message__template=template)
    sift(claimed())

    Template.objects.update(status="APPROVED")
    OutboxItem.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    SenderState.objects.update(holder="", lease_until=None)

    assert sift(claimed()) == [item.message_id]


def test_other_message_to_the_same_person_does_not_wait_for_the_template(outside):
    template = TemplateFactory(status="PAUSED")
    item = OutboxItemFactory(message__message_type="TEMPLATE", message__template=template)
    lease = sender_lease.elect(number_id=BusinessNumberFactory().pk)
    Sieve().sift(outbox.claim(lease=lease, limit=10), now=timezone.now())
    other = OutboxItemFactory(message__conversation=item.message.conversation)

    assert sift(outbox.claim(lease=lease, limit=10)) == [other.message_id]


def test_message_that_waited_for_its_template_too_long_fails(outside):
    template = TemplateFactory(status="PAUSED")
    item = OutboxItemFactory(
        message__message_type="TEMPLATE",
        message__template=template,
        message__expires_at=timezone.now() - timedelta(seconds=1),
    )

    assert sift(claimed()) == []

    item.refresh_from_db()
    assert (item.state, item.message.error_text) == ("FAILED", "expired")


@pytest.mark.parametrize("status", ["DISABLED", "REJECTED", "MISSING", "DELETED"])
def test_message_whose_template_is_lost_fails_without_asking_meta(outside, status):
    template = TemplateFactory(status=status)
    item = OutboxItemFactory(message__message_type="TEMPLATE", message__template=template)

    assert sift(claimed()) == []

    item.refresh_from_db()
    assert (item.state, item.message.delivery_status) == ("FAILED", "FAILED")
    assert status in item.message.error_text


def test_message_of_a_deleted_template_fails(outside):
    template = TemplateFactory(deleted_at=timezone.now())
    OutboxItemFactory(message__message_type="TEMPLATE", message__template=template)

    assert sift(claimed()) == []
    assert Message.objects.get().delivery_status == "FAILED"


def test_message_whose_template_has_a_new_draft_leaves(outside):
    template = TemplateFactory(status="DRAFT")
    item = OutboxItemFactory(message__message_type="TEMPLATE", message__template=template)

    assert sift(claimed()) == [item.message_id]


def test_typing_that_could_not_leave_in_time_is_dropped(outside):
    row = OutboxItemFactory(message=MessageFactory(received=True), kind="TYPING")
    OutboxItem.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(seconds=21))

    assert sift(claimed()) == []
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

    assert sift(claimed()) == [reply.message_id]

    for item in (notice, offer):
        item.refresh_from_db()
        assert (item.state, item.next_attempt_at) == ("PENDING", end)
        assert item.message.delivery_status == "PENDING"
        assert item.message.expires_at == end + timedelta(hours=24)


def test_person_who_must_rest_goes_back_and_takes_no_room_from_others(outside):
    OutboxItemFactory.create_batch(2)
    first, second = claimed()
    sieve = Sieve()
    for _ in range(PAIR_BURST):
        sieve.departed(first)

    assert sift([first, second], sieve=sieve) == [second.message_id]

    row = OutboxItem.objects.get(message_id=first.message_id)
    rest = row.next_attempt_at - timezone.now()
    assert row.state == "PENDING"
    assert timedelta(seconds=5) < rest <= timedelta(seconds=6)
    assert Message.objects.get(pk=first.message_id).delivery_status == "PENDING"
