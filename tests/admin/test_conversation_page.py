"""The conversation page: what it shows, to whom, and what it asks for while it is open."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import ContactFactory, ConversationFactory, MessageFactory, TemplateFactory
from whatsapp.domain.breaker import BreakerState, Cause, Circuit, to_json
from whatsapp.models import Conversation, ConversationNote, Message, OutboxItem, SenderState
from whatsapp.ports import CustomerRecord

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outside")]
PAGE = "conversation_change"
GETS = ("desk_news", "desk_orders", "desk_sheet", "desk_strip")


@pytest.fixture
def conversation(db) -> Conversation:
    return ConversationFactory(unread_count=1)


def text_of(answer) -> str:
    return answer.content.decode()


def test_page_shows_messages_oldest_first(agent, at, conversation):
    now = timezone.now()
    MessageFactory(conversation=conversation, message_text="A doua", happened_at=now)
    MessageFactory(
        conversation=conversation,
        message_text="Prima",
        received=True,
        happened_at=now - timedelta(minutes=5),
    )

    page = text_of(agent.get(at(PAGE, conversation)))

    assert page.index("Prima</p>") < page.index("A doua</p>")
    assert 'id="wa-text"' in page


@pytest.mark.parametrize("name", [PAGE, *GETS])
def test_looking_changes_nothing(name, agent, at, conversation):
    MessageFactory(conversation=conversation, received=True)

    answer = agent.get(at(name, conversation))

    conversation.refresh_from_db()
    assert answer.status_code in (200, 204)
    assert conversation.unread_count == 1
    assert conversation.assigned_to is None
    assert Message.objects.get().read_at is None
    assert not OutboxItem.objects.exists()


@pytest.mark.parametrize("name", [PAGE, *GETS])
def test_who_has_no_role_sees_nothing(name, outsider, at, conversation):
    MessageFactory(conversation=conversation, message_text="Secret")

    answer = outsider.get(at(name, conversation))

    assert answer.status_code == 403
    assert "You may not do this" in text_of(answer)
    assert "Secret" not in text_of(answer)


def test_unknown_conversation_is_not_found(agent, at, conversation):
    conversation.pk += 1

    assert agent.get(at(PAGE, conversation)).status_code == 404
    assert agent.get("/admin/whatsapp/conversation/x1/change/").status_code == 404


def test_what_a_customer_writes_is_never_markup(agent, at, conversation):
    evil = "<script>alert(1)</script> https://exemplu.ro/<b>"
    conversation.contact.profile_name = "<img src=x onerror=alert(2)>"
    conversation.contact.save()
    quoted = MessageFactory(conversation=conversation, received=True, message_text=evil)
    MessageFactory(conversation=conversation, reply_to=quoted)
    ConversationNote.objects.create(conversation=conversation, text=evil)
    conversation.last_message_preview = evil
    conversation.tags = ["<i>"]
    conversation.save()

    page = text_of(agent.get(at(PAGE, conversation)))
    inbox = text_of(agent.get(at("conversation_changelist")))

    for shown in (page, inbox):
        assert "&lt;script&gt;alert(1)" in shown
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        assert "<i>" not in shown


def test_closed_window_offers_templates_and_no_box(agent, at):
    TemplateFactory(name="order_shipped")
    TemplateFactory(name="promo", status="REJECTED")
    silent = ConversationFactory(last_inbound_at=timezone.now() - timedelta(hours=25))

    page = text_of(agent.get(at(PAGE, silent)))

    assert 'id="wa-text"' not in page
    assert "order_shipped (ro)" in page
    assert "promo" not in page


def test_pause_of_sending_is_told_beside_the_window(agent, at):
    conversation = ConversationFactory()
    before = text_of(agent.get(at(PAGE, conversation)))
    breaker = BreakerState(state=Circuit.OPEN, cause=Cause.ACCOUNT, reason="No token")
    SenderState.objects.create(number=conversation.number, breaker=to_json(breaker))

    page = text_of(agent.get(at(PAGE, conversation)))

    assert "sending is paused" not in before
    assert "sending is paused" in page


def test_window_counts_what_was_written_in_an_older_conversation(agent, at):
    old = ConversationFactory(status="ARCHIVED")
    new = ConversationFactory(number=old.number, contact=old.contact, last_inbound_at=None)

    page = text_of(agent.get(at(PAGE, new)))

    assert 'id="wa-text"' in page


def test_archived_conversation_leads_to_the_one_that_followed(agent, at):
    old = ConversationFactory(status="ARCHIVED")
    new = ConversationFactory(number=old.number, contact=old.contact)

    page = text_of(agent.get(at(PAGE, old)))

    assert 'id="wa-text"' not in page
    assert f'<a href="{at(PAGE, new)}">Open the conversation that followed</a>' in page


def test_sheet_is_filled_in_with_what_the_erp_knows(agent, at, outside):
    from tests.erp.factories import CustomerFactory

    customer = CustomerFactory(name="Ioana Mureșan")
    outside.customers.add(CustomerRecord(id=customer.pk, name="Ioana Mureșan"))
    conversation = ConversationFactory(contact=ContactFactory(customer=customer))
    template = TemplateFactory()

    sheet = text_of(agent.get(at("desk_sheet", conversation), {"template": template.pk}))

    assert 'name="p.customer" value="Ioana Mureșan"' in sheet
    assert '<mark data-key="p.order_number">{{order_number}}</mark>' in sheet


def test_sheet_of_a_template_of_another_account_is_not_found(agent, at, conversation):
    strange = TemplateFactory(waba_id="1")

    answer = agent.get(at("desk_sheet", conversation), {"template": strange.pk})

    assert answer.status_code == 404


def test_templates_hold_no_script_and_no_style_of_their_own():
    folder = Path(__file__).parents[2] / "whatsapp" / "templates"
    inline = re.compile(r"<script(?! src)|<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|js:")

    found = [path.name for path in folder.rglob("*.html") if inline.search(path.read_text())]

    assert found == []


def test_page_asks_the_database_the_same_for_many_messages(agent, at, conversation):
    def queries() -> int:
        cache.clear()  # else the inbox and the templates are not read again
        with CaptureQueriesContext(
            connection,
        ) as caught:
            agent.get(at(PAGE, conversation))
        return len(caught)

    MessageFactory(conversation=conversation)
    few = queries()
    quoted = MessageFactory(conversation=conversation, user=agent.user)
    MessageFactory.create_batch(20, conversation=conversation, reply_to=quoted, user=agent.user)
    for _ in range(5):
        ConversationFactory(assigned_to=agent.user)

    assert queries() == few <= 18
