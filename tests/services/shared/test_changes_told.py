"""Each thing that a screen shows and that changes is in the log of changes, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from tests.factories import ConversationFactory, MessageFactory, OutboxItemFactory, UserFactory
from tests.services.arrivals import JPEG, expected
from tests.services.receiving.steps import DELIVERED, READ, SENT, said
from whatsapp.models import Change
from whatsapp.services import conversations, messages, receipts
from whatsapp.services.receiving import media

pytestmark = pytest.mark.django_db

CHANGED = "conversation_changed"


def logged() -> list[tuple[str, list[int]]]:
    return list(Change.objects.order_by("id").values_list("kind", "ids"))


@pytest.mark.parametrize(
    ("move", "kind"),
    [
        (lambda pk: conversations.assign(conversation_id=pk, user_id=None), CHANGED),
        (lambda pk: conversations.resolve(conversation_id=pk), "conversation_resolved"),
        (lambda pk: conversations.mark_read(conversation_id=pk), CHANGED),
        (lambda pk: conversations.set_tags(conversation_id=pk, tags=["vip"]), CHANGED),
        (lambda pk: conversations.set_priority(conversation_id=pk, priority="HIGH"), CHANGED),
        (
            lambda pk: conversations.add_note(conversation_id=pk, author_id=None, text="Sunat."),
            CHANGED,
        ),
    ],
)
def test_what_agents_do_with_a_conversation_is_logged(move, kind):
    agent = UserFactory(agent=True, role="user")
    row = ConversationFactory(status="ASSIGNED", assigned_to=agent, unread_count=1)

    move(row.pk)

    assert logged() == [(kind, [row.pk])]


def test_what_is_asked_for_and_was_so_already_is_not_logged():
    row = ConversationFactory(status="OPEN", unread_count=0)

    conversations.assign(conversation_id=row.pk, user_id=None)
    conversations.mark_read(conversation_id=row.pk)
    conversations.reopen(conversation_id=row.pk)

    assert logged() == []


def test_the_way_through_the_states_is_logged():
    agent = UserFactory(agent=True, role="user")
    row = ConversationFactory()

    conversations.assign(conversation_id=row.pk, user_id=agent.pk)
    conversations.resolve(conversation_id=row.pk)
    conversations.reopen(conversation_id=row.pk)
    conversations.resolve(conversation_id=row.pk)
    conversations.archive(conversation_id=row.pk)

    kinds = ["conversation_assigned", "conversation_resolved", CHANGED]
    assert [kind for kind, _ in logged()] == [*kinds, "conversation_resolved", CHANGED]


def test_those_archived_by_the_nightly_round_are_logged_together():
    long_ago = timezone.now() - timedelta(days=30)
    rows = [ConversationFactory(status="RESOLVED", resolved_at=long_ago) for _ in range(2)]

    conversations.archive_resolved(now=timezone.now())

    assert logged() == [(CHANGED, sorted(row.pk for row in rows))]


def test_what_we_send_is_logged_with_what_becomes_of_it():
    row = ConversationFactory(last_inbound_at=timezone.now())

    message = messages.send_text(text="Bună", conversation_id=row.pk)
    messages.cancel(message_id=message.pk)

    assert logged() == [("message_queued", [message.pk]), ("message_changed", [message.pk])]


def test_message_that_is_repeated_by_hand_is_logged():
    row = OutboxItemFactory(message__delivery_status="FAILED", state="FAILED")

    messages.retry(message_id=row.message_id)

    assert logged() == [("message_changed", [row.message_id])]


def test_statuses_of_a_batch_are_one_row_for_each_kind():
    rows = [MessageFactory(delivery_status="PENDING") for _ in range(3)]
    updates = [
        said(status, wamid=row.external_message_id, after=n)
        for row in rows
        for n, status in enumerate((SENT, DELIVERED, READ))
    ]

    with transaction.atomic():
        receipts.apply(updates=updates)

    ids = [row.pk for row in rows]
    assert logged() == [(f"message_{kind}", ids) for kind in ("delivered", "read")]


def test_file_that_came_is_logged(outside):
    row = expected(data=JPEG)
    outside.meta.files["9001"] = JPEG

    media.fetch_due(now=timezone.now())

    assert logged() == [("message_changed", [row.message_id])]


def test_change_that_is_rolled_back_leaves_no_row():
    row = ConversationFactory()

    with transaction.atomic():
        conversations.resolve(conversation_id=row.pk)
        transaction.set_rollback(True)

    assert logged() == []
