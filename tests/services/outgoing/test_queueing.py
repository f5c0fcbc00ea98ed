"""When a message is due, as its rows say it; by night, only replies are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests.factories import BusinessNumberFactory, ConversationFactory, TemplateFactory
from whatsapp.domain.retry import Priority
from whatsapp.errors import ValidationError
from whatsapp.models import Message, OutboxItem
from whatsapp.services import messages
from whatsapp.services.outgoing import queueing

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)  # 22:30 in Bucharest
MORNING = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
DAY = timedelta(hours=24)


@pytest.fixture(autouse=True)
def _shop(settings):
    BusinessNumberFactory()
    TemplateFactory()
    settings.WHATSAPP = {**settings.WHATSAPP, "QUIET_HOURS": "21:00-08:00 Europe/Bucharest"}


def notice(**envelope) -> Message:
    return messages.send_template(
        template="order_shipped",
        language="ro",
        parameters={"customer": "Ana", "order_number": "C-1"},
        phone_number="+40712000123",
        **{"priority": Priority.NOTICE, **envelope},
    )


@time_machine.travel(NIGHT, tick=False)
def test_notice_of_the_night_leaves_in_the_morning_and_lives_from_then():
    message = notice()

    message.refresh_from_db()
    assert (message.send_at, message.expires_at) == (MORNING, MORNING + DAY)
    assert OutboxItem.objects.get().next_attempt_at == MORNING


@time_machine.travel(NIGHT, tick=False)
def test_reply_of_the_night_leaves_at_once():
    conversation = ConversationFactory()

    message = messages.send_text(text="Da.", conversation_id=conversation.pk)

    assert (message.send_at, message.expires_at) == (None, NIGHT + DAY)


@time_machine.travel(NIGHT, tick=False)
def test_without_quiet_hours_the_notice_leaves_at_once(settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "QUIET_HOURS": ""}

    assert notice().send_at is None


@time_machine.travel(NIGHT, tick=False)
def test_notice_that_would_expire_by_night_is_refused_and_not_kept():
    with pytest.raises(ValidationError):
        notice(expires_at=NIGHT + timedelta(hours=2))

    assert not Message.objects.exists()


def test_what_waited_into_the_night_lives_on_from_the_morning():
    with time_machine.travel(MORNING, tick=False):
        late = notice()
        meant = notice(expires_at=MORNING + timedelta(hours=15))
    until = MORNING + DAY

    queueing.put_off(message_ids=[late.pk, meant.pk], until=until)

    late.refresh_from_db()
    meant.refresh_from_db()
    assert (late.send_at, late.expires_at) == (until, until + DAY)
    assert (meant.send_at, meant.expires_at) == (until, MORNING + timedelta(hours=15))


def test_put_off_again_it_lives_on_again():
    with time_machine.travel(MORNING, tick=False):
        message = notice()

    for days in (1, 2):
        queueing.put_off(message_ids=[message.pk], until=MORNING + days * DAY)

    message.refresh_from_db()
    assert message.expires_at == MORNING + 3 * DAY
