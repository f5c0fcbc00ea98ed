"""Every announced event is told exactly once, or the notice says why it was not."""

from __future__ import annotations

import itertools
import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from cypher_erp.adapters.whatsapp import ErpOrderBook
from cypher_erp.customers.models import Customer
from cypher_erp.orders.models import Order
from tests.factories import (
    BusinessNumberFactory,
    ContactFactory,
    ConversationFactory,
    TemplateFactory,
)
from whatsapp.domain.standard_templates import standard_template
from whatsapp.errors import (
    MessageNotDeliverableError,
    NotFoundError,
    ValidationError,
)
from whatsapp.models import Message, NoticeRule, OrderNotice, OutboxItem
from whatsapp.services import notice_facts, orders

pytestmark = pytest.mark.django_db

NUMBERS = itertools.count(1)


@pytest.fixture
def shop():
    """A number, and the standard templates approved in Romanian and English."""
    number = BusinessNumberFactory()
    for name in ("order_confirmed", "order_shipped", "order_delivered"):
        for language in ("ro", "en"):
            approved(name, language)
    return number


def approved(name, language, **fields):
    components = standard_template(name=name, language=language).components
    return TemplateFactory(name=name, language=language, components=list(components), **fields)


def order_of(**customer):
    values = {"name": "Ana Pop", "phone": "0712 345 678", "language": "ro", **customer}
    return Order.objects.create(
        customer=Customer.objects.create(**values),
        number=f"C-2026-{next(NUMBERS):05}",
        total=Decimal("1234.5"),
    )


def decide(order, event="order_confirmed", *, now=None):
    """Announce and decide, as signal and worker would; give the notice."""
    orders.announce(event=event, order_ids=[order.pk])
    orders.decide_due(now=now or timezone.now())
    return OrderNotice.objects.get(order=order, event=event)


class TestTold:
    def test_notice_becomes_a_queued_template_in_romanian(self, shop):
        order = order_of()

        notice = decide(order)

        message = Message.objects.get()
        assert (notice.decision, notice.message, notice.reason) == ("sent", message, "")
        assert (message.order_id, message.customer_id) == (order.pk, order.customer_id)
        assert message.phone_number == "+40712345678"
        assert "Bună ziua, Ana Pop!" in message.message_text
        assert f"comanda {order.number}" in message.message_text
        assert "1.234,50 lei" in message.message_text
        assert OutboxItem.objects.get().get_priority_display() == "Notice"

    def test_shipped_order_names_courier_and_where_to_follow_it(self, shop):
        order = order_of()
        Order.objects.update(
            courier="Sameday", tracking_number="AWB9", tracking_url="https://s.ro/9"
        )

        decide(order, "order_shipped")

        text = Message.objects.get().message_text
        assert "Sameday" in text
        assert "AWB: AWB9" in text
        assert "https://s.ro/9" in text

    def test_customer_reads_their_own_language(self, shop):
        decide(order_of(language="en"))

        message = Message.objects.get()
        assert message.template.language == "en"
        assert "Hello Ana Pop" in message.message_text

    def test_language_without_an_approved_template_falls_back_to_romanian(self, shop):
        approved("order_confirmed", "hu", status="PENDING")

        decide(order_of(language="hu"))

        assert Message.objects.get().template.language == "ro"

    def test_decided_notice_is_never_decided_again(self, shop):
        order = order_of()

        for _ in range(3):
            decide(order)

        assert Message.objects.count() == 1
        assert orders.decide_due(now=timezone.now() + timedelta(days=9)) == 0

    def test_notice_leaves_the_conversation_as_it_was(self, shop):
        contact = ContactFactory(phone="+40712345678", wa_id="40712345678")
        conversation = ConversationFactory(contact=contact, number=shop, status="RESOLVED")

        decide(order_of())

        conversation.refresh_from_db()
        assert (conversation.status, conversation.unread_count) == ("RESOLVED", 0)
        assert Message.objects.get().conversation == conversation


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
        notice = decide(order_of(phone=phone))

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

        notice = decide(order_of())

        assert (notice.decision, notice.reason) == (
            "suppressed",
            "The customer is not in the roll-out.",
        )

    def test_event_without_a_rule_is_not_told(self, shop):
        NoticeRule.objects.filter(event="order_confirmed").update(is_active=False)

        notice = decide(order_of())

        assert (notice.decision, notice.reason) == (
            "suppressed",
            "No rule tells customers of this event.",
        )

    def test_template_meta_made_marketing_spares_who_opted_out(self, shop):
        approved("order_confirmed", "hu", category="MARKETING")
        ContactFactory(phone="+40712345678", wa_id="40712345678", marketing_consent=False)

        notice = decide(order_of(language="hu"))

        assert notice.decision == "suppressed"
        assert "marketing" in notice.reason


