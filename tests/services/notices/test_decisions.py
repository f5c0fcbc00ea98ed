"""Notices that are not told: suppressed, waiting, failed, and tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from cypher_erp.adapters.whatsapp import ErpOrderBook
from cypher_erp.customers.models import Customer
from cypher_erp.orders.models import Order
from tests.factories import BusinessNumberFactory, ContactFactory, TemplateFactory
from tests.services.notices.shop import approved, decide, order_of
from whatsapp.errors import MessageNotDeliverableError, NotFoundError
from whatsapp.models import Message, NoticeRule, OrderNotice, OutboxItem
from whatsapp.services import orders

pytestmark = pytest.mark.django_db


class TestSuppressed:
    @pytest.mark.parametrize(
        ("phone", "reason"),
        [
            ("", "The customer has no phone number."),
            ("  ", "The customer has no phone number."),
            ("0712", "The phone number is too short."),
            ("+40 712 345 678 ext. 9", "A phone number has no letters."),
        ],
    )
    def test_phone_nobody_can_write_to_is_said(self, shop, phone, reason):
        notice = decide(order_of(phone=phone), "order_confirmed")

        assert (notice.decision, notice.reason) == ("suppressed", reason)
        assert not Message.objects.exists()

    def test_order_cancelled_meanwhile_is_not_told(self, shop):
        order = order_of()
        orders.announce(event="order_confirmed", order_ids=[order.pk])
        Order.objects.update(status="CANCELLED")

        orders.decide_due(now=timezone.now())

        notice = OrderNotice.objects.get()
        assert (notice.decision, notice.reason) == ("suppressed", "The order was cancelled.")
        assert not Message.objects.exists()

    def test_deleted_order_is_not_told(self, shop):
        order = order_of()
        orders.announce(event="order_confirmed", order_ids=[order.pk])
        order.delete()

        orders.decide_due(now=timezone.now())

        assert OrderNotice.objects.get().reason == "The order no longer exists."

    def test_customer_outside_the_roll_out_is_not_told(self, shop, settings):
        settings.WHATSAPP = {**settings.WHATSAPP, "ROLLOUT_PERCENT": 0}

        notice = decide(order_of(), "order_confirmed")

        assert (notice.decision, notice.reason) == (
            "suppressed",
            "The customer is not in the roll-out.",
        )

    def test_event_without_a_rule_is_not_told(self, shop):
        NoticeRule.objects.filter(event="order_confirmed").update(is_active=False)

        notice = decide(order_of(), "order_confirmed")

        assert (notice.decision, notice.reason) == (
            "suppressed",
            "No rule tells customers of this event.",
        )

    def test_template_meta_made_marketing_spares_who_opted_out(self, shop):
        approved("order_confirmed", "hu", category="MARKETING")
        ContactFactory(phone="+40712345678", wa_id="40712345678", marketing_consent=False)

        notice = decide(order_of(language="hu"), "order_confirmed")

        assert notice.decision == "suppressed"
        assert "marketing" in notice.reason


class TestWaiting:
    def test_template_in_review_is_waited_for(self):
        BusinessNumberFactory()
        template = approved("order_confirmed", "ro", status="PENDING")
        now = timezone.now() + timedelta(seconds=1)

        notice = decide(order_of(), "order_confirmed", now=now)

        assert (notice.decision, notice.decided_at) == ("waiting", None)
        assert str(notice.why) == "Template order_confirmed is not approved: ro PENDING."
        assert notice.next_attempt_at == now + timedelta(minutes=1)
        template.status = "APPROVED"
        template.save()
        assert orders.decide_due(now=now) == 1  # at once
        notice.refresh_from_db()
        assert notice.decision == "sent"

    def test_waits_grow_to_an_hour(self):
        BusinessNumberFactory()
        approved("order_confirmed", "ro", status="PAUSED")
        now = timezone.now() + timedelta(seconds=1)
        notice, waits = decide(order_of(), "order_confirmed", now=now), []

        for _ in range(8):
            waits.append((notice.next_attempt_at - now) / timedelta(minutes=1))
            now = notice.next_attempt_at
            orders.decide_due(now=now)
            notice.refresh_from_db()

        assert waits == [1, 2, 4, 8, 16, 32, 60, 60]

    def test_what_waited_a_day_has_failed_and_says_for_what(self):
        BusinessNumberFactory()
        approved("order_confirmed", "ro", status="PENDING")

        notice = decide(order_of(), "order_confirmed", now=timezone.now() + timedelta(hours=25))

        assert notice.decision == "failed"
        assert str(notice.why) == "Expired. Template order_confirmed is not approved: ro PENDING."

    def test_shop_without_a_number_waits_for_one(self, settings):
        settings.WHATSAPP = {**settings.WHATSAPP, "PHONE_NUMBER_ID": ""}

        notice = decide(order_of(), "order_confirmed")

        assert (notice.decision, notice.reason) == ("waiting", "No business number is set up.")


class TestFailed:
    def test_missing_template_is_named_in_both_languages(self):
        BusinessNumberFactory()

        notice = decide(order_of(language="en"), "order_confirmed")

        assert notice.decision == "failed"
        assert str(notice.why) == "There is no template order_confirmed in en, ro."

    def test_rejected_template_is_named_with_metas_reason(self):
        BusinessNumberFactory()
        approved("order_confirmed", "ro", status="REJECTED", rejected_reason="SCAM")

        notice = decide(order_of(), "order_confirmed")

        assert notice.decision == "failed"
        assert str(notice.why) == "Template order_confirmed is not approved: ro REJECTED (SCAM)."

    def test_parameter_an_order_does_not_have_is_named(self):
        BusinessNumberFactory()
        TemplateFactory(name="order_confirmed")  # asks for {{customer}}

        notice = decide(order_of(), "order_confirmed")

        assert notice.decision == "failed"
        assert str(notice.why) == "The rule does not say what fills the template's customer."

    def test_one_notice_that_breaks_holds_up_no_other(self, shop, settings, caplog):
        settings.WHATSAPP = {**settings.WHATSAPP, "ORDER_BOOK": f"{__name__}.BrokenTotals"}
        broken = order_of()
        Order.objects.update(number="BROKEN")
        sound = order_of(phone="0712345679")
        orders.announce(event="order_confirmed", order_ids=[broken.pk, sound.pk])

        assert orders.decide_due(now=timezone.now()) == 2

        decisions = dict(OrderNotice.objects.values_list("order_id", "decision"))
        assert decisions == {broken.pk: "waiting", sound.pk: "sent"}
        assert "order notice not decided" in caplog.messages


class TestRetry:
    def test_suppressed_notice_is_decided_again(self, shop):
        order = order_of(phone="")
        notice = decide(order, "order_confirmed")
        Customer.objects.update(phone="0712345678")

        orders.retry_notice(notice_id=notice.pk)
        orders.decide_due(now=timezone.now())

        notice.refresh_from_db()
        assert (notice.decision, notice.reason) == ("sent", "")

    def test_failed_message_is_sent_again_as_the_same_message(self, shop):
        notice = failed_notice()

        orders.retry_notice(notice_id=notice.pk)

        message = Message.objects.get()
        assert (notice.message_id, message.delivery_status) == (message.pk, "PENDING")

    def test_cancelled_order_is_not_told_again(self, shop):
        notice = failed_notice()
        Order.objects.update(status="CANCELLED")

        with pytest.raises(MessageNotDeliverableError, match="cancelled"):
            orders.retry_notice(notice_id=notice.pk)

        assert Message.objects.get().delivery_status == "FAILED"

    def test_customer_who_was_told_is_not_told_again(self, shop):
        notice = decide(order_of(), "order_confirmed")

        with pytest.raises(MessageNotDeliverableError):
            orders.retry_notice(notice_id=notice.pk)

        assert OutboxItem.objects.count() == 1

    def test_unknown_notice_is_not_found(self):
        with pytest.raises(NotFoundError):
            orders.retry_notice(notice_id=1)


def failed_notice():
    notice = decide(order_of(), "order_confirmed")
    Message.objects.update(delivery_status="FAILED", error_text="No route")
    OutboxItem.objects.update(state="FAILED")
    return notice


class BrokenTotals(ErpOrderBook):
    """An adapter with a fault in one order."""

    def find_by_ids(self, order_ids):
        found = super().find_by_ids(order_ids)
        return [Broken() if record.number == "BROKEN" else record for record in found]


class Broken:
    """A record that was forgotten half-way."""

    def __getattr__(self, name):
        if name in ("id", "customer_id"):
            return getattr(Order.objects.get(number="BROKEN"), {"id": "pk"}.get(name, name))
        raise RuntimeError(f"no {name}")
