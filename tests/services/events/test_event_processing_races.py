"""Several processors at once: each event once, and no deadlock in the end."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from tests import webhook_bodies as bodies
from tests.factories import ContactFactory, ConversationFactory, MessageFactory
from tests.services.receiving.steps import process
from whatsapp.models import Contact, Conversation, Message, WebhookEvent
from whatsapp.services import conversations, messages, webhook_events

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_two_processors_at_once_take_each_event_once(number):
    people = [f"407000000{n:02d}" for n in range(6)]
    items = [
        bodies.text(f"wamid.{sender}.{n}", sender=sender, at=n)
        for n in range(8)
        for sender in people
    ]
    for item in items:
        webhook_events.record(body=bodies.body(bodies.messages(item)))
    MessageFactory.create_batch(20)
    for message in Message.objects.sent():
        for word in ("read", "delivered", "sent"):
            raw = bodies.body(bodies.statuses(bodies.status(word, message.external_message_id)))
            webhook_events.record(body=raw)
    taken: list[int] = []
    start = threading.Barrier(3)

    def work() -> None:
        start.wait()
        try:
            while count := webhook_events.process_due(now=datetime.now(tz=UTC), limit=10):
                taken.append(count)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    process()

    assert sum(taken) == 48 + 60
    assert set(WebhookEvent.objects.values_list("status", flat=True)) == {"processed"}
    assert set(WebhookEvent.objects.values_list("attempts", flat=True)) == {1}
    unread = Conversation.objects.filter(contact__wa_id__in=people)
    assert list(unread.values_list("unread_count", flat=True)) == [8] * 6
    assert set(Message.objects.sent().values_list("delivery_status", flat=True)) == {"READ"}


def deadlocks() -> int:
    """How many this database has seen; each session's are told when it ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_processors_of_messages_and_statuses_of_the_same_people_never_deadlock(number):
    people = [f"407000000{n:02d}" for n in range(12)]
    sent = [
        MessageFactory(
            conversation=ConversationFactory(
                number=number,
                contact=ContactFactory(phone=f"+{wa_id}", profile_name="Ana Ionescu"),
            )
        )
        for wa_id in people
    ]
    for turn, order in enumerate((people, people[::-1]) * 2):  # the same people, crosswise
        words = [bodies.text(f"wamid.{turn}.{wa_id}", sender=wa_id) for wa_id in order]
        webhook_events.record(body=bodies.body(bodies.messages(*words)))
        for message in sent[:: 1 if turn % 2 else -1]:
            status = bodies.status("delivered", message.external_message_id or "", at=turn)
            webhook_events.record(body=bodies.body(bodies.statuses(status)))
    before = deadlocks()
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        try:
            while webhook_events.process_due(now=datetime.now(tz=UTC), limit=7):
                pass
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    process()

    assert deadlocks() == before
    assert set(WebhookEvent.objects.values_list("status", "attempts")) == {("processed", 1)}
    assert Message.objects.received().count() == 48
    known = Contact.objects.values_list("has_whatsapp", flat=True)
    assert set(known) == {True}


def is_free(contact: Contact) -> bool:
    """Whether nobody has locked it; we have not either, afterwards."""
    savepoint = transaction.savepoint()
    free = Contact.objects.select_for_update(skip_locked=True).filter(pk=contact.pk)
    found = bool(free.values_list("pk"))
    transaction.savepoint_rollback(savepoint)
    return found


@pytest.mark.django_db(transaction=True)
def test_deadlock_repeats_the_batch(number):
    """The processor has the contact and wants the conversation, somebody else the other way."""
    contact = ContactFactory(phone="+40700000001", profile_name="Ana Ionescu")
    conversation = ConversationFactory(number=number, contact=contact)
    has_conversation = threading.Event()
    victim: list[BaseException] = []

    def rival() -> None:
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL deadlock_timeout = '60s'")  # the other one finds out
                Conversation.objects.select_for_update().get(pk=conversation.pk)
                has_conversation.set()
                while is_free(contact):
                    pass
                Contact.objects.select_for_update().get(pk=contact.pk)
        except BaseException as error:
            victim.append(error)
        finally:
            connection.close()

    webhook_events.record(body=bodies.body(bodies.messages(bodies.text("wamid.A"))))
    thread = threading.Thread(target=rival)
    thread.start()
    has_conversation.wait()

    assert process() == 1

    thread.join()
    assert victim == []
    assert Message.objects.received().count() == 1
    assert set(WebhookEvent.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_event_that_is_replayed_while_old_ones_are_purged_is_not_lost(number):
    webhook_events.record(body=bodies.body(bodies.messages(bodies.text("wamid.OLD"))))
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    WebhookEvent.objects.update(status="processed", processed_at=long_ago)
    event = WebhookEvent.objects.get()
    purged: list[int] = []

    def purge() -> None:
        try:
            purged.append(webhook_events.purge(now=datetime.now(tz=UTC)))
        finally:
            connection.close()

    with transaction.atomic():
        webhook_events.replay(event_ids=[event.pk])
        thread = threading.Thread(target=purge)
        thread.start()
        thread.join(timeout=1)  # the purge meets the row while it is ours
    thread.join()

    assert purged == [0]
    event.refresh_from_db()
    assert event.status == "pending"


@pytest.mark.django_db(transaction=True)
def test_agent_who_answers_while_the_customer_writes_does_not_wait(number):
    conversation = ConversationFactory(
        number=number, contact=ContactFactory(phone="+40700000001", wa_id="40700000001")
    )
    webhook_events.record(body=bodies.body(bodies.messages(bodies.text("wamid.A"))))
    taken: list[int] = []

    def take_in() -> None:
        try:
            taken.append(webhook_events.process_due(now=datetime.now(tz=UTC)))
        finally:
            connection.close()

    with transaction.atomic():
        conversations.set_priority(conversation_id=conversation.pk, priority="HIGH")
        thread = threading.Thread(target=take_in)
        thread.start()
        thread.join(timeout=0.5)  # it has the contact now, and waits for the conversation
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
        messages.send_text(text="Bună ziua!", conversation_id=conversation.pk)
    thread.join()

    assert taken == [1]
    assert set(WebhookEvent.objects.values_list("attempts", flat=True)) == {1}
    assert Message.objects.count() == 2
