"""Whatever is about another message finds it, in any order of arrival."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from tests import webhook_bodies as bodies
from tests.factories import BusinessNumberFactory, ConversationFactory, MessageFactory
from tests.services.receiving.steps import process
from whatsapp.domain.amendments import UNTOUCHED, Amended
from whatsapp.models import Conversation, Message, WebhookEvent
from whatsapp.services import webhook_events
from whatsapp.services.dialogue import amendments, conversation_search

pytestmark = pytest.mark.django_db
T0 = datetime.fromtimestamp(bodies.SECOND, UTC)
SENDER = "40700000001"


@pytest.fixture(autouse=True)
def number(outside):
    return BusinessNumberFactory()


def item(wamid: str, kind: str, part: dict, *, at: int, **more) -> dict:
    head = {"from": SENDER, "id": wamid, "timestamp": str(bodies.SECOND + at), "type": kind}
    return {**head, kind: part, **more}


def edit(wamid: str, text: str, *, at: int, of: str = "wamid.A") -> dict:
    message = {"type": "text", "text": {"body": text}}
    return item(wamid, "edit", {"original_message_id": of, "message": message}, at=at)


def revoke(wamid: str, *, at: int, of: str = "wamid.A") -> dict:
    return item(wamid, "revoke", {"original_message_id": of}, at=at)


def react(wamid: str, emoji: str, *, at: int, of: str = "wamid.A") -> dict:
    return item(wamid, "reaction", {"message_id": of, "emoji": emoji}, at=at)


def became(row: Message) -> Amended:
    """What a thread and the API show of it."""
    return amendments.of([row]).get(row.pk, UNTOUCHED)


def arrive(*items: dict) -> None:
    """Each in a POST of its own, processed before the next comes."""
    for one in items:
        webhook_events.record(body=bodies.body(bodies.messages(one)))
        process()


def message(wamid: str = "wamid.A") -> Message:
    return Message.objects.get(external_message_id=wamid)


STORY = (
    bodies.text("wamid.A", "Vreau 5 bucăți", at=0),
    edit("wamid.E1", "Vreau 50 bucăți", at=3),
    edit("wamid.E2", "Vreau 15 bucăți", at=5),
    react("wamid.R1", "👍", at=7),
    react("wamid.R2", "❤️", at=9),
)


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (1, 0, 2, 4, 3)])
def test_any_order_of_arrival_ends_the_same(order):
    arrive(*(STORY[place] for place in order))

    found = became(message())
    rows = Message.objects.exclude(external_message_id="wamid.A")
    conversation = Conversation.objects.get()
    assert found.text(message().message_text) == "Vreau 15 bucăți"
    assert [reaction.emoji for reaction in found.reactions] == ["❤️"]
    assert set(rows.values_list("reply_to", "waits_for")) == {(message().pk, None)}
    assert conversation.last_message_preview == "❤️"
    assert (conversation.unread_count, conversation.message_count) == (3, 5)
    assert conversation.waiting_since == T0


def test_every_order_of_edit_deletion_and_original_ends_the_same():
    story = (STORY[0], STORY[1], revoke("wamid.X", at=8))
    ends = []

    for order in itertools.permutations(story):
        Message.objects.all().delete()
        Conversation.objects.all().delete()
        WebhookEvent.objects.all().delete()
        arrive(*order)
        original = message()
        rows = Message.objects.exclude(pk=original.pk)
        assert {row.reply_to_id for row in rows} == {original.pk}
        found = became(original)
        ends.append((found, Conversation.objects.get().unread_count))

    assert len(ends) == 6
    assert all(end == ends[0] for end in ends)
    assert ends[0][0].revoked_at == T0 + timedelta(seconds=8)


def test_reaction_before_our_own_record_of_the_wamid_is_shown_once_it_is_there():
    conversation = ConversationFactory()
    ours = MessageFactory(conversation=conversation, external_message_id=None)
    reaction = MessageFactory(
        conversation=conversation,
        received=True,
        message_type="REACTION",
        message_text="👍",
        waits_for="wamid.LATE",
    )
    before = became(ours)
    ours.external_message_id = "wamid.LATE"
    ours.save()

    found = became(ours)
    (row,) = amendments.complete([reaction])

    assert before == UNTOUCHED
    assert [one.emoji for one in found.reactions] == ["👍"]
    assert row.reply_to == ours


def test_reaction_of_ours_that_meta_refused_is_not_shown():
    asked = MessageFactory(received=True)
    given = {"conversation": asked.conversation, "message_type": "REACTION", "reply_to": asked}
    MessageFactory(**given, message_text="👍", happened_at=T0)
    MessageFactory(**given, message_text="❤️", delivery_status="FAILED")

    assert [one.emoji for one in became(asked).reactions] == ["👍"]


def test_many_messages_are_one_query(django_assert_num_queries):
    arrive(*STORY)
    rows = [*MessageFactory.create_batch(20), message()]

    with django_assert_num_queries(1):
        found = amendments.of(rows)

    assert set(found) == {message().pk}


@pytest.mark.parametrize("late", [react("wamid.R", "👍", at=60), revoke("wamid.X", at=60)])
def test_reaction_and_deletion_ask_for_nobody(late):
    arrive(bodies.text("wamid.A"))
    Conversation.objects.update(
        status="RESOLVED", unread_count=0, waiting_since=None, response_due_at=None
    )

    arrive(late)

    conversation = Conversation.objects.get()
    assert (conversation.status, conversation.unread_count) == ("RESOLVED", 0)
    assert conversation.waiting_since is None
    assert conversation.last_inbound_at == T0  # Meta's window is not known to open by it
    assert conversation.last_message_at == T0 + timedelta(seconds=60)


def test_edit_is_words_that_somebody_should_read():
    arrive(bodies.text("wamid.A"))
    Conversation.objects.update(status="RESOLVED", unread_count=0, waiting_since=None)

    arrive(edit("wamid.E", "Vreau 50 bucăți", at=60))

    conversation = Conversation.objects.get()
    assert (conversation.status, conversation.unread_count) == ("OPEN", 1)
    assert conversation.waiting_since == T0 + timedelta(seconds=60)
    assert conversation.last_message_preview == "Vreau 50 bucăți"


def test_search_finds_every_wording_and_nothing_of_what_was_deleted():
    arrive(*STORY)

    def found(words: str) -> bool:
        rows = Conversation.objects.all()
        return conversation_search.matching(rows=rows, words=words).exists()

    assert (found("5 bucăți"), found("50 bucăți"), found("15 bucăți")) == (True, True, True)
    arrive(revoke("wamid.X", at=20))

    assert (found("5 bucăți"), found("50 bucăți"), found("15 bucăți")) == (False, False, False)


def test_deletion_by_the_other_side_deletes_nothing():
    arrive(bodies.text("wamid.A", "Rămâne"))
    MessageFactory(
        conversation=Conversation.objects.get(), message_type="REVOKE", reply_to=message()
    )

    assert became(message()) == UNTOUCHED
    assert Message.objects.standing().filter(external_message_id="wamid.A").exists()
