"""The automatic reply: once a day, behind agents, and not to what comes late."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.services.receiving.steps import receive, wrote
from whatsapp.models import Conversation, Message, OutboxItem
from whatsapp.models.webhook_event import EventOutcome

pytestmark = pytest.mark.django_db


@pytest.fixture
def answering(number):
    number.auto_reply_text = "Vă mulțumim! Vă răspundem în curând."
    number.save()
    return number


def test_automatic_reply_is_off_by_default(number):
    receive(wrote())

    assert not OutboxItem.objects.exists()


def test_automatic_reply_is_sent_once_a_day_behind_agents(answering):
    now = timezone.now()
    receive(wrote(), now=now)
    receive(wrote(), now=now + timedelta(hours=23, minutes=59))

    reply = Message.objects.sent().get()
    assert reply.message_text == "Vă mulțumim! Vă răspundem în curând."
    assert reply.user_id is None
    assert OutboxItem.objects.get().priority == 1
    conversation = Conversation.objects.get()
    assert conversation.auto_replied_at == now
    assert conversation.waiting_since is not None  # nobody has answered yet

    a_day_later = now + timedelta(hours=24)
    receive(wrote(happened_at=a_day_later), now=a_day_later)

    assert Message.objects.sent().count() == 2


@pytest.mark.parametrize("kind", ["REACTION", "SYSTEM", "UNSUPPORTED"])
def test_automatic_reply_is_for_words_only(answering, kind):
    receive(wrote("👍", message_type=kind))

    assert not OutboxItem.objects.exists()
    assert Conversation.objects.get().auto_replied_at is None


def test_message_that_comes_days_late_gets_no_automatic_reply(answering):
    update = wrote(happened_at=timezone.now() - timedelta(days=2))

    assert receive(update) is EventOutcome.APPLIED

    assert Message.objects.count() == 1
    assert Conversation.objects.get().auto_replied_at is None
