"""What agents do on the desk: each in one POST, with words when it is refused."""

import pytest
from django.test import Client

from tests.admin.words import words
from tests.factories import ConversationFactory, MessageFactory, OutboxItemFactory, UserFactory
from whatsapp.models import ConversationNote, Media, Message, OutboxItem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outside")]
WRITES = (
    *("desk_reply", "desk_template", "desk_read", "desk_assign", "desk_resolve", "desk_reopen"),
    *("desk_archive", "desk_priority", "desk_tags", "desk_note", "desk_typing"),
)


@pytest.mark.parametrize("name", WRITES)
def test_get_is_refused_and_changes_nothing(name, supervisor, at, conversation):
    answer = supervisor.get(at(name, conversation), {"text": "Salut", "priority": "HIGH"})

    conversation.refresh_from_db()
    assert answer.status_code == 405
    assert (conversation.status, conversation.priority) == ("OPEN", "NORMAL")
    assert not Message.objects.exists()


@pytest.mark.parametrize("name", WRITES)
def test_who_has_no_role_may_do_nothing(name, outsider, at, conversation, htmx):
    posted = {"text": "Salut", "priority": "HIGH", "tags": "a", "note": "n"}

    answer = outsider.post(at(name, conversation), posted, headers=htmx)

    conversation.refresh_from_db()
    assert answer.status_code == 403
    assert answer["HX-Retarget"] == "#wa-refusal"
    assert words(answer) == "You may not do this. Ask a supervisor."
    assert (conversation.status, conversation.priority, conversation.tags) == ("OPEN", "NORMAL", [])
    assert not Message.objects.exists()
    assert not ConversationNote.objects.exists()


def test_without_csrf_token_nothing_is_written(agent, at, conversation):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(agent.user)

    answer = strict.post(at("desk_reply", conversation), {"text": "Salut"})

    assert answer.status_code == 403
    assert not Message.objects.exists()


def test_failed_message_is_sent_again(agent, at, conversation, htmx):
    failed = MessageFactory(conversation=conversation, delivery_status="FAILED")
    OutboxItemFactory(message=failed, state="FAILED")

    answer = agent.post(at("desk_again", conversation, failed), headers=htmx)

    failed.refresh_from_db()
    assert answer.status_code == 200
    assert failed.delivery_status == "PENDING"


def test_message_of_another_conversation_is_not_sent_again(agent, at, conversation, htmx):
    strange = MessageFactory(delivery_status="FAILED")
    OutboxItemFactory(message=strange, state="FAILED")

    answer = agent.post(at("desk_again", conversation, strange), headers=htmx)

    strange.refresh_from_db()
    assert answer.status_code == 404
    assert strange.delivery_status == "FAILED"


def test_lost_file_is_fetched_again(agent, at, conversation, htmx):
    message = MessageFactory(conversation=conversation, received=True, message_type="IMAGE")
    media = Media.objects.create(
        message=message, number=message.number, media_id="1", state="FAILED"
    )

    agent.post(at("desk_fetch", conversation, media), headers=htmx)

    media.refresh_from_db()
    assert media.state == "PENDING"


def test_reading_empties_the_count_and_tells_the_customer(agent, at, htmx):
    conversation = ConversationFactory(unread_count=1)
    message = MessageFactory(conversation=conversation, received=True)

    answer = agent.post(at("desk_read", conversation), headers=htmx)

    conversation.refresh_from_db()
    message.refresh_from_db()
    assert answer.status_code == 204
    assert conversation.unread_count == 0
    assert message.read_at is not None
    assert OutboxItem.objects.get().kind == "READ_RECEIPT"


def test_conversation_is_assigned_and_given_back(agent, at, conversation, htmx):
    colleague = UserFactory(agent=True)

    agent.post(at("desk_assign", conversation), {"user": colleague.pk}, headers=htmx)
    conversation.refresh_from_db()
    given = (conversation.status, conversation.assigned_to)
    agent.post(at("desk_assign", conversation), {"user": ""}, headers=htmx)
    conversation.refresh_from_db()

    assert given == ("ASSIGNED", colleague)
    assert (conversation.status, conversation.assigned_to) == ("OPEN", None)


def test_conversation_is_not_given_to_who_may_not_answer(agent, at, conversation, htmx):
    stranger = UserFactory()

    answer = agent.post(at("desk_assign", conversation), {"user": stranger.pk}, headers=htmx)

    conversation.refresh_from_db()
    assert words(answer) == "This colleague does not answer conversations."
    assert conversation.assigned_to is None


def test_resolve_reopen_and_archive(supervisor, at, conversation, htmx):
    states = []
    for name in ("desk_resolve", "desk_reopen", "desk_resolve", "desk_archive"):
        supervisor.post(at(name, conversation), headers=htmx)
        conversation.refresh_from_db()
        states.append(conversation.status)

    assert states == ["RESOLVED", "OPEN", "RESOLVED", "ARCHIVED"]


def test_agent_may_not_archive(agent, at, htmx):
    resolved = ConversationFactory(status="RESOLVED")

    answer = agent.post(at("desk_archive", resolved), headers=htmx)

    resolved.refresh_from_db()
    assert answer.status_code == 403
    assert resolved.status == "RESOLVED"


def test_open_conversation_is_not_archived(supervisor, at, conversation, htmx):
    answer = supervisor.post(at("desk_archive", conversation), headers=htmx)

    conversation.refresh_from_db()
    assert "Resolve it first" in words(answer)
    assert conversation.status == "OPEN"


def test_priority_tags_and_note(agent, at, conversation, htmx):
    agent.post(at("desk_priority", conversation), {"priority": "URGENT"}, headers=htmx)
    agent.post(at("desk_tags", conversation), {"tags": "Retur, factură,, "}, headers=htmx)
    agent.post(at("desk_note", conversation), {"note": "Sunat ieri."}, headers=htmx)

    conversation.refresh_from_db()
    note = ConversationNote.objects.get()
    assert (conversation.priority, conversation.tags) == ("URGENT", ["retur", "factură"])
    assert (note.text, note.author) == ("Sunat ieri.", agent.user)
