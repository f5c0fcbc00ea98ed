"""The actions of the other pages of the admin: what they did, told in words."""

import json
from typing import ClassVar

import pytest
from django.db import connection
from django.urls import reverse

from tests.admin.pages import changelist
from tests.factories import (
    BusinessNumberFactory,
    MessageFactory,
    OutboxItemFactory,
    TemplateFactory,
)
from whatsapp import testing
from whatsapp.models import OrderNotice, OutboxItem, Template

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outside")]


def act(browser, name, action, *rows):
    """Run an action on the rows, and give what the agent is told."""
    chosen = {"action": action, "_selected_action": [row.pk for row in rows]}
    answer = browser.post(changelist(name), chosen, follow=True)
    return [str(message) for message in answer.context["messages"]]


def test_numbers_are_asked_for_and_resumed(supervisor, rows):
    asked = act(supervisor, "businessnumber", "check_health", rows["businessnumber"])
    resumed = act(supervisor, "businessnumber", "resume_sending", rows["businessnumber"])

    rows["businessnumber"].refresh_from_db()
    assert asked == ["Numbers asked for: 1."]
    assert resumed == ["Resumed: 1 item."]
    assert rows["businessnumber"].quality == "GREEN"


def test_failed_message_is_queued_again(agent, rows):
    assert act(agent, "message", "send_again", rows["message"]) == ["Queued again: 1 item."]

    rows["message"].refresh_from_db()
    assert rows["message"].delivery_status == "PENDING"


def test_only_what_waits_is_called_back(agent, rows):
    waiting = OutboxItemFactory().message

    told = act(agent, "message", "call_back", rows["message"], waiting)

    waiting.refresh_from_db()
    assert waiting.delivery_status == "CANCELLED"
    assert any("no longer waiting" in words for words in told)
    assert "Called back: 1 item." in told


def test_trouble_is_sent_again_or_dismissed(supervisor, rows):
    other = OutboxItemFactory(state="HELD", message=MessageFactory(delivery_status="UNCONFIRMED"))

    act(supervisor, "outboxitem", "send_again", rows["outboxitem"])
    act(supervisor, "outboxitem", "dismiss", other)

    assert OutboxItem.objects.get(pk=rows["outboxitem"].pk).state == "PENDING"
    assert not OutboxItem.objects.filter(pk=other.pk).exists()


def test_notice_is_decided_again(agent, rows):
    notice = rows["ordernotice"]
    OrderNotice.objects.filter(pk=notice.pk).update(message=None)

    told = act(agent, "ordernotice", "try_again", notice)

    notice.refresh_from_db()
    assert told == ["To be decided again: 1 item."]
    assert notice.decision == "pending"


def test_event_is_processed_again(supervisor, rows):
    told = act(supervisor, "webhookevent", "replay", rows["webhookevent"])

    rows["webhookevent"].refresh_from_db()
    assert told == ["Events to be processed again: 1."]
    assert rows["webhookevent"].status == "pending"


def test_template_is_submitted_synced_and_deleted(supervisor, outside):
    BusinessNumberFactory()
    draft = TemplateFactory(status="DRAFT", meta_id="")

    submitted = act(supervisor, "template", "submit", draft)
    outside.meta.decide("APPROVED")
    act(supervisor, "template", "sync", draft)
    draft.refresh_from_db()
    deleted = act(supervisor, "template", "delete_at_meta", draft)

    assert submitted == ["Submitted: 1 item."]
    assert draft.status == "APPROVED"
    assert deleted == ["Deleted: 1 item."]
    assert not Template.objects.present().exists()


class Watchful(testing.RecordingGateway):
    """Remembers whether it was called inside a transaction."""

    inside: ClassVar[list[bool]] = []

    def submit_template(self, definition, *, credentials):
        self.inside.append(connection.in_atomic_block)
        return super().submit_template(definition, credentials=credentials)


def form_of(template, **changes):
    components = [{"type": "BODY", "text": "Comanda dumneavoastră a plecat astăzi din depozit."}]
    return {
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "parameter_format": "NAMED",
        "components": json.dumps(components),
        "_submit": "1",
        **changes,
    }


@pytest.mark.django_db(transaction=True)
def test_editor_submits_what_is_committed(supervisor, settings):
    """Django's form is one transaction, in which Meta must not be waited for."""
    settings.WHATSAPP = {**settings.WHATSAPP, "GATEWAY": f"{__name__}.Watchful"}
    Watchful.inside.clear()
    BusinessNumberFactory()
    draft = TemplateFactory(status="DRAFT", meta_id="")
    page = reverse("admin:whatsapp_template_change", args=[draft.pk])

    answer = supervisor.post(page, form_of(draft), follow=True)

    draft.refresh_from_db()
    assert (Watchful.inside, draft.status) == ([False], "PENDING")
    assert draft.components[0]["text"].startswith("Comanda dumneavoastră")
    assert "Submitted: 1 item." in [str(each) for each in answer.context["messages"]]


def test_agent_submits_no_template(agent):
    draft = TemplateFactory(status="DRAFT", meta_id="")

    act(agent, "template", "submit", draft)

    draft.refresh_from_db()
    assert draft.status == "DRAFT"


def test_receiver_that_cannot_be_called_again_says_why(supervisor, rows):
    (told,) = act(supervisor, "signalfailure", "call_again", rows["signalfailure"])

    rows["signalfailure"].refresh_from_db()
    assert told == "message_sent → shop.take: Nothing of this name listens any more."
    assert rows["signalfailure"].attempts == 2


def test_file_that_was_given_up_says_why_and_is_fetched_again(agent, rows):
    page = agent.get(changelist("media")).content.decode()

    (told,) = act(agent, "media", "fetch_again", rows["media"])

    assert "Meta no longer has this file" in page
    assert told == "Queued again: 1 item."
    rows["media"].refresh_from_db()
    assert (rows["media"].state, rows["media"].attempts) == ("PENDING", 0)
