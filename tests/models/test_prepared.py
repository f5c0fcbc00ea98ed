"""A query that is compiled once answers like the query it was made of."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.models import F

from tests.factories import ContactFactory, ConversationFactory, MessageFactory
from whatsapp.models import Contact, Message
from whatsapp.models.prepared import Prepared

SAMPLE = datetime(1, 2, 3, tzinfo=UTC)


def written_to(contact_id: int, since: datetime):
    rows = Message.objects.filter(contact=contact_id, happened_at__gte=since)
    return rows.select_related("conversation").annotate(no=F("id") + 1).order_by("id")


@pytest.mark.django_db
def test_each_run_has_its_own_values():
    first, second = MessageFactory(), MessageFactory()
    query = Prepared(written_to, contact_id=-1, since=SAMPLE)

    found = [
        query.read(contact_id=one.contact_id, since=since)
        for one in (first, second)
        for since in (one.happened_at, datetime.max.replace(tzinfo=UTC))
    ]

    assert found == [[first], [], [second], []]


@pytest.mark.django_db
def test_rows_are_whole_and_asked_for_in_one_query(django_assert_num_queries):
    message = MessageFactory()
    query = Prepared(written_to, contact_id=-1, since=SAMPLE)
    wanted = {"contact_id": message.contact_id, "since": message.happened_at}
    query.read(**wanted)

    with django_assert_num_queries(1):
        (row,) = query.read(**wanted)
        assert row.conversation == message.conversation

    assert row.no == message.pk + 1
    assert row.content == message.content
    assert row.get_deferred_fields() == set()


@pytest.mark.django_db
def test_values_are_converted_as_fields_say():
    message = MessageFactory(content={"kind": "text", "body": "Bună"})
    query = Prepared(
        lambda contact_id: Message.objects.filter(contact=contact_id).values_list("id", "content"),
        contact_id=-1,
    )

    assert query.read(contact_id=message.contact_id) == [(message.pk, message.content)]


@pytest.mark.django_db
def test_only_the_samples_give_way():
    """A value that is written into the query stays, though another of its type is filled in."""
    mine = ConversationFactory(unread_count=7)
    ConversationFactory(unread_count=3, contact=ContactFactory())
    query = Prepared(
        lambda contact_id: type(mine).objects.filter(contact=contact_id, unread_count=7),
        contact_id=-1,
    )

    assert query.read(contact_id=mine.contact_id) == [mine]
    type(mine).objects.update(unread_count=3)
    assert query.read(contact_id=mine.contact_id) == []


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_over_its_own_connection():
    query = Prepared(lambda name: Contact.objects.filter(profile_name=name), name="?")
    ContactFactory(profile_name="Ana")
    assert len(query.read(name="Ana")) == 1

    def elsewhere() -> tuple[int, int]:
        try:
            found = len(query.read(name="Ana"))
            return found, connection.connection.info.backend_pid
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        found, backend = pool.submit(elsewhere).result()

    assert found == 1
    assert backend != connection.connection.info.backend_pid


@pytest.mark.django_db
def test_sample_that_does_not_reach_the_database_as_given_is_an_error_not_the_answer():
    ContactFactory(profile_name="Ana")
    query = Prepared(lambda name: Contact.objects.filter(profile_name__contains=name), name="?")

    with pytest.raises(LookupError, match="name"):
        query.read(name="Ana")


@pytest.mark.django_db
def test_tuples_are_those_of_the_query():
    message = MessageFactory(content={"kind": "text", "body": "Bună"})

    def asked(contact_id: int):
        rows = Message.objects.filter(contact=contact_id).order_by("-happened_at")
        return rows.values_list("id", F("id") + 1, "content", "conversation__tags", "happened_at")

    found = Prepared(asked, contact_id=-1).read(contact_id=message.contact_id)

    assert found == list(asked(message.contact_id)) != []
    assert type(found[0]) is tuple
