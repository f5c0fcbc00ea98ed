"""Rules change beside decisions: rules are locked first, by id, then notices, by id."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.factories import BusinessNumberFactory, ContactFactory, ConversationFactory
from tests.locks import locked_elsewhere, wait_until_somebody_waits
from tests.services.notices.shop import another_rule, approved, order_of, rule_of
from whatsapp.models import Conversation, Message, NoticeCheck, NoticeRule, OrderNotice
from whatsapp.services import notice_rules, orders
from whatsapp.services.notices import checks

pytestmark = pytest.mark.django_db(transaction=True)


class Beside:
    """A call in a thread of its own, on a connection of its own; what it raises is kept."""

    def __init__(self, call: Callable[[], object]) -> None:
        self.failed: list[Exception] = []
        self._call = call
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._call()
        except Exception as error:
            self.failed.append(error)
        finally:
            connection.close()

    def join(self) -> None:
        self._thread.join(20)
        assert not self._thread.is_alive()
        assert not self.failed


def soon():
    return timezone.now() + timedelta(seconds=1)


@pytest.fixture
def notice():
    number = BusinessNumberFactory()
    approved("order_shipped")
    contact = ContactFactory(phone="+40712345678", wa_id="40712345678")
    ConversationFactory(contact=contact, number=number)
    orders.announce(event="order_shipped", order_ids=[order_of().pk])
    return OrderNotice.objects.get()


def test_rule_is_deleted_while_a_notice_is_decided_by_it(notice):
    """The notice holds its rule when it commits, the deletion wants the notice."""
    rule = rule_of()

    with locked_elsewhere(Conversation.objects.all()):
        deciding = Beside(lambda: orders.decide_due(now=soon()))  # has the notice, waits in it
        wait_until_somebody_waits()
        deleting = Beside(lambda: notice_rules.delete(rule_id=rule.pk))
        wait_until_waiting(2)
    deciding.join()
    deleting.join()

    notice.refresh_from_db()
    assert (notice.decision, notice.rule) == ("sent", None)
    assert Message.objects.count() == 1
    assert not NoticeRule.objects.filter(pk=rule.pk).exists()


def wait_until_waiting(count: int) -> None:
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0] >= count:
                return
            cursor.execute("SELECT pg_sleep(0.01)")
    raise AssertionError("they do not wait")


def test_notice_is_decided_while_its_rule_is_being_deleted(notice):
    """The rules were read before the deletion committed: it tells nobody any more."""
    rule = rule_of()

    with transaction.atomic():
        notice_rules.delete(rule_id=rule.pk)
        deciding = Beside(lambda: orders.decide_due(now=soon()))
        wait_until_somebody_waits()
    deciding.join()

    notice.refresh_from_db()
    assert (notice.decision, notice.attempts) == ("pending", 0)
    assert orders.decide_due(now=soon()) == 1
    notice.refresh_from_db()
    assert (notice.decision, notice.rule) == ("suppressed", None)
    assert not Message.objects.exists()


def test_two_lists_of_rules_are_saved_in_opposite_order(notice):
    first, second = rule_of(delay_minutes=5), another_rule(position=20)
    orders.decide_due(now=soon())

    def other_list() -> None:
        with transaction.atomic():
            notice_rules.save(rule=second)
            notice_rules.save(rule=first)

    with transaction.atomic():
        notice_rules.save(rule=first)
        saving = Beside(other_list)
        wait_until_somebody_waits()
        notice_rules.save(rule=second)
    saving.join()

    notice.refresh_from_db()
    assert (notice.decision, notice.rule) == ("waiting", first)


def test_two_rules_are_deleted_at_once(notice):
    first, second = rule_of(delay_minutes=5), another_rule(position=20, delay_minutes=5)
    orders.announce(event="order_shipped", order_ids=[order_of(phone="0712345679").pk])
    orders.decide_due(now=soon())
    newest = OrderNotice.objects.order_by("-pk").first()
    OrderNotice.objects.filter(pk=newest.pk).update(rule=second)

    with transaction.atomic():
        notice_rules.delete(rule_id=first.pk)
        deleting = Beside(lambda: notice_rules.delete(rule_id=second.pk))
        wait_until_somebody_waits()
    deleting.join()

    assert set(OrderNotice.objects.values_list("rule", flat=True)) == {None}
    assert not NoticeRule.objects.filter(event="order_shipped").exists()


def test_rule_is_deleted_while_rules_are_tried(notice):
    """What came of a rule that is gone is kept nowhere, and keeps nothing from the others."""
    rule, others = rule_of(), NoticeRule.objects.exclude(event="order_shipped")
    tried: list[list[NoticeCheck]] = []

    with transaction.atomic():
        notice_rules.delete(rule_id=rule.pk)
        trying = Beside(lambda: tried.append(checks.check(now=soon())))
        wait_until_somebody_waits()
    trying.join()

    (rows,) = tried
    assert {row.rule_id for row in rows} == set(others.values_list("pk", flat=True))
    assert not NoticeCheck.objects.filter(rule_id=rule.pk).exists()


def test_deciders_do_not_keep_each_other_waiting_for_their_rule(notice):
    with transaction.atomic():
        assert notice_rules.hold(rule_id=rule_of().pk)
        deciding = Beside(lambda: orders.decide_due(now=soon()))
        deciding.join()

    notice.refresh_from_db()
    assert notice.decision == "sent"
