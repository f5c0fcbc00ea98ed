"""Webhook events in the admin: found by filter, led to their message, processed again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import BusinessNumberFactory, MessageFactory
from whatsapp.models import WebhookEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outside")]
LIST = reverse("admin:whatsapp_webhookevent_changelist")


def event(key: str, **given) -> WebhookEvent:
    given = {"field": "messages", "payload": "{}", "status": "processed", **given}
    return WebhookEvent.objects.create(idempotency_key=key, **given)


def shown(browser, **query) -> set[str]:
    page = browser.get(LIST, query)
    return {row.idempotency_key for row in page.context["cl"].result_list}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"message:a", "message:b", "flows:c"}),
        ({"status": "failed"}, {"message:b"}),
        ({"outcome": "stale"}, {"message:a"}),
        ({"field": "messages"}, {"message:a", "message:b"}),
        ({"field": "other"}, {"flows:c"}),
        ({"phone_number_id": "555000000000001"}, {"message:a"}),
        ({"q": "a"}, {"message:a"}),
        ({"q": "message:b"}, {"message:b"}),
        ({"q": "essage"}, set()),
        ({"day": "?", "field": "?", "phone_number_id": "?"}, {"message:a", "message:b", "flows:c"}),
    ],
)
def test_list_is_filtered(supervisor, query, found):
    BusinessNumberFactory()
    event("message:a", outcome="stale", phone_number_id="555000000000001")
    event("message:b", status="failed")
    event("flows:c", field="flows")

    assert shown(supervisor, **query) == found


def test_day_is_that_of_the_readers_clocks(supervisor):
    today = timezone.localdate()
    event("message:today")
    event("message:before", received_at=timezone.now() - timedelta(days=1))

    assert shown(supervisor, day=today.isoformat()) == {"message:today"}
    assert shown(supervisor, day=(today - timedelta(days=1)).isoformat()) == {"message:before"}


def test_list_leads_to_messages_without_a_query_for_each(supervisor, django_assert_max_num_queries):
    messages = MessageFactory.create_batch(10)
    for message in messages:
        event(f"status:{message.external_message_id}:read")

    with django_assert_max_num_queries(15):
        page = supervisor.get(LIST).content.decode()

    for message in messages:
        assert reverse("admin:whatsapp_message_change", args=[message.pk]) in page
        assert reverse("admin:whatsapp_conversation_change", args=[message.conversation_id]) in page


def test_message_leads_to_its_events_for_those_who_may_see_them(supervisor, agent):
    message = MessageFactory(external_message_id="wamid.OUT")
    told = event("status:wamid.OUT:read")
    page = reverse("admin:whatsapp_message_change", args=[message.pk])
    link = reverse("admin:whatsapp_webhookevent_change", args=[told.pk])

    assert link in supervisor.get(page).content.decode()
    assert link not in agent.get(page).content.decode()


# Process again


def act(browser, row: WebhookEvent, query: str = "", **form):
    form = {"action": "replay", "_selected_action": [row.pk], "index": "0", **form}
    return browser.post(f"{LIST}{query}", form, follow=True)


def told(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_all_that_match_are_named_before_they_are_processed_again(supervisor):
    row = event("message:a", status="failed")
    event("message:b", status="failed")
    other = event("message:c")

    asked = act(supervisor, row, "?status=failed", select_across="1")
    assert "2 events match the filter" in asked.content.decode()
    assert not WebhookEvent.objects.pending().exists()
    done = act(supervisor, row, "?status=failed", select_across="1", confirmed="yes")

    assert told(done) == ["Events to be processed again: 2."]
    assert WebhookEvent.objects.pending().count() == 2
    other.refresh_from_db()
    assert other.status == "processed"


def test_chosen_rows_are_processed_again_at_once_and_others_stay(supervisor):
    row = event("message:a", status="failed")
    event("message:b", status="failed")

    answer = act(supervisor, row, "?status=failed", select_across="0")

    assert told(answer) == ["Events to be processed again: 1."]
    assert list(WebhookEvent.objects.pending()) == [row]


def test_who_may_only_look_processes_nothing_again(agent):
    row = event("message:a", status="failed")

    answer = act(agent, row, select_across="1", confirmed="yes")

    assert answer.status_code == 403
    assert not WebhookEvent.objects.pending().exists()
