"""The failures that users of other packages met while receiving, each by what must not happen.

Over HTTP, through the door, into the rows, as Meta would see it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from tests import webhook_bodies as bodies
from tests.factories import BusinessNumberFactory, ConversationFactory, MessageFactory
from tests.services.receiving.steps import process
from tests.settings import TEST_APP_SECRET
from whatsapp.models import Contact, Conversation, Message, WebhookEvent
from whatsapp.services import webhook_events

pytestmark = pytest.mark.django_db
URL = "/api/v1/whatsapp/webhook"
ALBUM = 10


@pytest.fixture(autouse=True)
def number(outside):
    return BusinessNumberFactory()


def post(raw: bytes, *, signature: str | None = None):
    signature = bodies.sign(raw) if signature is None else signature
    headers = {"X-Hub-Signature-256": signature} if signature else {}
    return Client().post(URL, data=raw, content_type="application/json", headers=headers)


def tell(*values, field: str = "messages") -> None:
    """Have Meta post it, and everything due processed."""
    assert post(bodies.body(*values, field=field)).status_code == 200
    process()


RAW = bodies.body(bodies.messages(bodies.text("wamid.A")))
DIGEST = bodies.sign(RAW).removeprefix("sha256=")


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "sha256=",
        "sha256=" + "0" * 64,
        "sha256=" + hmac.new(b"", RAW, hashlib.sha256).hexdigest(),
        "sha1=" + hmac.new(TEST_APP_SECRET.encode(), RAW, hashlib.sha1).hexdigest(),
        bodies.sign(RAW + b" "),
    ],
    ids=["none", "empty", "guess", "no secret", "sha1", "of another body"],
)
def test_forged_webhook_is_not_accepted(signature):
    assert post(RAW, signature=signature).status_code == 401
    process()

    assert not WebhookEvent.objects.exists()
    assert not Message.objects.exists()


def test_signature_without_its_prefix_is_not_accepted():
    assert post(RAW, signature=DIGEST).status_code == 401
    assert not WebhookEvent.objects.exists()


def test_nothing_is_accepted_while_no_secret_is_configured(settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "APP_SECRETS": ()}

    assert post(RAW).status_code == 401
    assert not WebhookEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_album_of_a_new_person_is_not_split_over_several_chats():
    pictures = [
        bodies.body(bodies.messages({**bodies.image(f"wamid.{n}"), "timestamp": "1795000000"}))
        for n in range(ALBUM)
    ]
    together = Barrier(ALBUM)

    def arrive(raw: bytes) -> int:
        try:
            together.wait()
            status = post(raw).status_code
            process()
            return status
        finally:
            connection.close()

    with ThreadPoolExecutor(ALBUM) as threads:
        statuses = list(threads.map(arrive, pictures))
    process()

    assert statuses == [200] * ALBUM
    thread = Conversation.objects.get()
    assert Contact.objects.count() == 1
    assert (thread.message_count, thread.unread_count) == (ALBUM, ALBUM)
    shown = [list(Message.objects.thread(thread.pk).values_list("pk", flat=True)) for _ in "ab"]
    assert shown[0] == shown[1]
    assert len(shown[0]) == ALBUM


@pytest.mark.parametrize("order", list(permutations(("sent", "delivered", "read"))))
def test_statuses_do_not_go_backwards(order):
    message = MessageFactory(external_message_id="wamid.OUT")
    at = {"sent": 1, "delivered": 2, "read": 3}

    for word in order:
        tell(bodies.statuses(bodies.status(word, "wamid.OUT", at=at[word])))

    message.refresh_from_db()
    assert message.delivery_status == "READ"
    assert message.delivered_at is not None


def test_not_only_the_first_item_of_a_batch_is_read():
    message = MessageFactory(external_message_id="wamid.OUT")
    value = bodies.messages(bodies.text("wamid.A"), bodies.text("wamid.B", sender="40700000002"))
    first = {
        "id": bodies.WABA,
        "changes": [
            {"field": "messages", "value": value},
            {"field": "messages", "value": bodies.messages(bodies.text("wamid.C"))},
        ],
    }
    second = {
        "id": bodies.WABA,
        "changes": [
            {
                "field": "messages",
                "value": bodies.statuses(
                    bodies.status("sent", "wamid.X"), bodies.status("read", "wamid.OUT")
                ),
            }
        ],
    }

    assert post(bodies.envelope(first, second)).status_code == 200
    process()

    received = Message.objects.received().values_list("external_message_id", flat=True)
    assert set(received) == {"wamid.A", "wamid.B", "wamid.C"}
    message.refresh_from_db()
    assert message.delivery_status == "READ"


@pytest.mark.parametrize("nothing", [{}, {"from": ""}, {"from": None}])
def test_strangers_known_by_a_username_alone_are_not_put_into_one_chat(nothing):
    for n in (1, 2):
        message = {**bodies.text(f"wamid.{n}"), "from_user_id": f"RO.100{n}"}
        del message["from"]
        contact = {"profile": {"name": "", "username": f"user{n}"}, "user_id": f"RO.100{n}"}
        if nothing:
            contact["wa_id"] = nothing["from"]
        value = bodies.messages({**message, **nothing})
        tell({**value, "contacts": [contact]})

    assert Contact.objects.count() == 2
    assert Conversation.objects.count() == 2
    assert {thread.message_count for thread in Conversation.objects.all()} == {1}
    assert set(Contact.objects.values_list("bsuid", flat=True)) == {"RO.1001", "RO.1002"}


def test_large_post_is_not_refused():
    long = "ă" * 3800
    raw = bodies.body(bodies.messages(*(bodies.text(f"wamid.{n}", long) for n in range(118))))
    assert 2_600_000 < len(raw) < 3_000_000

    assert post(raw).status_code == 200

    assert WebhookEvent.objects.count() == 118


def test_distinct_events_of_one_account_are_not_taken_for_one():
    """``entry.id`` is the account: a key made of it would let one event through, ever."""
    for wamid in ("wamid.A", "wamid.B"):
        tell(bodies.messages(bodies.text(wamid)))
    for word in ("sent", "delivered"):
        tell(bodies.statuses(bodies.status(word, "wamid.OUT")))

    assert Message.objects.received().count() == 2
    assert WebhookEvent.objects.count() == 4


def test_error_is_not_swallowed_and_answered_200(number):
    """What cannot be processed is kept with its reason, tried again, and at last shown as dead."""
    faulty = {**bodies.text("wamid.A"), "from": ""}  # nobody wrote it
    tell(bodies.messages(faulty))

    event = WebhookEvent.objects.get()
    assert event.status == "pending"
    assert event.error.startswith("WebhookProcessingError: ")
    while event.status == "pending":
        process(now=event.next_attempt_at)
        event.refresh_from_db()
    assert (event.status, event.attempts) == ("failed", 8)
    assert not Message.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_answer_is_not_200_while_nothing_can_be_kept():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE whatsapp_webhook_events RENAME TO elsewhere")
    try:
        answer = Client(raise_request_exception=False).post(
            URL,
            data=RAW,
            content_type="application/json",
            headers={"X-Hub-Signature-256": bodies.sign(RAW)},
        )
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO whatsapp_webhook_events")

    assert answer.status_code >= 500
    assert post(RAW).status_code == 200
    process()
    assert Message.objects.received().count() == 1


def test_repeat_of_a_failed_event_is_not_lost_to_a_lock_already_taken():
    """There is no lock with a time limit: the row itself is there, still to be processed."""
    post(RAW)
    WebhookEvent.objects.update(status="failed", attempts=8, error="KeyError: x")

    post(RAW)
    event = WebhookEvent.objects.get()
    webhook_events.replay(event_ids=[event.pk])
    process()

    assert Message.objects.received().get().external_message_id == "wamid.A"
    event.refresh_from_db()
    assert (event.status, event.outcome) == ("processed", "applied")


def test_group_message_does_not_enter_a_private_thread():
    thread = ConversationFactory(contact__phone="+40700000001", contact__wa_id="40700000001")

    tell(bodies.messages({**bodies.text("wamid.A"), "group_id": "Y2FwaV9ncm91cA"}))

    assert not Message.objects.exists()
    thread.refresh_from_db()
    assert thread.message_count == 0
    event = WebhookEvent.objects.get()
    assert event.outcome == "unsupported"
    assert json.loads(event.payload)["value"]["messages"][0]["group_id"] == "Y2FwaV9ncm91cA"


def test_message_for_a_number_that_is_not_ours_does_not_enter_a_thread_of_ours():
    tell(bodies.messages(bodies.text("wamid.A"), number="555000000000009"))

    assert not Message.objects.exists()
    assert WebhookEvent.objects.get().outcome == "not ours"
