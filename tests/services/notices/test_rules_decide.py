"""Which rule tells an order, whom, from where and when."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import ProtectedError

from cypher_erp.orders.models import Order
from tests.factories import BusinessNumberFactory, ContactFactory
from tests.services.notices.shop import (
    another_rule,
    approved,
    decide,
    order_of,
    rule_of,
    shipping_number,
    soon,
)
from whatsapp.errors import ValidationError
from whatsapp.models import BusinessNumber, Message, NoticeRule, OrderNotice
from whatsapp.services import notice_rules, orders

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def number():
    return shipping_number()


class TestWhichRule:
    def test_shop_begins_with_a_rule_for_each_event(self):
        told = NoticeRule.objects.in_force().values_list("event", "template")

        assert dict(told) == {
            event: event for event in ("order_confirmed", "order_shipped", "order_delivered")
        }

    def test_notice_remembers_the_rule_that_decided_it(self):
        notice = decide(order_of())

        assert notice.rule == NoticeRule.objects.get(event="order_shipped")
        assert notice.decision == "sent"

    def test_first_rule_by_position_whose_conditions_hold_decides(self):
        first = rule_of(position=5, minimum_total=Decimal(5000))
        second = another_rule(position=7, customer_groups=["wholesale"])
        last = another_rule(position=9)
        another_rule(position=1, is_active=False)

        told_by = [
            decide(order_of(phone="0712345671", total="5000")).rule,
            decide(order_of(phone="0712345672", group="Wholesale")).rule,
            decide(order_of(phone="0712345673")).rule,
        ]

        assert told_by == [first, second, last]
        assert Message.objects.count() == 3  # each order is told once, whatever rules there are

    def test_order_that_no_rule_is_for_is_suppressed_in_words(self):
        rule_of(couriers=["FAN Courier"])

        notice = decide(order_of(courier="Sameday"))

        assert (notice.decision, notice.rule) == ("suppressed", None)
        assert notice.reason.startswith("No rule is for such an order")
        assert not Message.objects.exists()

    def test_rule_of_another_number_sends_from_it_and_with_its_templates(self):
        other = BusinessNumberFactory(
            phone_number_id="555000000000002", waba_id="777000000000002", is_default=False
        )
        approved("order_shipped", waba_id="777000000000002")
        rule_of(number=other)

        notice = decide(order_of())

        assert notice.message.number == other
        assert notice.message.template.waba_id == "777000000000002"

    def test_number_that_is_switched_off_is_waited_for(self, number):
        rule_of(number=number)
        BusinessNumber.objects.update(is_active=False)

        notice = decide(order_of())

        assert notice.decision == "waiting"
        assert notice.reason == "The business number of the rule is switched off."

    def test_number_that_a_rule_uses_cannot_be_deleted(self, number):
        rule_of(number=number)

        with pytest.raises(ProtectedError):
            number.delete()


class TestToWhom:
    def test_whoever_takes_the_parcel_is_told(self):
        rule_of(recipient="order.contact_phone")
        order = order_of()
        Order.objects.update(contact_phone="0722 000 111")

        notice = decide(order)

        assert notice.message.phone_number == "+40722000111"
        assert notice.message.customer_id == order.customer_id

    def test_without_such_a_person_it_is_the_customer(self):
        rule_of(recipient="order.contact_phone")

        assert decide(order_of()).message.phone_number == "+40712345678"

    def test_language_of_the_contact_counts_where_the_customer_has_none(self):
        approved("order_shipped", "hu")
        ContactFactory(phone="+40712345678", wa_id="40712345678", language="hu")

        told_in = [
            decide(order_of(language="")).message.template.language,
            decide(order_of(language="ro")).message.template.language,
        ]

        assert told_in == ["hu", "ro"]


class TestWhen:
    def test_delayed_notice_waits_for_its_time_and_says_until_when(self):
        rule_of(delay_minutes=180)

        notice = decide(order_of(), now=soon())

        planned = notice.created_at + timedelta(hours=3)
        assert (notice.decision, notice.reason) == ("waiting", "The rule tells it later.")
        assert (notice.planned_at, notice.next_attempt_at) == (planned, planned)
        assert orders.decide_due(now=planned - timedelta(seconds=1)) == 0
        assert not Message.objects.exists()
        assert orders.decide_due(now=planned) == 1
        notice.refresh_from_db()
        assert (notice.decision, notice.planned_at) == ("sent", planned)

    def test_order_cancelled_during_the_delay_is_not_told(self):
        rule_of(delay_minutes=180)
        notice = decide(order_of(), now=soon())
        Order.objects.update(status="CANCELLED")

        orders.decide_due(now=notice.planned_at)

        notice.refresh_from_db()
        assert (notice.decision, notice.reason) == ("suppressed", "The order was cancelled.")
        assert not Message.objects.exists()

    def test_long_delay_is_no_expiry(self):
        BusinessNumber.objects.update(is_active=False)
        rule_of(delay_minutes=3 * 24 * 60)
        notice = decide(order_of(), now=soon())

        orders.decide_due(now=notice.planned_at)

        notice.refresh_from_db()
        assert notice.decision == "waiting"
        orders.decide_due(now=notice.planned_at + timedelta(hours=25))
        notice.refresh_from_db()
        assert notice.decision == "failed"


class TestFaults:
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"event": "order_lost"}, "event"),
            ({"recipient": "order.total"}, "recipient"),
            ({"delay_minutes": 30 * 24 * 60 + 1}, "delay_minutes"),
            ({"minimum_total": Decimal(2), "maximum_total": Decimal(1)}, "maximum_total"),
            ({"fallback_template": "order_shipped"}, "fallback_template"),
            ({"parameters": {"courier": {"field": "order.secret"}}}, "parameters.courier"),
        ],
    )
    def test_each_is_named_and_nothing_is_kept(self, changes, field):
        rule = rule_of()
        for name, value in changes.items():
            setattr(rule, name, value)

        with pytest.raises(ValidationError) as caught:
            notice_rules.save(rule=rule)

        assert field in [fault["field"] for fault in caught.value.details["faults"]]
        for name, value in changes.items():
            assert getattr(NoticeRule.objects.get(pk=rule.pk), name) != value

    def test_parameter_without_a_mapping_is_named_with_template_and_language(self):
        rule = rule_of()
        del rule.parameters["courier"]

        with pytest.raises(ValidationError) as caught:
            notice_rules.save(rule=rule)

        assert caught.value.details["faults"] == [
            {
                "field": "parameters.courier",
                "message": "order_shipped (ro) needs courier; say what fills it.",
            }
        ]

    def test_fallbacks_parameters_are_asked_for_too(self):
        approved("order_confirmed")
        rule = rule_of(fallback_template="order_confirmed")

        with pytest.raises(ValidationError) as caught:
            notice_rules.save(rule=rule)

        assert caught.value.details["field"] == "parameters.total"

    def test_other_channel_needs_one(self, settings):
        settings.WHATSAPP = {**settings.WHATSAPP, "CUSTOMER_NOTIFIER": ""}
        rule = rule_of(other_channel_minutes=60)

        with pytest.raises(ValidationError, match="CUSTOMER_NOTIFIER"):
            notice_rules.save(rule=rule)


class TestWords:
    def test_fixed_text_and_words_for_what_an_order_has_not(self):
        rule_of(
            parameters={
                **NoticeRule.objects.get(event="order_shipped").parameters,
                "courier": {"text": "mașina noastră"},
                "customer_name": {"field": "customer.email", "otherwise": "prietene"},
            }
        )

        text = decide(order_of()).message.message_text

        assert "mașina noastră" in text
        assert "prietene" in text

    def test_parameter_an_order_has_nothing_for_fails_in_words(self):
        rule = rule_of()
        rule.parameters["courier"] = {"field": "customer.extra.contact_name"}
        notice_rules.save(rule=rule)

        notice = decide(order_of())

        assert notice.decision == "failed"
        assert str(notice.why) == "The order has nothing for the template's courier."

    def test_notice_told_in_another_language_says_so(self):
        notice = decide(order_of(language="hu"))

        assert notice.decision == "sent"
        assert str(notice.why) == "There is no approved translation in hu; told in ro."
        assert OrderNotice.objects.get().reason_values == {"wanted": "hu", "language": "ro"}