class TestWaiting:
    def test_template_in_review_is_waited_for(self):
        BusinessNumberFactory()
        template = approved("order_confirmed", "ro", status="PENDING")
        now = timezone.now() + timedelta(seconds=1)

        notice = decide(order_of(), now=now)

        assert (notice.decision, notice.decided_at) == ("waiting", None)
        assert str(notice.why) == "Template order_confirmed is not approved: ro PENDING."
        assert notice.next_attempt_at == now + timedelta(minutes=1)
        template.status = "APPROVED"
        template.save()
        assert orders.decide_due(now=now) == 0
        assert orders.decide_due(now=now + timedelta(minutes=1)) == 1
        notice.refresh_from_db()
        assert notice.decision == "sent"

    def test_waits_grow_to_an_hour(self):
        BusinessNumberFactory()
        approved("order_confirmed", "ro", status="PAUSED")
        now = timezone.now() + timedelta(seconds=1)
        notice, waits = decide(order_of(), now=now), []

        for _ in range(8):
            waits.append((notice.next_attempt_at - now) / timedelta(minutes=1))
            now = notice.next_attempt_at
            orders.decide_due(now=now)
            notice.refresh_from_db()

        assert waits == [1, 2, 4, 8, 16, 32, 60, 60]

    def test_what_waited_a_day_has_failed_and_says_for_what(self):
        BusinessNumberFactory()
        approved("order_confirmed", "ro", status="PENDING")

        notice = decide(order_of(), now=timezone.now() + timedelta(hours=25))

        assert notice.decision == "failed"
        assert str(notice.why) == "Expired. Template order_confirmed is not approved: ro PENDING."

    def test_shop_without_a_number_waits_for_one(self, settings):
        settings.WHATSAPP = {**settings.WHATSAPP, "PHONE_NUMBER_ID": ""}

        notice = decide(order_of())

        assert (notice.decision, notice.reason) == ("waiting", "No business number is set up.")


class TestFailed:
    def test_missing_template_is_named_in_both_languages(self):
        BusinessNumberFactory()

        notice = decide(order_of(language="en"))

        assert notice.decision == "failed"
        assert str(notice.why) == "There is no template order_confirmed in en, ro."

    def test_rejected_template_is_named_with_metas_reason(self):
        BusinessNumberFactory()
        approved("order_confirmed", "ro", status="REJECTED", rejected_reason="SCAM")

        notice = decide(order_of())

        assert notice.decision == "failed"
        assert str(notice.why) == "Template order_confirmed is not approved: ro REJECTED (SCAM)."

    def test_parameter_an_order_does_not_have_is_named(self):
        BusinessNumberFactory()
        TemplateFactory(name="order_confirmed")  # asks for {{customer}}

        notice = decide(order_of())

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


class TestMany:
    def test_a_batch_asks_the_erp_twice_whatever_its_size(self, shop, django_assert_num_queries):
        customers = Customer.objects.bulk_create(
            [Customer(name=f"C{n}", phone=f"07123456{n:02}") for n in range(20)]
        )
        ids = [Order.objects.create(customer=customer).pk for customer in customers]

        with django_assert_num_queries(5):  # orders, customers, rules, the number, its templates
            facts = notice_facts.read(order_ids=ids)

        assert len(facts.orders) == len(facts.customers) == 20

    def test_a_call_takes_its_share_and_zero_ends_it(self, shop):
        for n in range(5):
            orders.announce(event="order_confirmed", order_ids=[order_of(phone=f"071234567{n}").pk])
        now = timezone.now()

        counts = [orders.decide_due(now=now, limit=2) for _ in range(4)]

        assert counts == [2, 2, 1, 0]
        assert Message.objects.count() == 5


class TestRetry:
    def test_suppressed_notice_is_decided_again(self, shop):
        order = order_of(phone="")
        notice = decide(order)
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
        notice = decide(order_of())

        with pytest.raises(MessageNotDeliverableError):
            orders.retry_notice(notice_id=notice.pk)

        assert OutboxItem.objects.count() == 1

    def test_unknown_notice_is_not_found(self):
        with pytest.raises(NotFoundError):
            orders.retry_notice(notice_id=1)


def failed_notice():
    notice = decide(order_of())
    Message.objects.update(delivery_status="FAILED", error_text="No route")
    OutboxItem.objects.update(state="FAILED")
    return notice


class TestNotifyOrder:
    def test_one_order_is_announced_once(self, shop):
        order = order_of()

        first = orders.notify_order(order_id=order.pk, event="order_shipped", occurrence="AWB 1")
        again = orders.notify_order(order_id=order.pk, event="order_shipped", occurrence="AWB 1")

        assert first == again
        assert OrderNotice.objects.count() == 1

    def test_unknown_event_and_order_are_refused(self):
        with pytest.raises(ValidationError):
            orders.notify_order(order_id=order_of().pk, event="order_lost")
        with pytest.raises(NotFoundError):
            orders.notify_order(order_id=10**12, event="order_shipped")

        assert not OrderNotice.objects.exists()


def test_cancelled_orders_are_named_in_one_question(django_assert_num_queries):
    kept, cancelled = order_of(), order_of()
    Order.objects.filter(pk=cancelled.pk).update(status="CANCELLED")

    with django_assert_num_queries(1):
        overtaken = orders.overtaken_by_cancel(order_ids=[kept.pk, cancelled.pk])

    assert overtaken == {cancelled.pk}


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


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_notices_and_tell_each_once(shop):
    ids = [order_of(phone=f"071234560{n}").pk for n in range(8)]
    orders.announce(event="order_confirmed", order_ids=ids)

    def work():
        try:
            while orders.decide_due(now=timezone.now(), limit=3):
                pass
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    told = Message.objects.values_list("order_id", flat=True).order_by("order_id")
    assert list(told) == sorted(ids)
    assert set(OrderNotice.objects.values_list("decision", flat=True)) == {"sent"}
