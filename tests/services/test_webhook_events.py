import threading
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.db import connection, transaction

from tests import webhook_bodies as bodies
from tests.factories import BusinessNumberFactory, MessageFactory, OutboxItemFactory
from whatsapp import signals
from whatsapp.models import Conversation, Message, OutboxItem, Template, WebhookEvent
from whatsapp.services import event_processing, webhook_events

pytestmark = pytest.mark.django_db

PAYLOADS = sorted((Path(__file__).parents[1] / "payloads").glob("*.json"))
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def number(outside):
    return BusinessNumberFactory()


def process(*, now: datetime | None = None) -> int:
    """Everything that is due, as the task does it; returns how many were taken up."""
    moment = now or datetime.now(tz=UTC)
    total = 0
    while taken := webhook_events.process_due(now=moment):
        total += taken
    return total


def outcomes() -> dict[str, tuple[str, str]]:
    rows = WebhookEvent.objects.values_list("idempotency_key", "status", "outcome")
    return {key: (status, outcome) for key, status, outcome in rows}


# Recording


def test_every_item_of_every_entry_is_a_row():
    first = {
        "id": "1",
        "changes": [
            {"field": "messages", "value": bodies.messages(bodies.text("A"), bodies.text("B"))}
        ],
    }
    second = {
        "id": "2",
        "changes": [
            {"field": "messages", "value": bodies.statuses(bodies.status("read", "C"))},
            {"field": "future", "value": {"x": 1}},
        ],
    }

    new = webhook_events.record(body=bodies.envelope(first, second))

    assert new == 4
    keys = set(WebhookEvent.objects.values_list("idempotency_key", flat=True))
    assert {"message:A", "message:B", "status:C:read"} < keys
    assert {event.phone_number_id for event in WebhookEvent.objects.all()} == {bodies.NUMBER, ""}


def test_repeated_items_are_rows_once_however_they_are_batched():
    together = bodies.body(bodies.messages(bodies.text("A"), bodies.text("B"), bodies.text("A")))
    alone = bodies.body(bodies.messages(bodies.text("B")))

    assert webhook_events.record(body=together) == 2
    assert webhook_events.record(body=together) == 0
    assert webhook_events.record(body=alone) == 0


def test_thousand_statuses_are_one_statement(django_assert_num_queries):
    raw = bodies.body(bodies.statuses(*(bodies.status("read", f"w{n}") for n in range(1000))))

    with django_assert_num_queries(3):  # savepoint, insert, release
        new = webhook_events.record(body=raw)

    assert new == 1000


def test_processor_is_woken_once_and_only_for_news(django_capture_on_commit_callbacks):
    raw = bodies.body(bodies.messages(bodies.text("A"), bodies.text("B")))

    with django_capture_on_commit_callbacks() as first:
        webhook_events.record(body=raw)
    with django_capture_on_commit_callbacks() as second:
        webhook_events.record(body=raw)

    assert len(first) == 1
    assert len(second) == 0


# Processing


def test_batch_with_several_entries_takes_effect(number):
    message = MessageFactory(external_message_id="wamid.OUT")
    first = {
        "id": "1",
        "changes": [{"field": "messages", "value": bodies.messages(bodies.text("wamid.A"))}],
    }
    second = {
        "id": "2",
        "changes": [
            {"field": "messages", "value": bodies.statuses(bodies.status("read", "wamid.OUT"))}
        ],
    }
    webhook_events.record(body=bodies.envelope(first, second))

    assert process() == 2

    message.refresh_from_db()
    assert message.delivery_status == "READ"
    assert Message.objects.received().get().external_message_id == "wamid.A"
    assert set(outcomes().values()) == {("processed", "applied")}
    assert all(event.processed_at for event in WebhookEvent.objects.all())


def test_same_body_ten_times_has_one_effect(number):
    raw = bodies.body(bodies.messages(bodies.text("wamid.A")))

    for _ in range(10):
        webhook_events.record(body=raw)
        process()

    conversation = Conversation.objects.get()
    assert conversation.unread_count == 1
    assert conversation.message_count == 1
    assert Message.objects.count() == 1


