import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.factories import ContactFactory, MessageFactory, OutboxItemFactory
from whatsapp import signals
from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.updates import StatusUpdate
from whatsapp.models import Contact, Message, MessageAttempt, OutboxItem
from whatsapp.models.webhook_event import EventOutcome
from whatsapp.services import messages, receipts

pytestmark = pytest.mark.django_db

T0 = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
APPLIED, STALE = EventOutcome.APPLIED, EventOutcome.STALE
SENT, DELIVERED, READ, FAILED = (
    MessageStatus.SENT,
    MessageStatus.DELIVERED,
    MessageStatus.READ,
    MessageStatus.FAILED,
)


def said(
    status: MessageStatus | None,
    *,
    wamid: str = "wamid.W",
    after: int = 0,
    message: Message | None = None,
    attempt: int = 1,
    **fields,
) -> StatusUpdate:
    """A status Meta told ``after`` seconds; with ``message`` it carries our callback data."""
    return StatusUpdate(
        wamid=wamid,
        phone_number_id="555000000000001",
        status=status,
        raw_status=status.lower() if status else "pinned",
        happened_at=T0 + timedelta(seconds=after),
        callback_data=f"{message.uuid}:{attempt}" if message else "",
        **fields,
    )


def undeliverable(**fields) -> StatusUpdate:
    return said(FAILED, error_code=131026, error_text="Message undeliverable", **fields)


def apply(*updates: StatusUpdate) -> list[EventOutcome | None]:
    return receipts.apply(updates=updates)


def departed(status: str, **fields) -> Message:
    """A message in a sender's hands, or in doubt: no wamid yet, an outbox row."""
    message = MessageFactory(
        delivery_status=status, external_message_id=None, sent_at=None, **fields
    )
    state = {"SENDING": "CLAIMED"}.get(status, status)
    OutboxItemFactory(message=message, state=state)
    return message


def state_of(message: Message) -> tuple[object, ...]:
    message = Message.objects.get(pk=message.pk)
    outbox = OutboxItem.objects.filter(message=message).values_list("state", "reason")
    return (
        *(
            message.delivery_status,
            message.external_message_id,
            message.sent_at,
            message.delivered_at,
            message.read_at,
            message.failed_at,
            message.error_code,
            message.error_text,
            message.pricing_category,
        ),
        *outbox,
    )


# Forward only


def test_statuses_move_a_message_forward_and_keep_metas_times():
    message = MessageFactory(external_message_id="wamid.W", sent_at=T0 + timedelta(seconds=1))

    told = apply(said(SENT), said(DELIVERED, after=2), said(READ, after=3))

    message.refresh_from_db()
    assert told == [APPLIED, APPLIED, APPLIED]
    assert message.delivery_status == "READ"
    assert message.sent_at == T0
    assert message.delivered_at == T0 + timedelta(seconds=2)
    assert message.read_at == T0 + timedelta(seconds=3)


def test_late_delivered_status_keeps_read():
    message = MessageFactory(external_message_id="wamid.W")
    apply(said(READ, after=3))

    told = apply(said(DELIVERED, after=2))

    message.refresh_from_db()
    assert told == [APPLIED]  # the time is news
    assert message.delivery_status == "READ"
    assert message.delivered_at == T0 + timedelta(seconds=2)


def test_repeated_status_is_stale():
    MessageFactory(external_message_id="wamid.W", sent_at=T0)
    update = said(DELIVERED, after=2)

    assert apply(update, update) == [APPLIED, STALE]
    assert apply(update) == [STALE]


def test_failure_after_sent_is_final_and_listed_as_trouble():
    message = MessageFactory(external_message_id="wamid.W")

    apply(undeliverable(after=5))

    message.refresh_from_db()
    assert message.delivery_status == "FAILED"
    assert message.failed_at == T0 + timedelta(seconds=5)
    assert (message.error_code, message.error_text) == (131026, "Message undeliverable")
    item = OutboxItem.objects.get()
    assert (item.message, item.state, item.reason) == (message, "FAILED", "Message undeliverable")


def test_error_is_kept_beside_delivered():
    message = MessageFactory(external_message_id="wamid.W")

    apply(undeliverable(after=5))
    apply(said(DELIVERED, after=6))

    message.refresh_from_db()
    assert message.delivery_status == "DELIVERED"
    assert message.error_code == 131026
    assert not OutboxItem.objects.exists()


def test_dismissed_trouble_does_not_come_back_with_another_code():
    MessageFactory(external_message_id="wamid.W")
    apply(undeliverable(after=5))
    OutboxItem.objects.all().delete()

    apply(said(FAILED, after=6, error_code=131000, error_text="Something went wrong"))

    assert not OutboxItem.objects.exists()


