"""The other pages of the admin: they open, their actions act, and each role sees its own."""

import json
import os
import subprocess
import sys
from typing import ClassVar

import pytest
from django.db import connection
from django.urls import reverse

from tests.erp.factories import OrderFactory
from tests.factories import (
    BusinessNumberFactory,
    MessageFactory,
    OutboxItemFactory,
    TemplateFactory,
)
from whatsapp import testing
from whatsapp.models import (
    Media,
    MessageAttempt,
    OrderNotice,
    OutboxItem,
    SignalFailure,
    Template,
    WebhookEvent,
)
from whatsapp.services.media import GONE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outside")]

PAGES = (
    *("businessnumber", "contact", "media", "message", "ordernotice", "outboxitem"),
    *("signalfailure", "template", "webhookevent"),
)
FOR_AGENTS = ("contact", "media", "message", "ordernotice", "template")


@pytest.fixture
def rows(db):
    """One of each, and what hangs on it."""
    message = MessageFactory(delivery_status="FAILED", error_text="Nu are WhatsApp")
    MessageAttempt.objects.create(message=message, attempt=1, outcome="FAILED")
    event = WebhookEvent.objects.create(
        idempotency_key="message:1",
        field="messages",
        payload='{"a": "\\u0000<b>"}',
        status="failed",
    )
    return {
        "businessnumber": message.number,
        "contact": message.contact,
        "media": Media.objects.create(
            message=message, number=message.number, media_id="9", state="FAILED", error=GONE
        ),
        "message": message,
        "ordernotice": OrderNotice.objects.create(
            order=OrderFactory(), event="order_shipped", decision="failed", message=message
        ),
        "outboxitem": OutboxItemFactory(message=message, state="FAILED"),
        "signalfailure": SignalFailure.objects.create(
            signal="message_sent", receiver="shop.take", ids={"message_ids": [7]}, error="no"
        ),
        "template": TemplateFactory(),
        "webhookevent": event,
    }


def changelist(name):
    return reverse(f"admin:whatsapp_{name}_changelist")


def change(name, row):
    return reverse(f"admin:whatsapp_{name}_change", args=[row.pk])


def act(browser, name, action, *rows):
    """Run an action on the rows, and give what the agent is told."""
    chosen = {"action": action, "_selected_action": [row.pk for row in rows]}
    answer = browser.post(changelist(name), chosen, follow=True)
    return [str(message) for message in answer.context["messages"]]


@pytest.mark.parametrize("name", PAGES)
def test_supervisor_opens_every_list_and_row(name, supervisor, rows):
    assert supervisor.get(changelist(name)).status_code == 200
    assert supervisor.get(change(name, rows[name])).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_agent_opens_what_the_role_allows(name, agent, rows):
    expected = 200 if name in FOR_AGENTS else 403

    assert agent.get(changelist(name)).status_code == expected
    assert agent.get(change(name, rows[name])).status_code == expected


@pytest.mark.parametrize("name", PAGES)
def test_who_has_no_role_opens_nothing(name, outsider, rows):
    assert outsider.get(changelist(name)).status_code == 403


@pytest.mark.parametrize("name", ["message", "contact", "webhookevent", "outboxitem"])
def test_rows_of_the_services_are_not_written_by_hand(name, supervisor, rows):
    before = type(rows[name]).objects.values().get(pk=rows[name].pk)

    assert supervisor.get(reverse(f"admin:whatsapp_{name}_add")).status_code == 403
    supervisor.post(change(name, rows[name]), {"status": "x", "message_text": "x"})

    assert type(rows[name]).objects.values().get(pk=rows[name].pk) == before


def test_payload_of_an_event_is_never_markup(supervisor, rows):
    page = supervisor.get(change("webhookevent", rows["webhookevent"])).content.decode()

    assert "&lt;b&gt;" in page
    assert "<b>" not in page.split("readable_payload")[-1][:200]


def test_token_is_never_shown_and_an_empty_field_keeps_it(supervisor):
    number = BusinessNumberFactory(access_token="EAAG-secret")
    fields = ("name", "phone_number_id", "display_number", "waba_id", "auto_reply_text")
    form = {name: getattr(number, name) or "" for name in fields}

    page = supervisor.get(change("businessnumber", number)).content.decode()
    answer = supervisor.post(
        change("businessnumber", number),
        {**form, "messages_per_second": 40, "is_active": "on", "access_token": ""},
    )

    number.refresh_from_db()
    assert answer.status_code == 302
    assert "EAAG-secret" not in page
    assert (number.access_token, number.messages_per_second) == ("EAAG-secret", 40)


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


def test_messages_are_filtered_without_reading_the_table_for_choices(agent, rows):
    MessageFactory(delivery_status="READ")

    shown = agent.get(changelist("message"), {"delivery_status": "FAILED", "message_type": "TEXT"})
    unknown = agent.get(changelist("message"), {"delivery_status": "?"})

    assert list(shown.context["cl"].result_list) == [rows["message"]]
    assert unknown.context["cl"].result_count == 2


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


def test_switched_off_nothing_is_registered():
    look = (
        "import django; django.setup();"
        "from django.contrib import admin; admin.autodiscover();"
        "print(sum(model._meta.app_label == 'whatsapp' for model in admin.site._registry))"
    )
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "cypher_erp.settings"}

    on, off = (
        subprocess.run(
            [sys.executable, "-c", look],
            env={**env, "ENABLE_WHATSAPP_MODULE": switch},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()[-1]
        for switch in ("true", "false")
    )

    assert int(on) >= len(PAGES)
    assert off == "0"


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
