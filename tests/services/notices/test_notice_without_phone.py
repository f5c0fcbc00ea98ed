"""Whoever has no phone, or none that can be read, is told by the rule's own channel, once."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from cypher_erp.customers.models import Customer
from cypher_erp.notifications.models import CustomerMail
from cypher_erp.orders.models import Order
from tests.factories import BusinessNumberFactory
from tests.locks import locked_elsewhere
from tests.services.notices.shop import approved, decide, order_of, rule_of
from whatsapp import queue
from whatsapp.models import Message, NoticeRule, OrderNotice
from whatsapp.services import notice_rules, orders
from whatsapp.services.notices import otherwise

pytestmark = pytest.mark.django_db
NO_PHONE = "The customer has no phone number."


@pytest.fixture(autouse=True)
def _shop():
    BusinessNumberFactory()
    approved("order_shipped")
    rule_of(other_channel_minutes=30)


def unreachable(phone="", **customer):
    return decide(order_of(phone=phone, email="ana@exemplu.ro", **customer))


def watch(*, minutes=0) -> OrderNotice:
    while otherwise.watch(now=timezone.now() + timedelta(minutes=minutes, seconds=1)):
        pass
    return OrderNotice.objects.get()


class TestToldOnce:
    @pytest.mark.parametrize("phone", ["", "   ", "la cerere", "12"])
    def test_at_once_in_the_words_of_the_message(self, erp, phone):
        notice = unreachable(phone)
        assert notice.decision == "suppressed"

        told = watch()

        (given,) = erp.notices
        assert given.key == f"whatsapp-notice-{notice.pk}"
        assert "Ana Pop" in given.text
        assert told.order.number in given.text
        assert (given.event, given.language) == ("order_shipped", "ro")
        assert (told.decision, told.told_otherwise_by) == ("suppressed", "email")
        assert told.reason == notice.reason != ""
        assert told.watch_until is None
        assert not Message.objects.exists()

    def test_not_again_when_looked_at_again(self, erp):
        unreachable()

        for minutes in (0, 30, 60, 60 * 24 * 3):
            watch(minutes=minutes)

        assert len(erp.notices) == 1

    def test_not_again_when_the_notice_is_repeated(self, erp):
        notice = unreachable()
        watch()

        orders.retry_notice(notice_id=notice.pk)
        orders.decide_due(now=timezone.now() + timedelta(seconds=1))
        again = watch()

        assert (again.decision, again.reason) == ("suppressed", NO_PHONE)
        assert again.watch_until is None
        assert len(erp.notices) == 1

    def test_in_the_customers_language(self, erp):
        approved("order_shipped", "hu")
        unreachable(language="hu")

        watch()

        assert erp.notices[0].language == "hu"
        assert "Tisztelt Ana Pop" in erp.notices[0].text

    def test_whoever_follows_is_woken(self, erp, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks() as callbacks:
            unreachable()

        woken = {each.args[1].name for each in callbacks if isinstance(each, partial)}
        assert queue.FOLLOW_NOTICES in woken

    def test_the_erps_own_email_is_one_row(self):
        unreachable()

        told = watch()

        mail = CustomerMail.objects.get()
        assert (mail.address, told.told_otherwise_by) == ("ana@exemplu.ro", "email")
        assert told.order.number in mail.subject

    @pytest.mark.django_db(transaction=True)
    def test_two_workers_tell_it_once(self, erp):
        unreachable()
        start = threading.Barrier(2)

        def work():
            try:
                start.wait()
                watch()
            finally:
                connection.close()

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(erp.notices) == 1
        assert OrderNotice.objects.get().told_otherwise_by == "email"

    @pytest.mark.django_db(transaction=True)
    def test_a_notice_in_somebodys_hands_is_told_after_them(self, erp):
        unreachable()
        with locked_elsewhere(OrderNotice.objects.all()):
            otherwise.watch(now=timezone.now() + timedelta(seconds=1))
            assert erp.notices == []

        assert watch().told_otherwise_by == "email"


class TestNotTold:
    def test_where_the_rule_has_no_other_channel(self, erp):
        rule_of(other_channel_minutes=None)
        notice = unreachable()

        watch(minutes=60)

        assert (notice.decision, notice.reason, notice.watch_until) == (
            "suppressed",
            NO_PHONE,
            None,
        )
        assert erp.notices == []

    def test_where_the_erp_has_none(self, settings):
        settings.WHATSAPP = {**settings.WHATSAPP, "CUSTOMER_NOTIFIER": ""}
        notice = unreachable()

        told = watch(minutes=60)

        assert (notice.decision, notice.reason) == ("suppressed", NO_PHONE)
        assert (told.told_otherwise_at, told.watch_until) == (None, None)
        assert not CustomerMail.objects.exists()

    def test_customer_without_an_address_is_shown_as_such(self, erp):
        erp.channel = ""
        unreachable()

        told = watch()

        assert (told.told_otherwise_by, told.told_otherwise_at) == ("-", None)
        assert told.watch_until is None

    def test_order_cancelled_before_it_was_told(self, erp):
        unreachable()
        Order.objects.update(status="CANCELLED")

        told = watch()

        assert (told.told_otherwise_at, told.watch_until) == (None, None)
        assert erp.notices == []

    def test_rule_deleted_before_it_was_told(self, erp):
        unreachable()
        notice_rules.delete(rule_id=NoticeRule.objects.get(event="order_shipped").pk)

        assert watch().watch_until is None
        assert erp.notices == []

    def test_whoever_opted_out_is_not_written_to_by_another_way(self, erp):
        """Only a missing number makes the other channel speak at once."""
        template = approved("plain", category="MARKETING")
        rule_of(template="plain", parameters={"order_number": {"field": "order.number"}})
        first = decide(order_of(phone="0712345678", email="ana@exemplu.ro"))
        contact = first.message.contact
        contact.marketing_consent = False
        contact.save(update_fields=["marketing_consent"])
        Message.objects.update(delivery_status="DELIVERED")
        other = Order.objects.create(
            customer=Customer.objects.get(), number="C-2026-99999", total=1
        )

        second = decide(other)
        otherwise.watch(now=timezone.now() + timedelta(minutes=60))

        assert template.category == "MARKETING"
        assert (second.decision, second.watch_until) == ("suppressed", None)
        assert erp.notices == []

    def test_a_number_typed_in_meanwhile_gets_the_message_instead(self, erp):
        notice = unreachable()
        Customer.objects.update(phone="0712 345 678")

        orders.retry_notice(notice_id=notice.pk)
        orders.decide_due(now=timezone.now() + timedelta(seconds=1))
        watch()

        notice.refresh_from_db()
        assert notice.decision == "sent"
        assert erp.notices == []


class TestTrouble:
    def test_notifier_that_fails_is_asked_again(self, erp):
        erp.failures = 1
        unreachable()

        failed = watch()
        assert "The outbox is full." in failed.otherwise_error
        assert failed.told_otherwise_at is None
        told = watch(minutes=10)

        assert (told.told_otherwise_by, told.otherwise_error) == ("email", "")
        assert len(erp.notices) == 1

    def test_template_in_review_is_waited_for(self, erp):
        """What the other channel says are the template's words."""
        rule_of(template="plain", parameters={"order_number": {"field": "order.number"}})
        template = approved("plain", status="PENDING")
        notice = unreachable()
        assert notice.decision == "waiting"
        template.status = "APPROVED"
        template.save()

        orders.decide_due(now=timezone.now() + timedelta(seconds=1))
        told = watch()

        assert (told.decision, told.told_otherwise_by) == ("suppressed", "email")
        assert len(erp.notices) == 1

    def test_template_that_stops_in_between_is_shown_and_looked_at_again(self, erp):
        rule_of(template="plain", parameters={"order_number": {"field": "order.number"}})
        template = approved("plain")
        unreachable()
        template.status = "PAUSED"
        template.save()

        failed = watch()
        assert "plain is not approved" in failed.otherwise_error
        template.status = "APPROVED"
        template.save()
        told = watch(minutes=10)

        assert told.told_otherwise_by == "email"
        assert len(erp.notices) == 1
