"""What was claimed and still should not leave: too late, overtaken, or unwanted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from tests.erp.factories import OrderFactory
from tests.factories import ConversationFactory, MessageFactory, OutboxItemFactory, TemplateFactory
from tests.services.sifting import around_now, notice_of, sift
from whatsapp.models import Contact, Conversation, Message, OutboxItem
from whatsapp.services import orders

pytestmark = pytest.mark.django_db


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


def test_typing_that_could_not_leave_in_time_is_dropped(outside):
    row = OutboxItemFactory(message=MessageFactory(received=True), kind="TYPING")
    OutboxItem.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(seconds=21))

    assert sift() == []
    assert not OutboxItem.objects.exists()


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
