"""The outbox: what needs somebody comes first, told apart, with its reason, age and actions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from tests.erp.factories import OrderFactory
from tests.factories import MessageFactory, OutboxItemFactory
from whatsapp.domain.retry import Priority
from whatsapp.models import OrderNotice, OutboxItem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outside")]
OUTBOX = "admin:whatsapp_outboxitem_changelist"


def rows(browser, **query) -> list[OutboxItem]:
    return list(browser.get(reverse(OUTBOX), query).context["cl"].result_list)


def page(browser, **query) -> str:
    return browser.get(reverse(OUTBOX), query).content.decode()


def test_what_needs_somebody_comes_first_and_the_rest_when_asked_for(supervisor):
    by_state = {
        state: OutboxItemFactory(state=state)
        for state in ("PENDING", "CLAIMED", "UPLOADING", "UNCONFIRMED", "HELD", "FAILED")
    }

    assert rows(supervisor) == [by_state[s] for s in ("FAILED", "HELD", "UNCONFIRMED")]
    assert rows(supervisor, state="HELD") == [by_state["HELD"]]
    assert rows(supervisor, state="leaving") == [
        by_state[s] for s in ("CLAIMED", "PENDING", "UPLOADING")
    ]
    assert rows(supervisor, state="no such state") == rows(supervisor)


def test_reply_order_notice_and_broadcast_are_told_apart(supervisor):
    for priority in Priority:
        OutboxItemFactory(state="FAILED", priority=priority.value)
    order = OrderFactory()
    notice = OutboxItem.objects.get(priority=Priority.NOTICE.value)
    OrderNotice.objects.create(order=order, event="order_shipped", message=notice.message)

    shown = page(supervisor)

    for words in (">Reply<", f">Order notice: {order}<", ">Broadcast<"):
        assert words in shown
    assert rows(supervisor, priority=str(Priority.NOTICE.value)) == [notice]


def test_row_tells_its_state_reason_and_age_in_words(supervisor):
    OutboxItemFactory(
        state="UNCONFIRMED",
        reason="No clear answer: read timeout",
        departed_at=timezone.now() - timedelta(minutes=7),
    )

    shown = page(supervisor)

    assert "perhaps sent, not confirmed yet" in shown
    assert "No clear answer: read timeout" in shown
    assert "7\xa0minutes" in shown


def test_our_own_reasons_are_in_the_readers_language(supervisor):
    supervisor.user.language = "ro"
    supervisor.user.save()
    OutboxItemFactory(
        state="HELD",
        reason="Meta's answer was never seen; look at the customer's thread, then decide.",
    )
    OutboxItemFactory(state="FAILED", reason="Given up after 3 retries: Overloaded (131000)")

    shown = page(supervisor)
    translation.activate("en")

    assert "Răspunsul Meta nu a mai venit" in shown
    assert "Abandonat după 3 încercări repetate: Overloaded (131000)" in shown


def test_what_is_put_off_tells_until_when(supervisor):
    OutboxItemFactory(next_attempt_at=timezone.now() + timedelta(days=2))
    OutboxItemFactory()

    shown = page(supervisor, state="leaving")

    assert "waits until" in shown
    assert "due now" in shown


def test_more_rows_cost_no_more_queries(supervisor, django_assert_max_num_queries):
    for _ in range(5):
        notice = OutboxItemFactory(state="FAILED", message=MessageFactory())
        OrderNotice.objects.create(
            order=OrderFactory(), event="order_shipped", message=notice.message
        )

    with django_assert_max_num_queries(9):
        supervisor.get(reverse(OUTBOX))


def test_what_is_scheduled_is_a_box_of_its_own_and_is_called_back(supervisor):
    later = timezone.now() + timedelta(days=2)
    scheduled = OutboxItemFactory(
        message=MessageFactory(pending=True, send_at=later), next_attempt_at=later
    )
    OutboxItemFactory(next_attempt_at=later)  # put off after a failure

    assert rows(supervisor, state="scheduled") == [scheduled]

    supervisor.post(
        f"{reverse(OUTBOX)}?state=scheduled",
        {"action": "call_back", "_selected_action": scheduled.pk},
    )

    scheduled.message.refresh_from_db()
    assert scheduled.message.delivery_status == "CANCELLED"
    assert not OutboxItem.objects.filter(pk=scheduled.pk).exists()