def test_pricing_is_kept():
    message = MessageFactory(external_message_id="wamid.W")

    apply(said(DELIVERED, pricing_category="utility", pricing_type="regular"))

    message.refresh_from_db()
    assert (message.pricing_category, message.pricing_type) == ("utility", "regular")


@pytest.mark.parametrize("status", ["SENDING", "UNCONFIRMED", "PENDING"])
@pytest.mark.parametrize("order", list(itertools.permutations((SENT, DELIVERED, READ, FAILED))))
def test_every_order_ends_in_the_same_state(status, order):
    message = departed(status, attempts=0 if status == "PENDING" else 1)
    at = {SENT: 0, DELIVERED: 2, READ: 3, FAILED: 1}

    for word in order:
        error = {"error_code": 131026, "error_text": "No"} if word is FAILED else {}
        apply(said(word, after=at[word], message=message, pricing_category="utility", **error))

    assert state_of(message) == (
        "READ",
        "wamid.W",
        T0,
        T0 + timedelta(seconds=2),
        T0 + timedelta(seconds=3),
        T0 + timedelta(seconds=1),
        131026,
        "No",
        "utility",
    )


@pytest.mark.parametrize("order", list(itertools.permutations((SENT, FAILED, FAILED))))
def test_every_order_of_a_failure_ends_in_the_same_trouble(order):
    message = departed("UNCONFIRMED")
    codes = iter((131026, 131000))

    for word in order:
        code = next(codes) if word is FAILED else None
        apply(said(word, after=1, message=message, error_code=code, error_text=str(code or "")))

    state = state_of(message)
    assert state[0] == "FAILED"
    assert state[6] == 131000
    assert state[-1][0] == "FAILED"


WORDS = st.sampled_from((SENT, DELIVERED, READ, FAILED))
HISTORY = st.lists(st.tuples(WORDS, st.integers(0, 5)), min_size=1, max_size=6)


class AnyOrder(TestCase):
    @given(history=HISTORY, data=st.data(), status=st.sampled_from(("SENDING", "UNCONFIRMED")))
    @settings(max_examples=60, deadline=None)
    def test_any_order_repetition_and_batching_ends_in_the_same_state(self, history, data, status):
        ends = set()
        for _ in range(2):
            message = departed(status)
            wamid = f"wamid.{message.pk}"
            updates = [
                said(
                    word,
                    after=after,
                    wamid=wamid,
                    message=message,
                    error_code=131000 + after if word is FAILED else None,
                )
                for word, after in history
            ]
            repeated = updates + data.draw(st.lists(st.sampled_from(updates), max_size=3))
            shuffled = data.draw(st.permutations(repeated))
            while shuffled:
                size = data.draw(st.integers(1, len(shuffled)))
                batch, shuffled = shuffled[:size], shuffled[size:]
                apply(*batch)
            state = state_of(message)
            ends.add((state[0], *state[2:8], *(row[0] for row in state[9:])))
        assert len(ends) == 1


# Which message it is


def test_status_finds_its_message_by_our_uuid_before_the_wamid_is_known():
    message = departed("SENDING")

    assert apply(said(SENT, message=message)) == [APPLIED]

    message.refresh_from_db()
    assert (message.delivery_status, message.external_message_id) == ("SENT", "wamid.W")
    assert not OutboxItem.objects.exists()


def test_status_that_fits_no_message_yet_is_left_to_wait():
    other = MessageFactory()

    assert apply(said(READ)) == [None]
    assert apply(said(READ, message=Message(uuid="0" * 8 + "-0000-0000-0000-" + "0" * 12))) == [
        None
    ]

    other.refresh_from_db()
    assert other.delivery_status == "SENT"


@pytest.mark.parametrize("callback", ["order:17", "0:1", "x" * 512, "\ufffd"])
def test_callback_data_of_others_is_no_uuid(callback):
    message = MessageFactory(external_message_id="wamid.W")
    update = StatusUpdate(
        wamid="wamid.W",
        phone_number_id="",
        status=READ,
        raw_status="read",
        happened_at=T0,
        callback_data=callback,
    )

    assert apply(update) == [APPLIED]

    message.refresh_from_db()
    assert message.delivery_status == "READ"


def test_received_message_is_not_moved_by_a_status():
    message = MessageFactory(received=True, external_message_id="wamid.W")

    assert apply(said(READ)) == [None]

    message.refresh_from_db()
    assert (message.delivery_status, message.read_at) == (None, None)


