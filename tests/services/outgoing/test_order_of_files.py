"""An agent's text never overtakes his picture; a courtesy that comes late is not sent at all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from tests.factories import ConversationFactory, MessageFactory
from whatsapp.domain.content import MediaKind
from whatsapp.domain.retry import Failure, FailureClass, Priority
from whatsapp.models import Message, OutboxItem
from whatsapp.services import delivery, messages
from whatsapp.services.outgoing import outbox, sender_lease, uploads

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


def picture(conversation, **more) -> Message:
    return messages.send_media(
        kind=MediaKind.IMAGE,
        file=ContentFile(PNG, name="a.png"),
        conversation_id=conversation.pk,
        **more,
    )


def text(conversation, **more) -> Message:
    return messages.send_text(text="Uitați!", conversation_id=conversation.pk, **more)


def kinds_sent(outside) -> list[str]:
    return [type(outgoing.content).__name__ for outgoing in outside.meta.sent]


def test_text_waits_for_the_picture_before_it(outside, conversation):
    picture(conversation)
    text(conversation)

    lease = sender_lease.elect(number_id=conversation.number_id)
    before = outbox.claim(lease=lease, limit=10)
    sender_lease.release(lease, departures=[])
    uploads.upload_due(now=timezone.now())
    delivery.send_due(number_id=conversation.number_id)

    assert before == []
    assert kinds_sent(outside) == ["MediaMessage", "Text"]


def test_text_goes_once_the_picture_is_given_up(outside, conversation):
    picture(conversation)
    text(conversation)
    refusal = Failure(failure_class=FailureClass.FATAL_MESSAGE, code=None, title="x")
    outside.meta.fail_next(refusal, call="upload_media")

    uploads.upload_due(now=timezone.now())
    delivery.send_due(number_id=conversation.number_id)

    assert kinds_sent(outside) == ["Text"]


def test_picture_for_tomorrow_holds_nobody_back(outside, conversation):
    picture(conversation, send_at=timezone.now() + timedelta(days=1))
    text(conversation)

    delivery.send_due(number_id=conversation.number_id)

    assert kinds_sent(outside) == ["Text"]


def test_notice_with_a_file_holds_no_reply_back(outside, conversation):
    picture(conversation, priority=Priority.NOTICE)
    text(conversation)

    delivery.send_due(number_id=conversation.number_id)

    assert kinds_sent(outside) == ["Text"]


def test_other_people_wait_for_nobodys_picture(outside, conversation):
    picture(conversation)
    text(ConversationFactory())

    delivery.send_due(number_id=conversation.number_id)

    assert kinds_sent(outside) == ["Text"]


@pytest.mark.parametrize(("seconds", "shown"), [(15, 1), (21, 0)])
def test_typing_that_comes_too_late_is_dropped(outside, seconds, shown):
    message = MessageFactory(received=True)
    messages.queue_typing(conversation_id=message.conversation_id)
    OutboxItem.objects.update(created_at=timezone.now() - timedelta(seconds=seconds))

    delivery.send_due(number_id=message.number_id)

    assert len(outside.meta.read) == shown
    assert not OutboxItem.objects.exists()
