"""What waits for a template in review is due as soon as Meta's word on it is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import webhook_bodies as bodies
from tests.factories import BusinessNumberFactory, TemplateFactory
from tests.services.notices.shop import approved, decide, order_of, rule_of
from tests.services.notices.waiting import decision_of, soon, verdict, work
from tests.services.receiving.steps import process
from whatsapp import queue, testing
from whatsapp.models import Message, NoticeRule, OrderNotice
from whatsapp.ports import TemplateDefinition
from whatsapp.services import notice_rules, orders, settlement, templates, webhook_events
from whatsapp.services.notices import waits

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _number():
    BusinessNumberFactory()


@pytest.fixture
def in_review():
    return approved("order_shipped", status="PENDING")


@pytest.fixture
def waiting(in_review):
    """A notice that has been put off until tomorrow."""
    notice = decide(order_of(), now=soon())
    assert notice.decision == "waiting"
    OrderNotice.objects.update(next_attempt_at=timezone.now() + timedelta(days=1))
    return notice


@pytest.fixture
def meta(settings):
    in_memory = {"GATEWAY": "whatsapp.testing.RecordingGateway"}
    settings.WHATSAPP = {**settings.WHATSAPP, **in_memory}
    return testing.gateway()


class TestRoads:
    def test_webhook(self, in_review, waiting):
        word = {
            "event": "APPROVED",
            "message_template_id": int(in_review.meta_id),
            "message_template_name": in_review.name,
            "message_template_language": in_review.language,
            "reason": "NONE",
        }
        change = {"field": "message_template_status_update", "value": word}
        at = int(datetime.now(tz=UTC).timestamp())
        entry = {"id": in_review.waba_id, "time": at, "changes": [change]}
        webhook_events.record(body=bodies.envelope(entry))

        process()
        work()

        assert decision_of(waiting) == "sent"
        assert Message.objects.get().template == in_review

    def test_sync(self, meta, in_review, waiting):
        meta.templates = [
            TemplateDefinition(
                name=in_review.name,
                language=in_review.language,
                category=in_review.category,
                components=tuple(in_review.components),
                meta_id=in_review.meta_id,
                status="APPROVED",
            )
        ]

        templates.sync_statuses(now=timezone.now())
        work()

        assert decision_of(waiting) == "sent"

    @pytest.fixture
    def woken(self, django_capture_on_commit_callbacks):
        def names(act):
            with django_capture_on_commit_callbacks() as callbacks:
                act()
            return {each.args[1].name for each in callbacks if isinstance(each, partial)}

        return names

    def test_whoever_learns_it_wakes_whoever_decides(self, in_review, waiting, woken):
        names = woken(lambda: templates.apply_update(update=verdict(in_review)))

        assert queue.DECIDE_ORDER_NOTICES in names

    def test_a_lost_wake_up_is_made_good_by_the_sweep(self, in_review, waiting, woken):
        before = woken(lambda: settlement.sweep(now=soon()))
        templates.apply_update(update=verdict(in_review))
        after = woken(lambda: settlement.sweep(now=soon()))

        assert queue.DECIDE_ORDER_NOTICES not in before
        assert queue.DECIDE_ORDER_NOTICES in after


class TestWhatIsWaitedFor:
    def test_nothing_moves_while_nothing_is_decided(self, in_review, waiting):
        other = approved("order_confirmed", status="PENDING")
        templates.apply_update(update=verdict(other))

        work()

        assert decision_of(waiting) == "waiting"
        assert waiting.next_attempt_at > timezone.now() + timedelta(hours=23)

    def test_another_language_that_is_approved_already_wakes_nobody_for_ever(self, in_review):
        approved("order_shipped", "en")
        notice = decide(order_of(language="hu"), now=soon())

        counts = [orders.decide_due(now=soon()) for _ in range(3)]

        notice.refresh_from_db()
        assert counts == [0, 0, 0]
        assert (notice.decision, notice.waits_for) == ("waiting", [in_review.pk])

    def test_any_language_of_the_chain_will_do(self, in_review):
        hungarian = approved("order_shipped", "hu", status="PENDING")
        notice = decide(order_of(language="hu"), now=soon())
        assert set(notice.waits_for) == {hungarian.pk, in_review.pk}

        templates.apply_update(update=verdict(in_review))
        work()

        assert decision_of(notice) == "sent"
        assert notice.message.template == in_review

    def test_a_refusal_is_heard_too_and_the_fallback_goes(self, in_review):
        plain = approved("plain")
        rule_of(fallback_template="plain")
        notice = decide(order_of(), now=soon())
        assert decision_of(notice) == "waiting"

        templates.apply_update(update=verdict(in_review, "REJECTED"))
        work()

        assert decision_of(notice) == "sent"
        assert notice.message.template == plain

    def test_a_refusal_without_a_fallback_is_a_failure_at_once(self, in_review, waiting):
        templates.apply_update(update=verdict(in_review, "REJECTED"))
        work()

        assert decision_of(waiting) == "failed"
        assert waiting.waits_for == []

    def test_a_paused_template_with_a_fallback_in_review_waits_for_either(self):
        paused = approved("order_shipped", status="PAUSED")
        plain = approved("plain", status="PENDING")
        rule_of(fallback_template="plain")
        notice = decide(order_of(), now=soon())
        assert set(notice.waits_for) == {paused.pk, plain.pk}

        templates.apply_update(update=verdict(plain))
        work()

        assert decision_of(notice) == "sent"
        assert notice.message.template == plain

    def test_the_rules_delay_is_kept(self, in_review):
        rule_of(delay_minutes=60)
        notice = decide(order_of(), now=soon())

        templates.apply_update(update=verdict(in_review))
        work()

        assert (decision_of(notice), notice.waits_for) == ("waiting", [])
        assert not Message.objects.exists()

    def test_what_waits_for_something_else_is_left_alone(self, in_review, waiting):
        OrderNotice.objects.update(waits_for=[])
        templates.apply_update(update=verdict(in_review))

        work()

        assert decision_of(waiting) == "waiting"

    def test_decided_notices_are_not_looked_at_again(self, in_review, waiting):
        for decision in ("sent", "suppressed", "failed"):
            OrderNotice.objects.update(decision=decision, waits_for=[in_review.pk])
            templates.apply_update(update=verdict(in_review))

            work()

            assert decision_of(waiting) == decision
        assert not Message.objects.exists()


def test_index_finds_those_that_wait(in_review):
    """Among many that are told, and many that wait for another."""
    other, tomorrow = TemplateFactory(name="other", status="PENDING"), soon() + timedelta(days=1)
    OrderNotice.objects.bulk_create(
        OrderNotice(
            order_id=number,
            event="order_shipped",
            decision=decision,
            waits_for=[waits_for],
            next_attempt_at=tomorrow,
        )
        for decision, waits_for, start in (
            ("sent", in_review.pk, 10**6),
            ("waiting", other.pk, 2 * 10**6),
        )
        for number in range(start, start + 3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE whatsapp_order_notices")
    templates.apply_update(update=verdict(in_review))

    with CaptureQueriesContext(connection) as said:
        waits.release(now=soon())

    (asked,) = [q["sql"] for q in said if "waits_for" in q["sql"] and "&&" in q["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {asked}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "whatsapp_notice_waits_for" in plan, plan
    assert "Seq Scan on whatsapp_order_notices" not in plan


def test_rule_that_goes_lets_nobody_wait(in_review, waiting):
    notice_rules.delete(rule_id=NoticeRule.objects.get(event="order_shipped").pk)

    work()

    assert (decision_of(waiting), waiting.waits_for) == ("suppressed", [])
