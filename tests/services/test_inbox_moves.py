"""New numbers and identities in the inbox: lines in the thread that ask for nobody."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.services.receiving.steps import ANA, receive, wrote
from whatsapp.domain.updates import InboundMessage, Person
from whatsapp.models import Contact, Conversation, Message, OutboxItem
from whatsapp.services import inbox

pytestmark = pytest.mark.django_db


def test_new_number_is_a_line_in_the_thread_that_asks_for_nobody(number):
    receive(wrote())
    before = Conversation.objects.get()

    receive(
        wrote(
            "User A changed from 40700000001 to 40700000009",
            message_type="SYSTEM",
            person=Person(wa_id="40700000001"),
            becomes=Person(wa_id="40700000009"),
        )
    )

    conversation = Conversation.objects.get()
    assert conversation.contact.phone == "+40700000009"
    assert (conversation.message_count, conversation.unread_count) == (2, 1)
    assert conversation.waiting_since == before.waiting_since
    line = Message.objects.get(message_type="SYSTEM")
    assert (line.conversation_id, line.contact_id) == (conversation.pk, conversation.contact_id)


def test_new_number_of_a_resolved_conversation_does_not_open_it(number):
    receive(wrote())
    Conversation.objects.update(status="RESOLVED", resolved_at=timezone.now())

    receive(
        wrote(
            message_type="SYSTEM",
            person=Person(wa_id="40700000001"),
            becomes=Person(wa_id="40700000009"),
        )
    )

    assert Conversation.objects.get().status == "RESOLVED"
    assert not OutboxItem.objects.exists()


def test_changed_identity_is_a_line_in_the_thread(number):
    receive(wrote("Ana's security code changed", message_type="SYSTEM"))

    conversation = Conversation.objects.get()
    assert conversation.messages.get().message_text == "Ana's security code changed"
    assert (conversation.status, conversation.unread_count) == ("RESOLVED", 0)


def test_number_that_moves_in_the_midst_of_a_batch_divides_it(number):
    """The same words before and after: of the one who had the number, and of who has it now."""
    start = timezone.now().replace(microsecond=0) - timedelta(minutes=1)
    phone_only = Person(wa_id="40700000001")
    moved = {
        "message_type": "SYSTEM",
        "person": phone_only,
        "becomes": Person(wa_id="40700000009"),
    }
    batch = [
        wrote("before", person=phone_only, happened_at=start),
        wrote("moved", happened_at=start + timedelta(seconds=5), **moved),
        wrote("after", person=phone_only, happened_at=start + timedelta(seconds=9)),
    ]

    inbox.receive(updates=batch, now=timezone.now())

    by_phone = dict(Message.objects.values_list("message_text", "contact__phone"))
    assert by_phone == {
        "before": "+40700000009",
        "moved": "+40700000009",
        "after": "+40700000001",
    }


def test_many_words_of_a_person_with_something_new_are_judged_in_few_queries(
    number, django_assert_max_num_queries
):
    receive(wrote(person=Person(wa_id="40700000001")))
    batch = [wrote(person=ANA) for _ in range(20)]

    with django_assert_max_num_queries(60):
        inbox.receive(updates=batch, now=timezone.now())

    assert Message.objects.count() == 21
    assert Contact.objects.get().bsuid == "RO.1"


def test_word_too_old_for_a_number_counts_when_it_comes_again(number):
    start = timezone.now().replace(microsecond=0) - timedelta(minutes=1)

    def showed(wa_id: str, second: int) -> InboundMessage:
        shown = {"from": wa_id, "from_user_id": "RO.1"}
        at = start + timedelta(seconds=second)
        return wrote(person=Person(wa_id=wa_id, bsuid="RO.1"), happened_at=at, content=shown)

    receive(showed("40700000001", 4))

    batch = [showed("40700000009", 1), showed("40700000009", 5)]
    inbox.receive(updates=batch, now=timezone.now())

    assert Contact.objects.get().wa_id == "40700000009"
