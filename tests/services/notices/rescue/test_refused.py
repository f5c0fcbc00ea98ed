"""Notices Meta refused for their template go out by the fallback, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from cypher_erp.adapters.whatsapp import ErpOrderBook
from tests.services.notices.rescue.stopping import names_sent, rescue, stop
from tests.services.notices.shop import decide, order_of
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.models import Message, MessageAttempt, OrderNotice, OutboxItem
from whatsapp.services import delivery
from whatsapp.services.notices import rescue as notice_rescue

pytestmark = pytest.mark.django_db

PAUSED = Failure(failure_class=FailureClass.TEMPLATE_RESTS, code=132015, title="Template paused")
DISABLED = Failure(
    failure_class=FailureClass.TEMPLATE_PROBLEM, code=132016, title="Template disabled"
)
NO_WHATSAPP = Failure(
    failure_class=FailureClass.FATAL_MESSAGE, code=131026, title="Message undeliverable"
)


class ToldMeanwhile(ErpOrderBook):
    """While it is asked, the ERP's own channel tells the customers."""

    def find_by_ids(self, order_ids):
        OrderNotice.objects.update(told_otherwise_at=timezone.now())
        return super().find_by_ids(order_ids)


class TestRefused:
    @pytest.mark.parametrize("failure", [PAUSED, DISABLED], ids=["132015", "132016"])
    def test_refused_message_goes_out_by_the_fallback(self, meta, number, failure):
        decide(order_of())
        meta.fail_next(failure)

        delivery.send_due(number_id=number.pk)
        assert rescue() == 1
        delivery.send_due(number_id=number.pk)

        assert names_sent(meta) == ["plain"]
        assert Message.objects.get().delivery_status == "SENT"
        assert MessageAttempt.objects.get().error_code == failure.code

    def test_message_failed_because_the_template_was_lost_is_repeated(self, meta, number):
        decide(order_of())
        stop("DISABLED")
        delivery.send_due(number_id=number.pk)
        assert Message.objects.get().delivery_status == "FAILED"

        assert rescue() == 1
        delivery.send_due(number_id=number.pk)

        assert names_sent(meta) == ["plain"]

    def test_other_failures_are_not_repeated_when_the_template_stops_later(self, meta, number):
        decide(order_of())
        meta.fail_next(NO_WHATSAPP)
        delivery.send_due(number_id=number.pk)
        stop()

        assert rescue() == 0
        assert names_sent(meta) == []

    def test_customer_who_was_told_otherwise_is_not_told_again(self, meta, number):
        decide(order_of())
        stop("DISABLED")
        delivery.send_due(number_id=number.pk)
        OrderNotice.objects.update(told_otherwise_at=timezone.now())

        assert rescue() == 0

    def test_customer_who_is_told_otherwise_meanwhile_is_not_told_again(
        self, settings, meta, number
    ):
        decide(order_of())
        stop("DISABLED")
        delivery.send_due(number_id=number.pk)
        settings.WHATSAPP = {**settings.WHATSAPP, "ORDER_BOOK": f"{__name__}.ToldMeanwhile"}

        assert rescue() == 0
        assert Message.objects.get().template.name == "order_shipped"
        assert names_sent(meta) == []

    def test_old_failures_are_history(self, meta, number):
        decide(order_of())
        stop("DISABLED")
        delivery.send_due(number_id=number.pk)

        assert notice_rescue.rescue(now=timezone.now() + timedelta(days=2)) == 0

    def test_failure_that_a_person_dismissed_stays_dismissed(self, meta, number):
        decide(order_of())
        stop("DISABLED")
        delivery.send_due(number_id=number.pk)
        OutboxItem.objects.all().delete()

        assert rescue() == 0
