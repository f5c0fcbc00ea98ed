"""What failed is shown with its reason, and repeated on demand."""

import pytest

from tests import webhook_bodies as bodies
from tests.factories import BusinessNumberFactory, MessageFactory
from whatsapp import signals
from whatsapp.models import GapCheck, Media, OrderNotice, SignalFailure, WebhookEvent
from whatsapp.services import webhook_events
from whatsapp.services.shared import announce

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/whatsapp"


@pytest.fixture
def number(outside):
    return BusinessNumberFactory()


def test_dead_event_is_found_by_its_status_and_replayed(supervisor, number):
    webhook_events.record(body=bodies.body(bodies.messages(bodies.text("wamid.A"))))
    WebhookEvent.objects.update(status="failed", attempts=8, error="ValueError: no")
    webhook_events.record(body=bodies.body(bodies.messages(bodies.text("wamid.B"))))

    (dead,) = supervisor.get(f"{ROOT}/webhook-events?status=failed").json()["results"]
    answer = supervisor.post(f"{ROOT}/webhook-events/{dead['id']}/replay")

    assert (dead["idempotency_key"], dead["error"]) == ("message:wamid.A", "ValueError: no")
    assert "wamid.A" in dead["payload"]
    assert answer.status_code == 202
    assert (answer.json()["status"], answer.json()["attempts"]) == ("pending", 0)


@pytest.mark.parametrize(
    "route", ["webhook-events/7/replay", "order-notices/7/retry", "media/7/retry"]
)
def test_what_does_not_exist_cannot_be_repeated(supervisor, route):
    answer = supervisor.post(f"{ROOT}/{route}")

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_suppressed_notice_is_found_with_its_reason_and_decided_again(agent):
    notice = OrderNotice.objects.create(
        event="order_confirmed", decision="suppressed", reason="The order has no phone number."
    )
    OrderNotice.objects.create(event="order_shipped", decision="pending")

    (shown,) = agent.get(f"{ROOT}/order-notices?decision=suppressed").json()["results"]
    answer = agent.post(f"{ROOT}/order-notices/{notice.pk}/retry")

    assert (shown["id"], shown["reason"]) == (notice.pk, "The order has no phone number.")
    assert answer.status_code == 202
    assert (answer.json()["decision"], answer.json()["reason"]) == ("pending", "")


def test_file_that_was_given_up_is_found_and_fetched_again(agent):
    message = MessageFactory(received=True, message_type="IMAGE")
    file = Media.objects.create(
        message=message,
        number=message.number,
        media_id="900",
        state="FAILED",
        attempts=6,
        error="gone",
    )

    (shown,) = agent.get(f"{ROOT}/media?state=FAILED").json()["results"]
    answer = agent.post(f"{ROOT}/media/{file.pk}/retry")

    assert shown == {
        "id": file.pk,
        "message": message.pk,
        "mime_type": "",
        "filename": "",
        "size": None,
        "state": "FAILED",
        "error": "gone",
    }
    assert (answer.status_code, answer.json()["state"]) == (202, "PENDING")


def test_receiver_that_failed_is_found_and_called_again(supervisor):
    heard = []

    def take(*, message_ids, **_):
        if not heard:
            heard.append("failed")
            raise ValueError("not now")
        heard.append(message_ids)

    signals.message_sent.connect(take)
    announce.emit(signals.message_sent, message_ids=[7])

    (shown,) = supervisor.get(f"{ROOT}/signal-failures?open=true").json()["results"]
    answer = supervisor.post(f"{ROOT}/signal-failures/{shown['id']}/retry")

    signals.message_sent.disconnect(take)
    assert (shown["ids"], shown["error"]) == ({"message_ids": [7]}, "ValueError: not now")
    assert answer.status_code == 200
    assert answer.json()["succeeded_at"] is not None
    assert heard == ["failed", [7]]
    assert SignalFailure.objects.filter(succeeded_at=None).count() == 0


# Many events at once


def dead_event(key, **given):
    given = {"field": "messages", "payload": "{}", "status": "failed", **given}
    return WebhookEvent.objects.create(idempotency_key=key, **given)


def replay(who, query):
    return who.post(f"{ROOT}/webhook-events/replay?{query}")


@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        ("status=failed", {"a", "b"}),
        ("field=flows", {"b"}),
        ("outcome=stale", {"c"}),
        ("phone_number_id=7", {"a"}),
        ("received_before=2026-11-02T00:00:00Z", {"a"}),
        ("received_after=2026-11-02T00:00:00Z&status=failed", {"b"}),
    ],
)
def test_events_are_replayed_by_the_filters_of_the_list(supervisor, query, chosen):
    rows = {
        "a": dead_event("a", phone_number_id="7", received_at="2026-11-01T10:00:00Z"),
        "b": dead_event("b", field="flows"),
        "c": dead_event("c", status="processed", outcome="stale"),
    }

    listed = supervisor.get(f"{ROOT}/webhook-events?{query}").json()["results"]
    answer = replay(supervisor, query)

    assert answer.status_code == 202
    assert answer.json() == {"count": len(chosen), "after": None}
    assert {row["idempotency_key"] for row in listed} == chosen
    pending = WebhookEvent.objects.pending().values_list("pk", flat=True)
    assert set(pending) == {rows[name].pk for name in chosen}


@pytest.mark.parametrize(
    "query", ["", "status=", "feild=flows", "status=failed&filed=flows", "status=failed&after=x"]
)
def test_misspelt_filter_replays_nothing(supervisor, query):
    dead_event("a")

    answer = replay(supervisor, query)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "validation"
    assert not WebhookEvent.objects.pending().exists()


def test_call_goes_on_after_the_event_it_names(supervisor):
    first, second = dead_event("a"), dead_event("b")

    answer = replay(supervisor, f"status=failed&after={first.pk}")

    assert answer.json() == {"count": 1, "after": None}
    assert list(WebhookEvent.objects.pending()) == [second]


def test_agent_replays_nothing(agent):
    dead_event("a")

    assert replay(agent, "status=failed").status_code == 403
    assert not WebhookEvent.objects.pending().exists()


def test_event_names_the_message_it_moved(supervisor, number):
    message = MessageFactory(external_message_id="wamid.OUT")
    moved = dead_event("status:wamid.OUT:read")
    other = dead_event("flows:1")

    assert supervisor.get(f"{ROOT}/webhook-events/{moved.pk}").json()["message"] == message.pk
    assert supervisor.get(f"{ROOT}/webhook-events/{other.pk}").json()["message"] is None


# Comparisons with Meta


def test_difference_is_found_with_its_advice_and_compared_again(supervisor, agent, number):
    row = GapCheck.objects.create(
        number=number,
        day="2026-11-26",
        starts_at="2026-11-25T22:00:00Z",
        ends_at="2026-11-26T22:00:00Z",
        state="DIFFERENT",
        meta_sent=9,
        our_sent=9,
        meta_delivered=9,
        our_delivered=1,
    )

    (shown,) = supervisor.get(f"{ROOT}/gap-checks?state=DIFFERENT").json()["results"]
    answer = supervisor.post(f"{ROOT}/gap-checks/{row.pk}/retry")

    assert (shown["meta_delivered"], shown["our_delivered"]) == (9, 1)
    assert shown["advice"].startswith("Statuses are missing here.")
    assert (answer.status_code, answer.json()["state"]) == (202, "PENDING")
    assert agent.get(f"{ROOT}/gap-checks").status_code == 403
