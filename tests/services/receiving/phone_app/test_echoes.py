"""What is said in the phone app: in the thread as sent, and never in the outbox."""

import itertools

import pytest

from tests import webhook_bodies as bodies
from tests.services.receiving.phone_app.told import ANA, echo, hear, live, said, thread, value
from tests.services.receiving.steps import outcomes
from whatsapp.errors import MessageNotDeliverableError
from whatsapp.models import Conversation, Message, OutboxItem, WebhookEvent
from whatsapp.services import messages as outgoing

pytestmark = pytest.mark.django_db


def test_echo_is_in_the_thread_as_sent_and_never_in_the_outbox(number):
    hear(echo(said("wamid.E", "Vă sun eu.")))

    message = Message.objects.get()
    assert thread() == [("SENT", "Vă sun eu.", "SENT")]
    assert message.contact.wa_id == ANA
    assert message.from_phone_app
    assert message.happened_at.timestamp() == bodies.SECOND
    assert not OutboxItem.objects.exists()
    assert Conversation.objects.get().status == "RESOLVED"


def test_echo_is_moved_by_its_statuses(number):
    hear(echo(said("wamid.E", "Vă sun eu.")))

    hear(bodies.body(bodies.statuses(bodies.status("read", "wamid.E", at=2))))

    assert Message.objects.get().delivery_status == "READ"


def test_echo_stops_the_clock_of_what_it_answers(number):
    hear(live(bodies.text("wamid.A", "Alo?")))

    hear(echo(said("wamid.E", "Da, vă ascult.", at=60)))

    conversation = Conversation.objects.get()
    assert (conversation.waiting_since, conversation.response_due_at) == (None, None)
    assert conversation.first_response_at.timestamp() == bodies.SECOND + 60
    assert conversation.unread_count == 1


def test_echo_from_before_the_question_is_no_answer(number):
    hear(live(bodies.text("wamid.A", "Alo?", at=60)))

    hear(echo(said("wamid.E", "Oferta noastră", at=0)))

    assert Conversation.objects.get().waiting_since is not None


def test_answer_that_overtook_its_question_still_answers_it(number):
    hear(echo(said("wamid.E", "Da, vă ascult.", at=60)))

    hear(live(bodies.text("wamid.A", "Alo?")))

    conversation = Conversation.objects.get()
    assert (conversation.waiting_since, conversation.unread_count) == (None, 1)
    assert conversation.first_response_at.timestamp() == bodies.SECOND + 60
    assert conversation.status == "OPEN"


@pytest.mark.parametrize(("things", "waits_since"), [(3, 180), (4, None)])
def test_clock_of_questions_and_answers_is_the_same_in_every_order(number, things, waits_since):
    story = (
        live(bodies.text("wamid.A", "Alo?", at=60)),
        echo(said("wamid.E", "Da?", at=120)),
        live(bodies.text("wamid.B", "Mai aveți?", at=180)),
        echo(said("wamid.F", "Nu mai avem.", at=240)),
    )
    for order in itertools.permutations(story[:things]):
        for model in (OutboxItem, Message, Conversation, WebhookEvent):
            model.objects.all().delete()

        hear(*order)

        conversation = Conversation.objects.get()
        since = conversation.waiting_since
        assert (since and since.timestamp() - bodies.SECOND) == waits_since
        assert (conversation.response_due_at is None) == (since is None)
        assert conversation.first_response_at.timestamp() == bodies.SECOND + 120
        assert conversation.unread_count == 2


def test_deletion_in_the_phone_app_answers_nobody(number):
    hear(live(bodies.text("wamid.A", "Alo?")))

    hear(echo(said("wamid.X", "", at=9, type="revoke", revoke={"original_message_id": "wamid.E"})))

    conversation = Conversation.objects.get()
    assert conversation.waiting_since is not None
    assert conversation.first_response_at is None


def test_echo_twice_and_gathered_otherwise_is_one_message(number):
    first, second = said("wamid.E", "Unu"), said("wamid.F", "Doi", at=1)
    hear(echo(first), echo(second, first), echo(first, second))

    assert [text for _, text, _ in thread()] == ["Unu", "Doi"]
    assert Conversation.objects.get().message_count == 2


def test_edit_and_revocation_in_the_phone_app_are_shown(number):
    edited = {"original_message_id": "wamid.E", "message": {"type": "text"}}
    edited["message"]["text"] = {"body": "Vă sun mâine."}
    hear(echo(said("wamid.E", "Vă sun eu.")))

    hear(
        echo(said("wamid.F", "", at=1, type="edit", edit=edited)),
        echo(said("wamid.G", "", at=2, type="revoke", revoke={"original_message_id": "wamid.E"})),
    )

    original = Message.objects.get(external_message_id="wamid.E")
    changes = Message.objects.exclude(pk=original.pk).order_by("happened_at")
    assert [row.reply_to_id for row in changes] == [original.pk, original.pk]
    assert changes[0].message_text == "Vă sun mâine."


def test_picture_of_an_echo_is_fetched(number, outside):
    picture = {"id": "900", "mime_type": "image/jpeg", "caption": "Coletul"}

    hear(echo(said("wamid.E", "", type="image", image=picture)))

    message = Message.objects.get()
    assert (message.message_type, message.message_text) == ("IMAGE", "Coletul")
    assert message.media.media_id == "900"


def test_failed_echo_cannot_be_sent_from_here(number):
    hear(echo(said("wamid.E", "Vă sun eu.")))
    hear(bodies.body(bodies.statuses(bodies.status("failed", "wamid.E", at=2, code=131026))))

    with pytest.raises(MessageNotDeliverableError):
        outgoing.retry(message_id=Message.objects.get().pk)

    assert Message.objects.get().delivery_status == "FAILED"


def test_echo_of_another_app_does_not_slow_the_number_down(number):
    raw = bodies.body(value(message_echoes=[said("wamid.E", "Salut")]), field="message_echoes")

    hear(raw)

    number.refresh_from_db()
    assert (Message.objects.count(), number.uses_phone_app) == (1, False)


def test_echo_makes_the_number_one_of_the_phone_app(number):
    hear(echo(said("wamid.E", "Salut")))

    number.refresh_from_db()
    assert (number.uses_phone_app, number.pace) == (True, 20)


def test_echo_of_a_number_that_is_not_ours_is_kept_only(number):
    stranger = value(message_echoes=[said("wamid.E", "Salut")])
    stranger["metadata"]["phone_number_id"] = "999"

    hear(bodies.body(stranger, field="smb_message_echoes"))

    assert outcomes() == {"message:wamid.E": ("processed", "not ours")}
    assert not Message.objects.exists()