def test_messages_of_one_person_are_taken_in_metas_order(number):
    later = bodies.text("wamid.LATER", "Doi", at=5)
    sooner = bodies.text("wamid.SOONER", "Unu", at=1)
    webhook_events.record(body=bodies.body(bodies.messages(later)))
    webhook_events.record(body=bodies.body(bodies.messages(sooner)))

    process()

    ids = list(Message.objects.order_by("id").values_list("external_message_id", flat=True))
    assert ids == ["wamid.SOONER", "wamid.LATER"]
    assert Conversation.objects.get().last_message_preview == "Doi"


def test_unknown_field_is_kept_and_closed_with_words(number):
    webhook_events.record(body=bodies.body({"x": 1}, field="future_field"))

    process()

    event = WebhookEvent.objects.get()
    assert (event.status, event.outcome) == ("processed", "unsupported")
    assert "future_field" in event.error
    assert event.value("value.x") == 1


@pytest.mark.parametrize("raw", [b"no json", b"\xff\x00", b"[1, 2]"])
def test_unreadable_body_is_closed_as_unsupported(number, raw):
    webhook_events.record(body=raw)

    process()

    assert list(outcomes().values()) == [("processed", "unsupported")]


def test_nul_and_lone_surrogates_do_no_harm(number):
    raw = bodies.body(bodies.messages(bodies.text("wamid.A", "a\x00b\ud800c")))
    webhook_events.record(body=raw)

    process()

    message = Message.objects.get()
    assert message.message_text == "a\ufffdb\ufffdc"
    assert message.content["text"]["body"] == "a\ufffdb\ufffdc"
    assert WebhookEvent.objects.get().value("value.messages.0.text.body") == "a\x00b\ud800c"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("message_template_status_update", {"event": "APPROVED"}),
        ("user_preferences", {"user_preferences": [{"category": "marketing_messages"}]}),
        ("account_update", {"event": "ACCOUNT_VIOLATION"}),
    ],
)
def test_incomplete_item_ends_in_a_verdict(number, field, value):
    webhook_events.record(body=bodies.body(value, field=field))

    process()

    event = WebhookEvent.objects.get()
    assert event.outcome in ("unsupported", "not ours") or event.attempts == 1
    assert event.error or event.outcome


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_everything_meta_posts_ends_in_an_outcome(number, path):
    webhook_events.record(body=path.read_bytes())

    process(now=datetime.now(tz=UTC) + timedelta(minutes=10))  # no status waits any more

    rows = WebhookEvent.objects.values_list("status", "outcome", "error")
    assert all(status == "processed" and outcome for status, outcome, _ in rows), rows


# What fails


POISON = {"id": "wamid.POISON", "type": "text", "text": {"body": "Cine sunt?"}}


def test_poisoned_item_never_holds_up_the_rest(number):
    good = [bodies.text(f"wamid.{n}", at=n) for n in range(5)]
    webhook_events.record(body=bodies.body(bodies.messages(*good[:2], POISON, *good[2:])))

    process()

    assert Message.objects.count() == 5
    poisoned = WebhookEvent.objects.get(idempotency_key="message:wamid.POISON")
    assert (poisoned.status, poisoned.attempts) == ("pending", 1)
    assert "WebhookProcessingError" in poisoned.error


def test_item_that_the_database_refuses_fails_alone(number):
    long_name = bodies.text("wamid.LONG", sender="4" * 100)
    # beyond what a unique index takes, and not to be compressed
    huge = bodies.text("".join(sha256(str(n).encode()).hexdigest() for n in range(200)))
    good = bodies.text("wamid.GOOD")
    webhook_events.record(body=bodies.body(bodies.messages(long_name, huge, good)))

    process()

    assert list(Message.objects.values_list("external_message_id", flat=True)) == ["wamid.GOOD"]
    assert WebhookEvent.objects.pending().count() == 2


