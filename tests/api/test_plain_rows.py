"""What lists read as plain values is what one row alone shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from django.test.utils import isolate_apps
from django.utils import timezone

from cypher_erp.customers.models import Customer
from tests.erp.factories import CustomerFactory
from tests.factories import (
    ContactFactory,
    ConversationFactory,
    MessageFactory,
    UserFactory,
)
from whatsapp.api.plain_rows import Host
from whatsapp.models import Media

pytestmark = pytest.mark.django_db
API = "/api/v1/whatsapp"
WHOLE = datetime(2026, 11, 27, 8, 15, 9, tzinfo=UTC)
TIMES = (WHOLE, WHOLE.replace(microsecond=123_456), WHOLE.replace(microsecond=120_000))


@pytest.fixture
def supervisor(client_of):
    return client_of(UserFactory(role="admin"))


@pytest.mark.parametrize("at", TIMES)
def test_conversation_is_the_same_in_the_list_and_alone(supervisor, at):
    agent = UserFactory(first_name="Ștefan", last_name="Țurcanu")
    known = ContactFactory(customer=CustomerFactory(name="Florăria Iris"), profile_name="Iris")
    names = ("waiting_since", "response_due_at", "sla_breached_at", "first_response_at")
    ConversationFactory(
        contact=known,
        assigned_to=agent,
        tags=["vip"],
        last_message_at=at,
        last_inbound_at=at,
        **dict.fromkeys(names, at),
    )
    nameless = ContactFactory(phone=None, wa_id=None, bsuid="RO.1", profile_name="···")
    ConversationFactory(contact=nameless, last_inbound_at=None)

    listed = supervisor.get(f"{API}/conversations").json()["results"]
    filtered = supervisor.get(f"{API}/conversations", {"unread": "false"}).json()["results"]

    assert len(listed) == 2
    for row in listed:
        assert row == supervisor.get(f"{API}/conversations/{row['id']}").json()
    assert [row for row in listed if row in filtered] == filtered != []
    assert {row["customer"] and row["customer"]["name"] for row in listed} == {
        None,
        "Florăria Iris",
    }


@pytest.mark.parametrize("at", TIMES)
def test_message_is_the_same_in_the_thread_and_in_the_list_of_all(supervisor, at):
    plain = MessageFactory(happened_at=at, sent_at=at, delivered_at=at, read_at=at)
    thread = plain.conversation
    picture = MessageFactory(conversation=thread, message_type="IMAGE", happened_at=at)
    Media.objects.create(message=picture, number=picture.number, mime_type="image/png", size=9)

    listed = supervisor.get(f"{API}/conversations/{thread.pk}/messages").json()["results"]

    everywhere = supervisor.get(f"{API}/messages").json()["results"]
    assert len(listed) == 2
    assert listed == [row for row in everywhere if row["conversation"] == thread.pk]
    assert [row["media"] is None for row in listed] == [False, True]


@pytest.fixture
def session_of(request):
    """The database's session in another zone, as DATABASES' TIME_ZONE makes it."""
    database = connections["default"]

    def renew(zone):
        database.settings_dict["TIME_ZONE"] = zone
        for name in ("timezone", "timezone_name"):
            database.__dict__.pop(name, None)
        database.ensure_timezone()

    yield renew
    renew(None)


@pytest.mark.parametrize("zone", ["Europe/Bucharest", "America/New_York", "Europe/London"])
def test_times_are_utc_whatever_zone_the_session_has(supervisor, session_of, zone):
    for at in (*TIMES, datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(900, 1, 2, tzinfo=UTC)):
        row = ConversationFactory(last_message_at=at, last_inbound_at=at, waiting_since=at)
        MessageFactory(conversation=row, happened_at=at, sent_at=at)
    thread = f"{API}/conversations/{row.pk}"
    addresses = (f"{API}/conversations", f"{API}/messages", thread, f"{thread}/messages")
    before = [supervisor.get(address).json() for address in addresses]

    session_of(zone)

    assert [supervisor.get(address).json() for address in addresses] == before
    assert "+0" not in str(before)
    first = supervisor.get(f"{API}/conversations?limit=1").json()
    assert supervisor.get(first["next"]).json()["results"] == before[0]["results"][1:2]


def test_second_page_goes_on_where_the_first_ends(supervisor):
    now = timezone.now()
    made = [
        ConversationFactory(last_message_at=now - timedelta(minutes=place // 2)).pk
        for place in range(6)
    ]

    ids, address = [], f"{API}/conversations?limit=2"
    while address:
        page = supervisor.get(address).json()
        ids += [row["id"] for row in page["results"]]
        address = page["next"]

    assert sorted(ids) == sorted(made)
    assert len(ids) == 6


def test_list_of_an_agent_who_sees_only_their_own_is_theirs(client_of, settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "AGENTS_SEE": "own"}
    agent, colleague = UserFactory(role="user"), UserFactory(role="user")
    mine, nobodys = ConversationFactory(assigned_to=agent), ConversationFactory()
    theirs = ConversationFactory(assigned_to=colleague)
    MessageFactory(conversation=theirs)

    seen = client_of(agent).get(f"{API}/conversations").json()["results"]

    assert {row["id"] for row in seen} == {mine.pk, nobodys.pk}
    assert client_of(agent).get(f"{API}/conversations/{theirs.pk}/messages").status_code == 404


def test_empty_thread_is_empty_and_an_unknown_one_is_not_found(supervisor):
    empty = ConversationFactory()

    found = supervisor.get(f"{API}/conversations/{empty.pk}/messages")

    assert found.json() == {"results": [], "next": None}
    assert supervisor.get(f"{API}/conversations/{empty.pk + 1}/messages").status_code == 404


@isolate_apps("cypher_erp.customers")
def test_model_that_makes_its_rows_in_its_own_way_is_left_to_it():
    class Greeted(Customer):
        class Meta:
            proxy = True
            app_label = "customers"

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.greeting = f"Stimate {self.name}"

        def __str__(self) -> str:
            return self.greeting

    ion, ana = CustomerFactory(name="Ion"), CustomerFactory(name="Ana")
    gone = ana.pk + 1

    for model, names in ((Customer, ["Ana", "Ion"]), (Greeted, ["Stimate Ana", "Stimate Ion"])):
        found = Host(model).rows([ana.pk, None, ion.pk, ana.pk, gone])

        assert sorted(map(str, found.values())) == names
        assert found.keys() == {ana.pk, ion.pk}
        assert Host(model).rows([None]) == {}
