"""Who waits too long is marked once, raised and told; what went quiet is closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import ConversationFactory, UserFactory
from whatsapp import signals
from whatsapp.models import Conversation
from whatsapp.services.dialogue import sla
from whatsapp.services.dialogue.sla import SlaReport

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def waiting(*, minutes: int, **given) -> Conversation:
    """A conversation whose customer has waited this long."""
    since = NOW - timedelta(minutes=minutes)
    return ConversationFactory(
        waiting_since=since,
        last_message_at=since,
        response_due_at=since + timedelta(hours=2),
        **given,
    )


def test_late_answer_is_marked_raised_announced_and_told(outside):
    late = waiting(minutes=125)
    heard: list[list[int]] = []

    def receiver(*, conversation_ids, **_):
        heard.append(conversation_ids)

    signals.sla_breached.connect(receiver)

    report = sla.monitor(now=NOW)

    assert report == SlaReport(breached=(late.pk,), escalated=(late.pk,))
    late.refresh_from_db()
    assert (late.sla_breached_at, late.priority) == (NOW, "HIGH")
    assert heard == [[late.pk]]
    (notice,) = outside.staff.notices
    assert (notice.key, notice.level, notice.user_ids) == (
        f"whatsapp-sla:{late.pk}",
        "warning",
        (),
    )
    assert notice.subject == "Ana Popescu waits for an answer"
    assert notice.body == "The answer on WhatsApp is 5 minutes late."


def test_breach_is_told_to_the_agent_who_has_the_conversation(outside):
    agent = UserFactory()
    waiting(minutes=125, status="ASSIGNED", assigned_to=agent)

    sla.monitor(now=NOW)

    assert [notice.user_ids for notice in outside.staff.notices] == [(agent.pk,)]


def test_same_breach_is_marked_and_told_once_and_becomes_urgent_at_twice_the_time(outside):
    late = waiting(minutes=125)
    sla.monitor(now=NOW)

    quarter = sla.monitor(now=NOW + timedelta(minutes=15))
    double = sla.monitor(now=NOW + timedelta(minutes=120))
    after = sla.monitor(now=NOW + timedelta(minutes=135))

    assert (quarter, after) == (SlaReport(), SlaReport())
    assert double == SlaReport(escalated=(late.pk,))
    late.refresh_from_db()
    assert (late.sla_breached_at, late.priority) == (NOW, "URGENT")
    assert len(outside.staff.notices) == 1


def test_mark_of_an_earlier_wait_does_not_hide_a_new_breach(outside):
    late = waiting(minutes=125, sla_breached_at=NOW - timedelta(days=1), priority="URGENT")

    report = sla.monitor(now=NOW)

    assert report.breached == (late.pk,)
    late.refresh_from_db()
    assert (late.sla_breached_at, late.priority) == (NOW, "URGENT")
    assert [notice.level for notice in outside.staff.notices] == ["critical"]


@pytest.mark.parametrize("given", [{"minutes": 119}, {"minutes": 500, "status": "RESOLVED"}])
def test_who_waits_not_too_long_or_not_at_all_is_left_alone(outside, given):
    conversation = waiting(**given)

    report = sla.monitor(now=NOW)

    assert report == SlaReport()
    conversation.refresh_from_db()
    assert (conversation.sla_breached_at, conversation.priority) == (None, "NORMAL")
    assert outside.staff.notices == []


def test_wait_that_longer_settings_allow_is_no_breach(outside, settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "SLA_RESPONSE": timedelta(hours=4)}
    conversation = waiting(minutes=125)

    report = sla.monitor(now=NOW)

    assert report == SlaReport()
    conversation.refresh_from_db()
    assert (conversation.sla_breached_at, conversation.priority) == (None, "NORMAL")


def test_day_without_a_word_after_our_answer_closes_the_conversation(outside):
    heard: list[list[int]] = []

    def receiver(*, conversation_ids, **_):
        heard.append(conversation_ids)

    signals.conversation_resolved.connect(receiver)
    quiet = ConversationFactory(last_message_at=NOW - timedelta(hours=24))
    recent = ConversationFactory(last_message_at=NOW - timedelta(hours=23, minutes=59))

    report = sla.monitor(now=NOW)

    assert report == SlaReport(closed=(quiet.pk,))
    assert heard == [[quiet.pk]]
    quiet.refresh_from_db()
    recent.refresh_from_db()
    assert (quiet.status, quiet.resolved_at) == ("RESOLVED", NOW)
    assert recent.status == "OPEN"


def test_customer_who_still_waits_is_never_closed_however_old(outside):
    late = waiting(minutes=60 * 24 * 30)

    report = sla.monitor(now=NOW)

    assert report.closed == ()
    late.refresh_from_db()
    assert (late.status, late.priority) == ("OPEN", "URGENT")


def test_more_than_a_batch_is_handled_in_one_round(outside, django_assert_max_num_queries):
    number = ConversationFactory(status="RESOLVED").number
    for _ in range(sla.BATCH + 1):
        waiting(minutes=125, number=number)

    with django_assert_max_num_queries(20):
        report = sla.monitor(now=NOW)

    assert len(report.breached) == sla.BATCH + 1
    assert len(outside.staff.notices) == sla.BATCH + 1


class DeafNotifier:
    """A host's notifier that fails."""

    def notify(self, notice):
        raise RuntimeError("no staff today")


def test_notifier_that_fails_undoes_nothing(settings, caplog):
    settings.WHATSAPP = {**settings.WHATSAPP, "STAFF_NOTIFIER": f"{__name__}.DeafNotifier"}
    late = waiting(minutes=125)

    report = sla.monitor(now=NOW)

    assert report.breached == (late.pk,)
    late.refresh_from_db()
    assert late.sla_breached_at == NOW
    assert "staff not told" in caplog.text
