"""One template to many: each refused alone, everybody else as a single send would have it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.erp.factories import CustomerFactory
from tests.factories import MessageFactory, TemplateFactory
from tests.sending import PARAMETERS
from tests.services.crowds import send, to
from whatsapp.domain.retry import Priority
from whatsapp.errors import (
    IdempotencyConflictError,
    MessageNotDeliverableError,
    NotFoundError,
    TemplateNotApprovedError,
    ValidationError,
)
from whatsapp.models import Contact, Conversation, IdempotencyKey, Message, OutboxItem
from whatsapp.services import messages
from whatsapp.services.messages import send_many

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("approved_template")]
NIGHT = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)  # 22:30 in Bucharest


def nothing_was_written() -> bool:
    return not any(model.objects.exists() for model in (Contact, Conversation, Message, OutboxItem))


def test_rows_are_those_of_a_single_send():
    def described(message: Message) -> dict:
        left_out = ("id", "uuid", "conversation", "contact", "phone_number")
        values = {f.name: getattr(message, f.attname) for f in Message._meta.fields}
        moments = {"happened_at", "created_at", "expires_at"}
        return {
            name: value for name, value in values.items() if name not in {*left_out, *moments}
        } | {"lifetime": message.expires_at - message.created_at}

    single = messages.send_template(
        template="order_shipped",
        language="ro",
        parameters=PARAMETERS,
        phone_number="0712 000 001",
        priority=Priority.BROADCAST,
    )

    result = send(to("0712 000 002"))

    many = Message.objects.get(pk=result.message_ids[0])
    assert described(many) == described(Message.objects.get(pk=single.pk))
    assert many.phone_number == "+40712000002"
    rows = OutboxItem.objects.order_by("id")
    told = rows.values("kind", "state", "priority", "retries", "waits", "epoch", "reason", "number")
    assert told[0] == told[1]
    assert all(row.next_attempt_at <= timezone.now() for row in rows)
    one, other = Conversation.objects.order_by("id")
    for name in (
        "status",
        "message_count",
        "unread_count",
        "last_message_preview",
        "waiting_since",
    ):
        assert getattr(one, name) == getattr(other, name)
    assert other.status == "RESOLVED"
    assert other.last_message_at == many.happened_at


def test_messages_follow_the_recipients():
    recipients = [to(f"+4071200{n:04d}") for n in range(25)]

    result = send(*recipients)

    rows = Message.objects.in_bulk(list(result.message_ids))
    assert [rows[pk].phone_number for pk in result.message_ids] == [
        recipient.phone_number for recipient in recipients
    ]
    assert OutboxItem.objects.count() == 25
    assert list(result.refused) == []


def test_each_reads_their_own_words():
    send(
        to("+40712000001", parameters={"customer": 'Ion "Nelu"', "order_number": "1"}),
        to("+40712000002", parameters={"customer": "Ștefania", "order_number": "2\\n"}),
    )

    first, second = Message.objects.order_by("id")
    assert first.message_text == ('Bună ziua, Ion "Nelu"! Comanda 1 a plecat spre dumneavoastră.')
    assert first.content["rendered"] == first.message_text
    assert second.content["components"][0]["parameters"] == [
        {"type": "text", "parameter_name": "customer", "text": "Ștefania"},
        {"type": "text", "parameter_name": "order_number", "text": "2\\n"},
    ]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"template": "unknown"}, NotFoundError),
        ({"language": "hu"}, NotFoundError),
        ({"number_id": 999_999}, NotFoundError),
        ({"send_at": datetime(2026, 11, 22)}, ValidationError),
        ({"idempotency_key": ""}, ValidationError),
    ],
)
def test_what_is_wrong_for_all_is_raised_and_nothing_is_written(change, error):
    asked = {"template": "order_shipped", "language": "ro", "recipients": [to("+40712000001")]}

    with pytest.raises(error):
        send_many(**{**asked, **change})

    assert nothing_was_written()


def test_paused_template_is_sent_to_nobody():
    TemplateFactory(name="paused", status="PAUSED")

    with pytest.raises(TemplateNotApprovedError):
        send_many(template="paused", language="ro", recipients=[to("+40712000001")])

    assert nothing_was_written()


def test_switched_off_module_takes_nothing(settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "ENABLED": False}

    with pytest.raises(MessageNotDeliverableError):
        send(to("+40712000001"))

    assert nothing_was_written()


def test_nobody_is_no_error_and_wakes_no_sender(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        result = send()

    assert (len(result.message_ids), list(result.refused), callbacks) == (0, [], [])


def test_many_are_one_wake_up_and_as_many_statements_as_few(django_capture_on_commit_callbacks):
    def count(first: int, people: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            send(*(to(f"+4071200{n:04d}") for n in range(first, first + people)))
        return len(queries)

    with django_capture_on_commit_callbacks() as callbacks:
        few = count(1, 1)
        many = count(100, 300)

    assert few == many
    assert len(callbacks) == 2  # of two calls


def test_two_bulks_fit_in_one_transaction_and_a_failed_one_leaves_nothing():
    def broken():
        yield to("+40712000009")
        raise RuntimeError("the file ends here")

    with transaction.atomic():
        send(to("+40712000001"))
        with pytest.raises(RuntimeError), transaction.atomic():
            send_many(template="order_shipped", language="ro", recipients=broken())
        send(to("+40712000002"))

    assert Message.objects.count() == Contact.objects.count() == 2


def test_recipients_may_be_read_from_the_same_database():
    for n in range(5):
        CustomerFactory(phone=f"+4071200{n:04d}")
    customers = type(CustomerFactory.build()).objects.order_by("pk")

    result = send_many(
        template="order_shipped",
        language="ro",
        recipients=(
            to(customer.phone, customer_id=customer.pk)
            for customer in customers.iterator(chunk_size=2)
        ),
    )

    assert len(result.message_ids) == 5


def test_broadcast_waits_for_the_morning(settings, time_machine):
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "QUIET_HOURS": "21:00-08:00 Europe/Bucharest",
    }
    time_machine.move_to(NIGHT)
    morning = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)

    send(to("+40712000001"))

    message = Message.objects.get()
    assert (message.send_at, message.expires_at) == (morning, morning + timedelta(hours=24))
    assert OutboxItem.objects.get().next_attempt_at == morning


def test_scheduled_bulk_is_called_back_one_by_one():
    send_at = timezone.now() + timedelta(days=3)
    result = send(to("+40712000001"), to("+40712000002"), send_at=send_at)
    assert set(Message.objects.values_list("send_at", flat=True)) == {send_at}

    messages.cancel(message_id=result.message_ids[0])

    assert [row.message_id for row in OutboxItem.objects.all()] == [result.message_ids[1]]


def test_same_key_gives_the_same_result_and_sends_once():
    asked = [to("+40712000001"), to("12"), to("+40712000002")]
    first = send(*asked, idempotency_key="k-1")
    TemplateFactory._meta.model.objects.update(status="PAUSED")

    again = send(*asked, idempotency_key="k-1")

    assert list(again.message_ids) == list(first.message_ids)
    assert again.refused == first.refused
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    "other",
    [
        [to("+40712000001")],
        [to("+40712000002"), to("+40712000001")],
        [to("+40712000001"), to("+40712000002", order_id=7)],
        [to("+40712000001"), to("+40712000002", parameters={**PARAMETERS, "customer": "Ion"})],
    ],
)
def test_same_key_for_other_recipients_is_a_conflict(other):
    send(to("+40712000001"), to("+40712000002"), idempotency_key="k-1")

    with pytest.raises(IdempotencyConflictError):
        send(*other, idempotency_key="k-1")

    assert Message.objects.count() == 2
    assert IdempotencyKey.objects.count() == 1


def test_same_key_for_the_same_numbers_in_another_spelling_sends_once():
    first = send(to("+40712000001"), idempotency_key="k-1")
    again = send(to("0712 000 001"), idempotency_key="k-1")

    assert list(again.message_ids) == list(first.message_ids)
    assert Message.objects.count() == 1


def test_single_send_and_bulk_do_not_share_a_key():
    conversation = MessageFactory().conversation
    messages.send_text(text="Da.", conversation_id=conversation.pk, idempotency_key="k-1")

    with pytest.raises(IdempotencyConflictError):
        send(to("+40712000001"), idempotency_key="k-1")
