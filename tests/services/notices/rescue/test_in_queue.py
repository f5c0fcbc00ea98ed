"""A template that stops in mid-run: queued notices go out by the fallback, once, none twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from cypher_erp.adapters.whatsapp import ErpOrderBook
from cypher_erp.orders.models import Order
from tests.locks import locked_elsewhere
from tests.services.notices.rescue.stopping import names_sent, rescue, stop
from tests.services.notices.shop import another_rule, decide, order_of, rule_of
from tests.services.receiving.steps import FAILED, apply, said
from whatsapp import queue
from whatsapp.models import (
    Change,
    Contact,
    Conversation,
    Message,
    OrderNotice,
    OutboxItem,
    Template,
)
from whatsapp.services import delivery, orders, settlement
from whatsapp.services.notices import rescue as notice_rescue

pytestmark = pytest.mark.django_db


class Unspeakable(ErpOrderBook):
    """Of one order it gives what no notice can be made of."""

    def find_by_ids(self, order_ids):
        first, *others = super().find_by_ids(order_ids)
        return [replace(first, extra=None), *others]


class TestInTheQueue:
    @pytest.mark.parametrize("status", ["PAUSED", "DISABLED", "REJECTED", "PENDING_DELETION"])
    def test_what_waits_goes_out_in_other_words_once(self, meta, number, status):
        notice = decide(order_of())
        stop(status)

        assert [rescue(), rescue()] == [1, 0]
        delivery.send_due(number_id=number.pk)
        delivery.send_due(number_id=number.pk)

        assert names_sent(meta) == ["plain"]
        message = Message.objects.get()
        assert message.pk == notice.message_id  # the same one, so that none can go twice
        assert message.template.name == "plain"
        assert message.message_text.startswith("Comanda C-2026-")
        assert Conversation.objects.get().last_message_preview == message.preview()

    def test_notice_says_what_happened(self):
        decide(order_of())
        stop()

        rescue()

        notice = OrderNotice.objects.get()
        assert notice.fell_back_at is not None
        assert str(notice.why) == (
            "Template order_shipped cannot be sent (ro PAUSED); told by plain."
        )

    def test_whoever_listens_hears_of_the_other_words(self):
        notice = decide(order_of())
        stop()

        rescue()

        changes = Change.objects.filter(kind="message_changed")
        assert [change.ids for change in changes] == [[notice.message_id]]

    def test_what_was_put_off_for_the_template_is_due_at_once(self, meta, number):
        decide(order_of())
        stop()
        delivery.send_due(number_id=number.pk)
        put_off = OutboxItem.objects.get().next_attempt_at

        rescue()

        item = OutboxItem.objects.get()
        assert put_off > timezone.now() + timedelta(minutes=5)
        assert item.next_attempt_at <= timezone.now()
        assert item.reason == ""

    def test_quiet_hours_are_still_kept(self):
        decide(order_of())
        morning = timezone.now() + timedelta(hours=8)
        Message.objects.update(send_at=morning)
        stop()

        rescue()

        assert OutboxItem.objects.get().next_attempt_at == morning

    def test_approved_template_is_left_alone(self):
        decide(order_of())

        assert rescue() == 0
        assert Message.objects.get().template.name == "order_shipped"

    def test_rule_without_a_fallback_leaves_its_messages_alone(self):
        decide(order_of())
        rule_of(fallback_template="")
        stop()

        assert rescue() == 0

    def test_fallback_that_is_paused_too_changes_nothing_and_is_tried_again(self):
        decide(order_of())
        stop()
        stop(name="plain")

        assert rescue() == 0
        assert OrderNotice.objects.get().fell_back_at is None
        stop("APPROVED", name="plain")
        assert rescue() == 1

    def test_cancelled_order_is_not_rescued(self):
        order = order_of()
        decide(order)
        Order.objects.update(status="CANCELLED")
        stop()

        assert rescue() == 0

    def test_marketing_fallback_spares_who_opted_out(self):
        decide(order_of())
        Template.objects.filter(name="plain").update(category="MARKETING")
        Contact.objects.update(marketing_consent=False)
        stop()

        assert rescue() == 0

    def test_message_in_a_senders_hands_is_left_to_it(self):
        decide(order_of())
        Message.objects.update(delivery_status="SENDING")
        OutboxItem.objects.update(state="CLAIMED")
        stop()

        assert rescue() == 0

    def test_message_in_doubt_is_not_sent_in_other_words(self):
        decide(order_of())
        Message.objects.update(delivery_status="UNCONFIRMED")
        OutboxItem.objects.update(state="UNCONFIRMED")
        stop()

        assert rescue() == 0

    @pytest.mark.django_db(transaction=True)
    def test_notice_that_somebody_holds_is_passed_by(self):
        decide(order_of())
        stop()

        with locked_elsewhere(OrderNotice.objects.all()):
            held = rescue()

        assert (held, rescue()) == (0, 1)

    def test_sweep_wakes_whoever_rescues(self, django_capture_on_commit_callbacks):
        decide(order_of())
        stop()

        with django_capture_on_commit_callbacks() as callbacks:
            settlement.sweep(now=timezone.now())

        assert queue.FOLLOW_NOTICES in [callback.args[1].name for callback in callbacks]


def test_thousand_of_them_take_turns():
    for n in range(5):
        orders.announce(event="order_shipped", order_ids=[order_of(phone=f"071234567{n}").pk])
    orders.decide_due(now=timezone.now())
    stop()

    done = [notice_rescue.rescue(now=timezone.now(), limit=2) for _ in range(4)]

    assert done == [2, 2, 1, 0]


def test_those_without_a_way_out_keep_no_other_waiting():
    for n in range(3):
        decide(order_of(phone=f"071234567{n}", language="en"))
    rule_of(fallback_template="never", customer_groups=["retail"])
    rule = another_rule(fallback_template="plain")
    decide(order_of(phone="0722 345 678"))
    stop()

    assert notice_rescue.rescue(now=timezone.now(), limit=2) == 1
    assert OrderNotice.objects.get(fell_back_at__isnull=False).rule_id == rule.pk


def test_notice_that_fails_keeps_no_other_back(settings):
    for n in range(2):
        decide(order_of(phone=f"071234567{n}"))
    stop()
    settings.WHATSAPP = {**settings.WHATSAPP, "ORDER_BOOK": f"{__name__}.Unspeakable"}

    assert rescue() == 1
    assert OrderNotice.objects.filter(fell_back_at=None).count() == 1


def test_late_word_on_the_stopped_template_leaves_the_fallback_in_use():
    decide(order_of())
    Message.objects.update(external_message_id="wamid.W")
    stop()
    rescue()

    apply(said(FAILED, error_code=132015, error_text="Paused"))

    assert Template.objects.get(name="plain").status == "APPROVED"