def test_unknown_word_is_unsupported_and_changes_nothing():
    message = MessageFactory(external_message_id="wamid.W")

    assert apply(said(None)) == [EventOutcome.UNSUPPORTED]

    message.refresh_from_db()
    assert message.delivery_status == "SENT"


def test_batch_of_many_messages_takes_a_handful_of_statements(django_assert_max_num_queries):
    for n in range(50):
        MessageFactory(external_message_id=f"wamid.{n}")
    Contact.objects.update(has_whatsapp=True)
    words = (SENT, DELIVERED, READ)
    updates = [said(word, wamid=f"wamid.{n}", after=1) for n in range(50) for word in words]

    with django_assert_max_num_queries(8):
        apply(*updates)

    assert set(Message.objects.values_list("delivery_status", flat=True)) == {"READ"}


# What we decided ourselves, and doubled sends


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED"])
@pytest.mark.parametrize("word", [SENT, DELIVERED, READ])
def test_our_own_verdict_yields_to_any_status_of_meta(status, word):
    message = MessageFactory(
        delivery_status=status,
        external_message_id=None,
        failed_at=T0 + timedelta(hours=1),
        error_text="expired",
    )
    OutboxItemFactory(message=message, state="FAILED", reason="expired")

    apply(said(word, message=message))

    message.refresh_from_db()
    assert message.delivery_status == word
    assert message.external_message_id == "wamid.W"
    assert not OutboxItem.objects.exists()
    if status == "FAILED":
        assert (message.failed_at, message.error_text) == (None, "")


def test_metas_failure_takes_the_place_of_our_own():
    message = MessageFactory(
        delivery_status="FAILED", external_message_id=None, failed_at=T0, error_text="expired"
    )
    OutboxItemFactory(message=message, state="FAILED", reason="expired")

    apply(undeliverable(after=60, message=message))

    message.refresh_from_db()
    assert message.failed_at == T0 + timedelta(seconds=60)
    assert message.error_text == "Message undeliverable"
    assert OutboxItem.objects.get().reason == "Message undeliverable"


@pytest.mark.parametrize("state", ["UNCONFIRMED", "HELD", "PENDING", "CLAIMED", "FAILED"])
def test_accepted_message_leaves_the_outbox_whatever_it_waited_for(state):
    message = departed("UNCONFIRMED")
    OutboxItem.objects.update(state=state)

    apply(said(SENT, message=message))

    assert not OutboxItem.objects.exists()


def test_read_receipt_of_another_message_stays_in_the_outbox():
    message = departed("UNCONFIRMED")
    receipt = OutboxItemFactory(message=message, kind="READ_RECEIPT")

    apply(said(SENT, message=message))

    assert list(OutboxItem.objects.all()) == [receipt]


def test_metas_failure_of_an_unconfirmed_message_shows_in_its_outbox_row():
    message = departed("UNCONFIRMED")
    row = OutboxItem.objects.get()

    apply(undeliverable(message=message))

    row.refresh_from_db()
    assert (row.state, row.reason) == ("FAILED", "Message undeliverable")


def test_second_wamid_of_a_doubled_send_is_noted_and_still_advances():
    message = MessageFactory(external_message_id="wamid.FIRST", attempts=2)

    told = apply(said(DELIVERED, wamid="wamid.SECOND", message=message, attempt=1))

    message.refresh_from_db()
    assert told == [APPLIED]
    assert (message.delivery_status, message.external_message_id) == ("DELIVERED", "wamid.FIRST")
    attempt = MessageAttempt.objects.get()
    assert (attempt.message, attempt.attempt, attempt.wamid) == (message, 1, "wamid.SECOND")


def test_status_of_the_second_wamid_finds_the_message_without_our_uuid():
    message = MessageFactory(external_message_id="wamid.FIRST", attempts=2)
    apply(said(DELIVERED, wamid="wamid.SECOND", message=message, attempt=1))

    assert apply(said(READ, wamid="wamid.SECOND")) == [APPLIED]

    message.refresh_from_db()
    assert message.delivery_status == "READ"


def test_note_of_the_sender_on_the_attempt_is_kept():
    message = MessageFactory(external_message_id="wamid.FIRST", attempts=2)
    MessageAttempt.objects.create(
        message=message, attempt=1, outcome="UNCONFIRMED", error_text="read timeout"
    )

    apply(said(SENT, wamid="wamid.SECOND", message=message, attempt=1))

    attempt = MessageAttempt.objects.get()
    assert attempt.outcome == "UNCONFIRMED"
    assert (attempt.error_text, attempt.wamid) == ("read timeout", "wamid.SECOND")