def test_poisoned_status_is_found_among_many(number):
    for n in range(9):
        MessageFactory(external_message_id=f"wamid.{n}")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "ALTER TABLE whatsapp_messages ADD CONSTRAINT poison"
            " CHECK (external_message_id <> 'wamid.4' OR delivery_status = 'SENT')"
        )
    raw = bodies.body(bodies.statuses(*(bodies.status("read", f"wamid.{n}") for n in range(9))))
    webhook_events.record(body=raw)

    process()

    states = {m.external_message_id: m.delivery_status for m in Message.objects.sent()}
    assert states.pop("wamid.4") == "SENT"
    assert set(states.values()) == {"READ"}
    poisoned = WebhookEvent.objects.get(idempotency_key="status:wamid.4:read")
    assert (poisoned.status, poisoned.attempts) == ("pending", 1)
    assert "poison" in poisoned.error
    assert "wamid.4" not in poisoned.error


def test_failing_item_waits_longer_each_time_then_is_dead(number, settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "WEBHOOK_MAX_ATTEMPTS": 3}
    webhook_events.record(body=bodies.body(bodies.messages(POISON)))
    now = datetime.now(tz=UTC)
    waits = []

    for _ in range(3):
        process(now=now)
        event = WebhookEvent.objects.get()
        waits.append(event.next_attempt_at - now)
        now = max(now, event.next_attempt_at)

    assert waits[:2] == [timedelta(seconds=5), timedelta(seconds=15)]
    assert (event.status, event.attempts, event.outcome) == ("failed", 3, "")
    assert "Nobody is named" in event.error
    assert process(now=now + timedelta(days=1)) == 0


def test_dead_item_is_replayed_after_the_trouble_is_mended():
    webhook_events.record(body=bodies.body(bodies.messages(bodies.text("wamid.A"))))
    process()
    assert outcomes() == {"message:wamid.A": ("processed", "not ours")}
    BusinessNumberFactory()

    replayed = webhook_events.replay(event_ids=WebhookEvent.objects.values_list("pk", flat=True))

    assert replayed == 1
    assert process() == 1
    assert outcomes() == {"message:wamid.A": ("processed", "applied")}


def test_replay_of_what_took_effect_changes_nothing(number):
    webhook_events.record(body=bodies.body(bodies.messages(bodies.text("wamid.A"))))
    process()

    webhook_events.replay(event_ids=[WebhookEvent.objects.get().pk])
    process()

    assert outcomes() == {"message:wamid.A": ("processed", "stale")}
    assert Conversation.objects.get().unread_count == 1


def test_replay_leaves_pending_events_alone():
    webhook_events.record(body=bodies.body(bodies.messages(bodies.text("wamid.A"))))

    assert webhook_events.replay(event_ids=[WebhookEvent.objects.get().pk]) == 0


# Statuses that come before their message


def test_status_waits_for_its_message_then_moves_it(number):
    webhook_events.record(body=bodies.body(bodies.statuses(bodies.status("read", "wamid.SOON"))))
    now = datetime.now(tz=UTC)
    process(now=now)
    assert outcomes() == {"status:wamid.SOON:read": ("pending", "")}
    message = MessageFactory(external_message_id="wamid.SOON")

    process(now=now + timedelta(seconds=1))

    message.refresh_from_db()
    assert message.delivery_status == "READ"
    assert outcomes() == {"status:wamid.SOON:read": ("processed", "applied")}


def test_status_that_fits_no_message_is_closed_after_the_wait(number, settings):
    webhook_events.record(body=bodies.body(bodies.statuses(bodies.status("read", "wamid.THEIRS"))))
    event = WebhookEvent.objects.get()
    now, tries = event.received_at, 0

    while event.status == "pending":
        process(now=now)
        event.refresh_from_db()
        tries += 1
        now = max(now, event.next_attempt_at)

    assert event.outcome == "not ours"
    assert event.processed_at == event.received_at + timedelta(minutes=10)
    assert tries == 11


# Several processors, kills


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


class Killed(BaseException):
    """What a kill looks like from inside: nothing catches it."""


@transaction.atomic
def process_and_die() -> None:
    process()
    assert Message.objects.received().exists()
    raise Killed


