"""Whom WhatsApp does not reach is told by the ERP's own channel, exactly once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from cypher_erp.customers.models import Customer
from cypher_erp.notifications.models import CustomerMail
from cypher_erp.orders.models import Order
from tests.factories import BusinessNumberFactory
from tests.locks import locked_elsewhere
from tests.services.notices.shop import approved, decide, order_of, rule_of
from whatsapp import testing
from whatsapp.models import Message, OrderNotice
from whatsapp.services import notice_rules
from whatsapp.services.notices import otherwise

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop():
    BusinessNumberFactory()
    approved("order_shipped")
    rule_of(other_channel_minutes=30)


def told(**message):
    """A notice whose message left just now and stands as given."""
    order = order_of(email="ana@exemplu.ro")
    notice = decide(order)
    now = timezone.now()
    given = {"delivery_status": "SENT", "sent_at": now, "happened_at": now, **message}
    Message.objects.filter(pk=notice.message_id).update(**given)
    return notice


def watch(*, minutes=0) -> OrderNotice:
    otherwise.watch(now=timezone.now() + timedelta(minutes=minutes, seconds=1))
    return OrderNotice.objects.get()


class TestWhen:
    def test_nothing_delivered_in_time(self, erp):
        notice = told()

        early, late = watch(minutes=29), watch(minutes=30)

        assert early.told_otherwise_at is None
        assert late.told_otherwise_by == "email"
        (given,) = erp.notices
        assert given.key == f"whatsapp-notice-{notice.pk}"
        assert (given.event, given.order.id) == ("order_shipped", notice.order_id)
        assert given.customer.email == "ana@exemplu.ro"
        assert given.text == Message.objects.get().message_text
        assert given.language == "ro"

    def test_number_that_is_not_on_whatsapp_is_told_at_once(self, erp):
        told(delivery_status="FAILED", failed_at=timezone.now(), error_code=131026)

        assert watch().told_otherwise_by == "email"

    def test_other_failures_wait_for_the_rules_time(self, erp):
        told(delivery_status="FAILED", failed_at=timezone.now(), error_code=131049)

        assert watch(minutes=29).told_otherwise_at is None
        assert watch(minutes=30).told_otherwise_at is not None

    def test_message_in_doubt_counts_from_its_departure(self, erp):
        told(delivery_status="UNCONFIRMED", sent_at=None)

        assert watch(minutes=30).told_otherwise_at is not None

    @pytest.mark.parametrize("status", ["DELIVERED", "READ", "CANCELLED"])
    def test_delivered_or_called_back_ends_the_watch(self, erp, status):
        told(delivery_status=status)

        notice = watch(minutes=300)

        assert (notice.told_otherwise_at, notice.watch_until) == (None, None)
        assert erp.notices == []

    @pytest.mark.parametrize("status", ["PENDING", "SENDING"])
    def test_what_has_not_left_is_waited_for(self, erp, status):
        told(delivery_status=status, sent_at=None)

        assert watch(minutes=300).told_otherwise_at is None

    def test_rule_that_does_not_ask_for_it_watches_nothing(self, erp):
        rule_of(other_channel_minutes=None)

        assert told().watch_until is None

    def test_edited_rule_counts_for_what_is_watched(self, erp):
        told()
        rule = rule_of()
        rule.other_channel_minutes = 5

        notice_rules.save(rule=rule)

        assert watch(minutes=5).told_otherwise_at is not None

    def test_deleted_rule_ends_the_watch(self, erp):
        told()

        notice_rules.delete(rule_id=rule_of().pk)

        assert watch(minutes=30).watch_until is None
        assert erp.notices == []

    def test_cancelled_order_is_told_by_nobody(self, erp):
        told()
        Order.objects.update(status="CANCELLED")

        notice = watch(minutes=30)

        assert (notice.told_otherwise_by, notice.watch_until) == ("", None)
        assert erp.notices == []

    def test_watch_ends_some_day(self, erp):
        told(delivery_status="PENDING", sent_at=None)

        assert watch(minutes=3 * 24 * 60).watch_until is None


class TestOnce:
    def test_exactly_once_however_often_it_is_looked_at(self, erp):
        told()

        for _ in range(3):
            watch(minutes=30)

        assert len(erp.notices) == 1

    def test_customer_whom_the_erp_cannot_reach_is_noted_as_such(self, erp):
        erp.channel = ""
        told()

        notice = watch(minutes=30)

        assert (notice.told_otherwise_by, notice.told_otherwise_at) == ("-", None)
        assert watch(minutes=60).watch_until is None

    @pytest.mark.django_db(transaction=True)
    def test_notice_that_another_worker_holds_is_passed_by(self, erp):
        told()

        with locked_elsewhere(OrderNotice.objects.all()):
            watch(minutes=31)
            assert erp.notices == []
        watch(minutes=31)

        assert len(erp.notices) == 1

    def test_later_delivery_by_whatsapp_leaves_both_on_record(self, erp):
        told()
        first = watch(minutes=30)
        Message.objects.update(delivery_status="DELIVERED", delivered_at=timezone.now())

        notice = watch(minutes=60)

        assert notice.told_otherwise_at == first.told_otherwise_at
        assert notice.message.delivered_at is not None
        assert len(erp.notices) == 1


class TestTrouble:
    def test_failing_adapter_is_shown_and_tried_again_later(self, erp, caplog):
        told()
        erp.failures = 1

        notice = watch(minutes=30)

        assert notice.told_otherwise_at is None
        assert notice.otherwise_error == "ConnectionError: The outbox is full."
        assert [n.key for n in testing.staff_notifier().notices] == ["whatsapp-customer-notifier"]
        assert watch(minutes=31).told_otherwise_at is None  # not at each look
        notice = watch(minutes=35)
        assert (notice.told_otherwise_by, notice.otherwise_error) == ("email", "")
        assert len(erp.notices) == 1

    def test_one_that_fails_holds_up_no_other(self, erp, caplog):
        told()
        told()
        erp.failures = 1

        otherwise.watch(now=timezone.now() + timedelta(minutes=31))

        assert len(erp.notices) == 1


class TestByTheErp:
    def test_row_and_mark_are_one_transaction(self):
        told()

        notice = watch(minutes=30)

        mail = CustomerMail.objects.get()
        assert mail.key == f"whatsapp-notice-{notice.pk}"
        assert (mail.address, mail.sent_at) == ("ana@exemplu.ro", None)
        assert mail.subject == f"Comanda dumneavoastră {notice.order.number}"
        assert mail.body == notice.message.message_text

    def test_customer_without_an_address_gets_no_row(self):
        told()
        Customer.objects.update(email="")

        assert watch(minutes=30).told_otherwise_by == "-"
        assert not CustomerMail.objects.exists()
