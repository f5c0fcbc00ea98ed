"""An event that changed nothing says why."""

import pytest

from tests import webhook_bodies as bodies
from tests.factories import BusinessNumberFactory, MessageFactory
from tests.services.receiving.steps import process
from whatsapp.models import BusinessNumber, Contact, Message, WebhookEvent
from whatsapp.services import webhook_events

pytestmark = pytest.mark.django_db

GROUP = {**bodies.text("wamid.A"), "group_id": "G1"}
TEMPLATE = {"event": "APPROVED", "message_template_id": 88001, "message_template_name": "none"}


@pytest.mark.parametrize(
    ("raw", "outcome", "reason"),
    [
        (
            bodies.body(bodies.messages(GROUP)),
            "unsupported",
            "It was written in a group.",
        ),
        (
            bodies.body(bodies.messages(bodies.text("wamid.A"), number="999")),
            "not ours",
            "It came to a number that is not among ours.",
        ),
        (
            bodies.body(TEMPLATE, field="message_template_status_update"),
            "not ours",
            "No template of ours has this id or name.",
        ),
        (
            bodies.body(bodies.statuses(bodies.status("pinned", "wamid.OUT"))),
            "unsupported",
            "Nothing acts on a status of this name.",
        ),
        (
            bodies.body(bodies.statuses(bodies.status("sent", "wamid.OUT", at=1_000_000))),
            "stale",
            "Nothing in it was news.",
        ),
    ],
)
def test_event_without_effect_says_why(outside, raw, outcome, reason):
    BusinessNumberFactory()
    MessageFactory(external_message_id="wamid.OUT", delivery_status="READ")
    webhook_events.record(body=raw)

    process()

    event = WebhookEvent.objects.get()
    assert (event.status, event.outcome, event.error) == ("processed", outcome, reason)
    assert Message.objects.received().count() == 0


def test_wish_is_kept_before_the_number_of_the_environment_is_set_up(outside):
    wish = {"wa_id": "40700000001", "category": "marketing_messages", "value": "stop"}
    value = {"metadata": {"phone_number_id": bodies.NUMBER}, "user_preferences": [wish]}
    webhook_events.record(body=bodies.body(value, field="user_preferences"))

    process()

    assert Contact.objects.get().marketing_consent is False
    assert BusinessNumber.objects.get().phone_number_id == bodies.NUMBER
