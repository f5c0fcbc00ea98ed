"""What failed is shown with its reason, and repeated on demand."""

import pytest

from tests import webhook_bodies as bodies
from tests.factories import BusinessNumberFactory, MessageFactory
from whatsapp import signals
from whatsapp.models import Media, OrderNotice, SignalFailure, WebhookEvent
from whatsapp.services import announce, webhook_events

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
