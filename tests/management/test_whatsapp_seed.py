"""Made-up messages for measuring: the same each time, true to each other, and never by accident."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, F, Max, OuterRef, Subquery

from tests.factories import ConversationFactory, UserFactory
from whatsapp.management import seeding
from whatsapp.models import BusinessNumber, Contact, Conversation, Message, OutboxItem

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def run(**options):
    out = StringIO()
    call_command("whatsapp_seed", stdout=out, **options)
    return out.getvalue()


def told():
    return list(
        Message.objects.order_by("id").values_list(
            *("direction", "message_text", "happened_at", "delivery_status", "phone_number")
        )
    )


def test_so_many_messages_of_so_many_conversations_are_there_afterwards():
    said = run(messages=600, conversations=60, yes=True)

    assert (Message.objects.count(), Conversation.objects.count()) == (600, 60)
    assert Contact.objects.count() == 57  # three have an earlier conversation, too
    assert said.startswith("600 messages of 60 conversations in")


def test_conversations_say_what_their_messages_say():
    UserFactory(agent=True)
    seeding.fill(messages=600, conversations=60, seed=1, now=NOW)

    newest = Message.objects.filter(conversation=OuterRef("pk")).order_by("-id")
    rows = Conversation.objects.annotate(
        said=Count("messages"),
        last=Max("messages__happened_at"),
        words=Subquery(newest.values("message_text")[:1]),
    )
    assert not rows.exclude(message_count=F("said")).exists()
    assert not rows.exclude(last_message_at=F("last")).exists()
    assert not rows.exclude(last_message_preview=F("words")).exists()
    assert not Message.objects.exclude(contact=F("conversation__contact")).exists()
    assert {row.status for row in rows} == {"ASSIGNED", "RESOLVED", "ARCHIVED"}


def test_messages_are_of_the_past_and_in_order_and_none_waits_to_be_sent():
    seeding.fill(messages=600, conversations=60, seed=1, now=NOW)

    times = [at for _, _, at, _, _ in told()]
    assert times == sorted(times)
    assert times[-1] <= NOW
    assert (NOW - times[0]).days == 730
    assert not OutboxItem.objects.exists()


def test_the_same_seed_tells_the_same_and_another_seed_something_else():
    seeding.fill(messages=90, conversations=9, seed=5, now=NOW)
    first = told()
    for model in (Message, Conversation, Contact):
        model.objects.all().delete()
    seeding.fill(messages=90, conversations=9, seed=5, now=NOW)

    assert told() == first

    seeding.fill(messages=90, conversations=9, seed=6, now=NOW)
    assert told()[90:] != first


def test_rows_that_are_there_are_left_alone():
    there = ConversationFactory()

    seeding.fill(messages=90, conversations=9, seed=1, now=NOW)

    assert Conversation.objects.get(pk=there.pk).contact_id == there.contact_id
    assert BusinessNumber.objects.count() == 1
    assert ConversationFactory().pk not in (there.pk, *range(there.pk, there.pk + 10))


@pytest.mark.parametrize(
    ("options", "reason"),
    [({}, "DEBUG is off"), ({"yes": True, "messages": 20, "conversations": 10}, "3 messages")],
)
def test_it_is_refused_by_accident_and_where_conversations_would_be_empty(options, reason):
    with pytest.raises(CommandError, match=reason):
        run(**{"messages": 600, "conversations": 60, **options})

    assert not Message.objects.exists()


def test_debug_needs_no_word(settings):
    settings.DEBUG = True

    run(messages=30, conversations=3)

    assert Message.objects.count() == 30