def test_wamid_of_another_row_is_not_adopted():
    other = MessageFactory(external_message_id="wamid.W")
    message = departed("UNCONFIRMED")

    apply(said(SENT, message=message))

    message.refresh_from_db()
    other.refresh_from_db()
    assert (message.delivery_status, message.external_message_id) == ("SENT", None)
    assert other.external_message_id == "wamid.W"


# Attempts that were given up


def test_late_failure_of_an_earlier_attempt_does_not_stop_the_next_one():
    message = departed("SENDING", attempts=2)

    assert apply(undeliverable(message=message, attempt=1)) == [STALE]

    message.refresh_from_db()
    assert (message.delivery_status, message.external_message_id) == ("SENDING", None)
    assert OutboxItem.objects.get().state == "CLAIMED"
    assert MessageAttempt.objects.get().wamid == "wamid.W"


def test_late_news_of_a_failed_attempt_does_not_undo_its_retry_by_hand():
    message = MessageFactory(external_message_id="wamid.W")
    apply(undeliverable(message=message))
    messages.retry(message_id=message.pk)

    told = apply(
        said(SENT, message=message),
        said(FAILED, after=9, message=message, error_code=131000, error_text="Again"),
    )

    message.refresh_from_db()
    assert told == [STALE, STALE]
    assert (message.delivery_status, message.error_text) == ("PENDING", "")
    assert OutboxItem.objects.get().state == "PENDING"


def test_failed_attempt_that_arrived_after_all_ends_the_retry():
    message = MessageFactory(external_message_id="wamid.W")
    apply(undeliverable(message=message))
    messages.retry(message_id=message.pk)

    apply(said(DELIVERED, after=9))

    message.refresh_from_db()
    assert message.delivery_status == "DELIVERED"
    assert not OutboxItem.objects.exists()


# People


def test_delivery_proves_whatsapp_and_outweighs_131026_in_any_order():
    contacts = [ContactFactory(), ContactFactory()]
    for n, contact in enumerate(contacts):
        for kind in ("GOOD", "BAD"):
            MessageFactory(
                conversation__contact=contact,
                conversation__status="ARCHIVED",
                external_message_id=f"wamid.{kind}{n}",
            )

    apply(undeliverable(wamid="wamid.BAD0"))
    assert Contact.objects.get(pk=contacts[0].pk).has_whatsapp is False
    apply(said(DELIVERED, wamid="wamid.GOOD0"))
    apply(said(DELIVERED, wamid="wamid.GOOD1"))
    apply(undeliverable(wamid="wamid.BAD1"))

    assert {contact.has_whatsapp for contact in Contact.objects.all()} == {True}


def test_131050_writes_the_opt_out():
    message = MessageFactory(external_message_id="wamid.W")

    apply(said(FAILED, after=7, error_code=131050, error_text="User opted out"))

    contact = Contact.objects.get(pk=message.contact_id)
    assert contact.marketing_consent is False
    assert contact.consent_changed_at == T0 + timedelta(seconds=7)
    assert contact.consent_source == "Meta 131050"


# Signals


@pytest.fixture
def heard():
    """What listeners were told: (signal's name, ids)."""
    told = []
    receivers = []
    for name in ("message_sent", "message_delivered", "message_read", "message_failed"):

        def listen(message_ids, name=name, **_):
            told.append((name, message_ids))

        receivers.append((getattr(signals, name), listen))
        getattr(signals, name).connect(listen)
    yield told
    for signal, listen in receivers:
        signal.disconnect(listen)


def test_each_thing_is_announced_once_per_batch_with_a_list(heard):
    first, second = departed("SENDING"), departed("SENDING")

    apply(
        said(SENT, message=first, wamid="wamid.1"),
        said(READ, message=first, wamid="wamid.1"),
        said(SENT, message=second, wamid="wamid.2"),
        said(DELIVERED, message=second, wamid="wamid.2"),
    )

    ids = [first.pk, second.pk]
    assert heard == [
        ("message_sent", ids),
        ("message_delivered", ids),
        ("message_read", [first.pk]),
    ]


def test_nothing_is_announced_twice(heard):
    MessageFactory(external_message_id="wamid.W")

    for word in (SENT, READ, DELIVERED, READ):
        apply(said(word, after=1))

    assert [name for name, _ in heard] == ["message_delivered", "message_read"]


def test_failure_is_announced(heard):
    message = MessageFactory(external_message_id="wamid.W")

    apply(undeliverable())

    assert heard == [("message_failed", [message.pk])]
