"""Rules that change while notices wait, or are decided by them."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from tests.locks import wait_until_somebody_waits
from tests.services.notices.shop import decide, order_of, rule_of, shipping_number, soon
from whatsapp.errors import NotFoundError
from whatsapp.models import Message, OrderNotice
from whatsapp.services import notice_rules, orders

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def number():
    return shipping_number()


class TestEdits:
    def test_shorter_delay_counts_for_those_that_wait(self):
        rule = rule_of(delay_minutes=180)
        notice = decide(order_of(), now=soon())
        rule.delay_minutes = 0

        notice_rules.save(rule=rule)
        orders.decide_due(now=soon())

        notice.refresh_from_db()
        assert (notice.decision, notice.planned_at) == ("sent", None)

    def test_longer_delay_counts_too(self):
        rule = rule_of(delay_minutes=60)
        notice = decide(order_of(), now=soon())
        rule.delay_minutes = 120

        notice_rules.save(rule=rule)
        orders.decide_due(now=notice.created_at + timedelta(minutes=61))

        notice.refresh_from_db()
        assert notice.planned_at == notice.created_at + timedelta(hours=2)
        assert not Message.objects.exists()

    def test_rule_deleted_meanwhile_tells_nobody(self):
        rule = rule_of(delay_minutes=180)
        notice = decide(order_of(), now=soon())

        notice_rules.delete(rule_id=rule.pk)
        orders.decide_due(now=soon())

        notice.refresh_from_db()
        assert (notice.decision, notice.rule) == ("suppressed", None)
        assert notice.reason == "No rule tells customers of this event."

    def test_rule_deleted_later_leaves_what_was_told(self):
        notice = decide(order_of())

        notice_rules.delete(rule_id=notice.rule_id)

        notice.refresh_from_db()
        assert (notice.decision, notice.rule) == ("sent", None)
        assert Message.objects.get().delivery_status == "PENDING"

    def test_moving_a_rule_to_another_event_looks_at_both(self):
        rule = rule_of(delay_minutes=180)
        notice = decide(order_of(), now=soon())
        rule.event = "order_delivered"

        notice_rules.save(rule=rule)
        orders.decide_due(now=soon())

        notice.refresh_from_db()
        assert notice.decision == "suppressed"

    def test_unknown_rule_cannot_be_deleted(self):
        with pytest.raises(NotFoundError):
            notice_rules.delete(rule_id=10**9)


@pytest.mark.django_db(transaction=True)
def test_rule_is_saved_while_a_notice_is_decided_by_it():
    """Else whoever decides waits for the rule, and whoever saves it for the notice."""
    orders.announce(event="order_shipped", order_ids=[order_of().pk])
    rule, failed = rule_of(delay_minutes=5), []

    def save() -> None:
        try:
            notice_rules.save(rule=rule)
        except OperationalError as error:
            failed.append(error)
        finally:
            connection.close()

    with transaction.atomic():
        notice = OrderNotice.objects.select_for_update().get()
        saver = threading.Thread(target=save)
        saver.start()
        wait_until_somebody_waits()
        notice.rule = rule
        notice.save(update_fields=["rule"])
    saver.join()

    assert not failed
    assert OrderNotice.objects.get().rule_id == rule.pk
