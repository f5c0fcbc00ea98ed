"""What an open page is told: new bubbles, changed ticks, parts that a colleague changed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import MessageFactory
from whatsapp.admin.desk.parts import parts_of, scene_of
from whatsapp.admin.desk.threads import PAGE
from whatsapp.domain import content as contents
from whatsapp.domain.content import (
    Button,
    Buttons,
    CardName,
    CardPhone,
    ContactCard,
    ContactCards,
    LinkButton,
    ListMenu,
    Location,
    LocationRequest,
    Row,
    Section,
)
from whatsapp.models import Conversation, Media, Message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outside")]


@pytest.fixture
def ask(agent, at, rf, conversation):
    """Ask for news as a page that shows everything up to now."""

    def asked(**given):
        request = rf.get("/")
        request.user = agent.user
        row = Conversation.objects.get(pk=conversation.pk)
        keys = {part.name: part.key for part in parts_of(scene_of(request, row))}
        return agent.get(at("desk_news", conversation), {**keys, **given})

    return asked


def test_nothing_new_is_no_content(ask, conversation):
    shown = MessageFactory(conversation=conversation)

    answer = ask(after=shown.pk, seen=f"{shown.pk}:SENT")

    assert answer.status_code == 204


def test_new_message_comes_once(ask, conversation):
    shown = MessageFactory(conversation=conversation, message_text="Văzut")
    new = MessageFactory(conversation=conversation, message_text="Nou", received=True)

    first = ask(after=shown.pk).content.decode()
    second = ask(after=new.pk)

    assert f'id="wa-m{new.pk}"' in first
    assert "Văzut" not in first
    assert f'data-part="after" data-key="{new.pk}"' in first
    assert second.status_code == 204


def test_message_of_another_conversation_stays_there(ask, conversation):
    shown = MessageFactory(conversation=conversation)
    MessageFactory(message_text="Altcuiva")

    assert ask(after=shown.pk).status_code == 204


def test_changed_status_brings_the_bubble_again(ask, conversation):
    message = MessageFactory(conversation=conversation, delivery_status="DELIVERED")

    answer = ask(after=message.pk, seen=f"{message.pk}:SENT").content.decode()

    assert f'id="wa-m{message.pk}"' in answer
    assert 'hx-swap-oob="true"' in answer
    assert "wa-tick-delivered" in answer


def test_reaction_is_shown_on_its_message_and_can_be_taken_back(ask, agent, at, conversation):
    message = MessageFactory(conversation=conversation, delivery_status="READ")
    reaction = {"conversation": conversation, "received": True, "message_type": "REACTION"}
    MessageFactory(**reaction, message_text="👍", reply_to=message)

    given = ask(after=message.pk).content.decode()
    MessageFactory(**reaction, message_text="", reply_to=message)
    page = agent.get(at("conversation_change", conversation)).content.decode()

    assert given.count("wa-item") == 1
    assert '<span class="wa-reactions">👍</span>' in given
    assert "wa-reactions" not in page


def test_part_changed_by_a_colleague_comes_along(ask, agent, conversation):
    shown = MessageFactory(conversation=conversation)

    answer = ask(after=shown.pk, facts="old").content.decode()

    assert 'id="wa-facts"' in answer
    assert 'id="wa-composer"' not in answer


def test_older_messages_come_page_by_page(agent, at, conversation):
    now = timezone.now()
    rows = [
        MessageFactory(conversation=conversation, happened_at=now - timedelta(minutes=n))
        for n in range(PAGE + 2)
    ]
    last_shown, oldest = rows[PAGE - 1], rows[-1]

    page = agent.get(at("conversation_change", conversation)).content.decode()
    older = agent.get(at("desk_older", conversation, last_shown)).content.decode()

    assert at("desk_older", conversation, last_shown) in page
    assert page.count('class="wa-item') == PAGE
    assert older.count('class="wa-item') == 2
    assert f'id="wa-m{oldest.pk}"' in older
    assert "wa-older" not in older


def test_failed_message_says_why_and_offers_to_send_again(agent, at, conversation):
    failed = MessageFactory(
        conversation=conversation, delivery_status="FAILED", error_text="Nu are WhatsApp"
    )

    page = agent.get(at("conversation_change", conversation)).content.decode()

    assert "Nu are WhatsApp" in page
    assert at("desk_again", conversation, failed) in page


def test_message_in_doubt_is_explained(agent, at, conversation):
    MessageFactory(conversation=conversation, delivery_status="UNCONFIRMED")

    page = agent.get(at("conversation_change", conversation)).content.decode()

    assert "the customer may get it twice" in page
    assert "hx-confirm" in page


@pytest.mark.parametrize(
    ("state", "words"),
    [("PENDING", "The file is being fetched"), ("FAILED", "The file could not be fetched")],
)
def test_file_that_is_not_here_says_so(state, words, agent, at, conversation):
    message = MessageFactory(conversation=conversation, received=True, message_type="IMAGE")
    Media.objects.create(message=message, number=message.number, media_id="1", state=state)

    page = agent.get(at("conversation_change", conversation)).content.decode()

    assert words in page


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("LOCATION", {"location": {"latitude": 44.4, "longitude": 26.1}}, "Show on the map"),
        (
            "CONTACTS",
            {"contacts": [{"name": {"formatted_name": "Ion"}, "phones": [{"phone": "+40 7"}]}]},
            "<b>Ion</b>",
        ),
        ("UNSUPPORTED", {}, "does not pass on"),
        ("CONTACTS", {"contacts": "?"}, "Unde este comanda mea?"),
        ("INTERACTIVE", {"interactive": {}}, "Chose"),
    ],
)
def test_every_kind_of_message_is_shown_sensibly(kind, content, words, agent, at, conversation):
    MessageFactory(conversation=conversation, received=True, message_type=kind, content=content)

    page = agent.get(at("conversation_change", conversation)).content.decode()

    assert words in page


@pytest.mark.parametrize(
    ("content", "choice"),
    [
        (
            Buttons(body="?", buttons=(Button(id="1", title="Da, confirm"),)),
            "Da, confirm",
        ),
        (
            ListMenu(
                body="?",
                button="Alege",
                sections=(Section(rows=(Row(id="1", title="Luni dimineața"),)),),
            ),
            "Luni dimineața",
        ),
        (
            LinkButton(body="?", title="Urmăriți", url="https://curier.example/42"),
            "Urmăriți → https://curier.example/42",
        ),
        (LocationRequest(body="?"), "Send location"),
    ],
)
def test_choices_we_offered_are_shown(content, choice, agent, at, conversation):
    MessageFactory(
        conversation=conversation, message_type="INTERACTIVE", content=contents.to_json(content)
    )

    page = agent.get(at("conversation_change", conversation)).content.decode()

    assert f'<span class="wa-choice">{choice}</span>' in page


def test_people_and_places_we_passed_on_are_shown(agent, at, conversation):
    ana = ContactCard(
        name=CardName(formatted_name="Ana Pop"), phones=(CardPhone(phone="+40 722 123 456"),)
    )
    for kind, content in (
        ("CONTACTS", ContactCards(contacts=(ana,))),
        ("LOCATION", Location(latitude=44.4268, longitude=26.1025, name="Magazin")),
    ):
        MessageFactory(
            conversation=conversation, message_type=kind, content=contents.to_json(content)
        )

    page = agent.get(at("conversation_change", conversation)).content.decode()

    assert "<b>Ana Pop</b>" in page
    assert "<span>+40 722 123 456</span>" in page
    assert "mlat=44.4268" in page


def test_asking_for_news_is_cheap(ask, conversation):
    shown = MessageFactory(conversation=conversation)

    with CaptureQueriesContext(connection) as caught:
        ask(after=shown.pk, seen=f"{shown.pk}:SENT")

    in_the_view = [q for q in caught.captured_queries if "whatsapp_" in q["sql"]]
    assert Message.objects.count() == 1
    assert len(caught) <= 16
    assert len(in_the_view) <= 10
