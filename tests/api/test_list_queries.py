"""Every list asks the database as much for many rows as for few."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.erp.factories import CustomerFactory, OrderFactory
from tests.factories import (
    BusinessNumberFactory,
    ContactFactory,
    ConversationFactory,
    MessageFactory,
    TemplateFactory,
    UserFactory,
)
from whatsapp.api.urls import urlpatterns
from whatsapp.models import (
    ContactMerge,
    ConversationNote,
    GapCheck,
    Media,
    OrderNotice,
    SignalFailure,
    WebhookEvent,
)

pytestmark = pytest.mark.django_db
WHO_ASKS = 2  # the user, and what they may


def full_conversation(place: int) -> None:
    contact = ContactFactory(customer=CustomerFactory())
    agent = UserFactory()
    row = ConversationFactory(contact=contact, assigned_to=agent, tags=["vip"], unread_count=1)
    MessageFactory(conversation=row, message_text="comanda")


def full_message(place: int) -> None:
    # all in one conversation
    first = ConversationNote.objects.select_related("conversation").first()
    thread = first.conversation if first else ConversationFactory()
    message = MessageFactory(
        conversation=thread,
        order=OrderFactory(),
        template=TemplateFactory(name=f"t{place}"),
        error_code=131026,
        received=place % 2 == 0,
        message_text="comanda",
    )
    Media.objects.create(message=message, number=thread.number, state="FAILED")
    MessageFactory(
        conversation=thread, message_type="REACTION", message_text="👍", reply_to=message
    )
    ConversationNote.objects.create(conversation=thread, author=UserFactory(), text="Sună.")


def merge(place: int) -> None:
    survivor, absorbed = ContactFactory(), ContactFactory()
    ContactMerge.objects.create(
        survivor=survivor, absorbed=absorbed, record={}, shown_at=timezone.now()
    )


def notice(place: int) -> None:
    OrderNotice.objects.create(order=OrderFactory(), event="order_confirmed", decision="failed")


def event(place: int) -> None:
    WebhookEvent.objects.create(idempotency_key=f"k{place}", payload="{}", status="failed")


def failure(place: int) -> None:
    SignalFailure.objects.create(signal="message_sent", receiver="a.b", ids={"message_ids": [1]})


def gap(place: int) -> None:
    now = timezone.now()
    GapCheck.objects.create(
        number=BusinessNumberFactory(),
        day=date(2026, 1, 1) + timedelta(days=place),
        starts_at=now,
        ends_at=now,
    )


def template(place: int) -> None:
    TemplateFactory(name=f"salut_{place}")


# what a row is made by, and how many queries the list is: address -> (maker, queries)
LISTS = {
    "messages": (full_message, 2),  # the page, and what became of its messages
    "messages?search=comanda": (full_message, 3),
    "conversations": (full_conversation, 3),  # and the names of customers and of agents
    "conversations?tag=vip&unread=true&window_open=true": (full_conversation, 3),
    "conversations?search=comanda": (full_conversation, 7),
    "conversations/{thread}/messages": (full_message, 2),
    "conversations/{thread}/notes": (full_message, 1),
    "templates": (template, 1),
    "media": (full_message, 1),
    "order-notices": (notice, 1),
    "webhook-events": (event, 1),
    "contact-merges": (merge, 1),
    "signal-failures": (failure, 1),
    "gap-checks": (gap, 1),
}


@pytest.mark.parametrize("address", LISTS)
def test_many_rows_are_asked_for_as_few_are(supervisor, address):
    make, expected = LISTS[address]

    counts, lengths = [], []
    for rows in (range(2), range(2, 12)):
        for place in rows:
            make(place)
        note = ConversationNote.objects.first()
        path = f"/api/v1/whatsapp/{address}".format(thread=note.conversation_id if note else 0)
        with CaptureQueriesContext(connection) as asked:
            answer = supervisor.get(path)
        assert answer.status_code == 200
        counts.append(len(asked) - WHO_ASKS)
        lengths.append(len(answer.json()["results"]))

    assert lengths[0] < lengths[1]
    assert counts == [expected, expected]


def test_every_list_is_looked_at():
    routes = {
        str(pattern.pattern)
        for pattern in urlpatterns
        if getattr(pattern.callback, "actions", {}).get("get") == "list"
    }

    looked_at = {address.partition("?")[0].format(thread="<int:pk>") for address in LISTS}

    assert {route.rstrip("/") for route in routes} == looked_at