@pytest.mark.django_db(transaction=True)
def test_kill_between_effect_and_mark_leaves_the_event_and_no_effect(number):
    message = OutboxItemFactory().message
    callback = f"{message.uuid}:1"
    webhook_events.record(
        body=bodies.body(
            bodies.messages(bodies.text("wamid.A")),
            bodies.statuses(bodies.status("read", "wamid.OUT", callback=callback)),
        )
    )

    with pytest.raises(Killed):
        process_and_die()

    message.refresh_from_db()
    assert message.delivery_status == "PENDING"
    assert OutboxItem.objects.filter(message=message).exists()
    assert not Message.objects.received().exists()
    assert not Conversation.objects.filter(unread_count__gt=0).exists()
    assert set(outcomes().values()) == {("pending", "")}

    process()

    assert set(outcomes().values()) == {("processed", "applied")}
    assert Message.objects.received().count() == 1


@pytest.mark.django_db(transaction=True)
def test_kill_in_the_middle_of_an_item_leaves_everything_pending(number):
    def die(**_):
        raise Killed

    webhook_events.record(body=bodies.body(bodies.messages(bodies.text("wamid.A"))))
    signals.message_received.connect(die)
    try:
        with pytest.raises(Killed):
            process()
    finally:
        signals.message_received.disconnect(die)

    assert outcomes() == {"message:wamid.A": ("pending", "")}
    assert WebhookEvent.objects.get().attempts == 0
    assert Message.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_lost_connection_counts_against_no_item(number):
    def hang_up(**_):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    webhook_events.record(body=bodies.body(bodies.messages(bodies.text("wamid.A"))))
    signals.message_received.connect(hang_up)
    try:
        with pytest.raises(Exception, match=r"terminat|closed|connection"):
            process()
    finally:
        signals.message_received.disconnect(hang_up)
        connection.close()

    assert outcomes() == {"message:wamid.A": ("pending", "")}
    assert WebhookEvent.objects.get().attempts == 0
    process()
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_deadlock_repeats_the_batch(number):
    """The processor has the template and wants the message, somebody else the other way round."""
    message = MessageFactory(external_message_id="wamid.OUT")
    template = Template.objects.create(waba_id="1", name="x", language="ro", components=[])
    has_message = threading.Event()
    victim: list[BaseException] = []

    def rival() -> None:
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL deadlock_timeout = '60s'")  # the other one finds out
                Message.objects.select_for_update().get(pk=message.pk)
                has_message.set()
                Template.objects.select_for_update().get(pk=template.pk)
        except BaseException as error:
            victim.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=rival)

    def take_the_template(**_):
        Template.objects.select_for_update().get(pk=template.pk)
        if not thread.ident:
            thread.start()
            has_message.wait()

    webhook_events.record(
        body=bodies.body(
            bodies.messages(bodies.text("wamid.A")),
            bodies.statuses(bodies.status("read", "wamid.OUT")),
        )
    )
    signals.message_received.connect(take_the_template)
    try:
        assert process() == 2
    finally:
        signals.message_received.disconnect(take_the_template)
        thread.join()

    assert victim == []
    message.refresh_from_db()
    assert message.delivery_status == "READ"
    assert Message.objects.received().count() == 1
    assert set(WebhookEvent.objects.values_list("attempts", flat=True)) == {1}


# Purging


def test_purge_deletes_what_was_processed_long_ago_only(number):
    for wamid in ("wamid.OLD", "wamid.NEW", "wamid.DEAD", "wamid.PENDING"):
        webhook_events.record(body=bodies.body(bodies.messages(bodies.text(wamid))))
    events = {event.idempotency_key: event for event in WebhookEvent.objects.all()}
    long_ago = NOW - timedelta(days=31)
    for wamid, status, at in (
        ("wamid.OLD", "processed", long_ago),
        ("wamid.NEW", "processed", NOW),
        ("wamid.DEAD", "failed", None),
    ):
        row = WebhookEvent.objects.filter(pk=events[f"message:{wamid}"].pk)
        row.update(status=status, processed_at=at)
    WebhookEvent.objects.update(received_at=long_ago)

    deleted = webhook_events.purge(now=NOW)

    assert deleted == 1
    assert set(outcomes()) == {"message:wamid.NEW", "message:wamid.DEAD", "message:wamid.PENDING"}


def test_deadlocks_are_told_from_other_trouble():
    assert event_processing.is_deadlock(ValueError()) is False
