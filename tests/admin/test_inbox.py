"""The inbox: which conversations, what a row tells, what can be done with many."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import ContactFactory, ConversationFactory, MessageFactory, UserFactory
from whatsapp.models import Conversation

pytestmark = pytest.mark.django_db
INBOX = "conversation_changelist"


@pytest.fixture
def shown(agent, at):
    """The names in the list, in order."""

    def names(**given) -> list[str]:
        rows = agent.get(at(INBOX), given).context["cl"].result_list
        return [row.contact.profile_name for row in rows]

    return names


def conversation_of(name: str, **given) -> Conversation:
    return ConversationFactory(contact=ContactFactory(profile_name=name), **given)


def test_active_ones_are_shown_newest_first(shown):
    now = timezone.now()
    conversation_of("Veche", last_message_at=now - timedelta(hours=2))
    conversation_of("Nouă", last_message_at=now)
    conversation_of("Rezolvată", status="RESOLVED")
    conversation_of("Arhivată", status="ARCHIVED")

    assert shown() == ["Nouă", "Veche"]


@pytest.mark.parametrize(
    ("box", "names"),
    [
        ("mine", ["A mea"]),
        ("unassigned", ["A nimănui"]),
        ("unread", ["A nimănui"]),
        ("overdue", ["A colegei"]),
        ("resolved", ["Rezolvată"]),
        ("archived", ["Arhivată"]),
        ("all", ["A colegei", "A mea", "A nimănui", "Arhivată", "Rezolvată"]),
        ("nonsense", ["A colegei", "A mea", "A nimănui"]),
    ],
)
def test_each_box_holds_its_own(box, names, agent, shown):
    now = timezone.now()
    conversation_of("A mea", status="ASSIGNED", assigned_to=agent.user)
    conversation_of("A nimănui", unread_count=2)
    conversation_of(
        "A colegei",
        status="ASSIGNED",
        assigned_to=UserFactory(agent=True),
        waiting_since=now - timedelta(hours=3),
        response_due_at=now - timedelta(hours=1),
    )
    conversation_of("Rezolvată", status="RESOLVED")
    conversation_of("Arhivată", status="ARCHIVED")

    assert sorted(shown(box=box)) == names


def test_filters_by_agent_priority_and_tag(shown):
    colleague = UserFactory(agent=True)
    conversation_of("Una", status="ASSIGNED", assigned_to=colleague)
    conversation_of("Două", priority="URGENT")
    conversation_of("Trei", tags=["retur"])

    assert shown(agent=colleague.pk) == ["Una"]
    assert shown(priority="URGENT") == ["Două"]
    assert shown(tag="retur") == ["Trei"]
    assert len(shown(agent="x", priority="'")) == 3


def test_search_finds_names_phones_and_words_in_every_box(shown):
    found = conversation_of("Ștefan Ionescu", status="RESOLVED")
    found.contact.phone = "+40722333444"
    found.contact.save()
    MessageFactory(conversation=found, message_text="Comanda C-2026-00017 a plecat")
    conversation_of("Altcineva")

    assert shown(q="ionescu") == ["Ștefan Ionescu"]
    assert shown(q="0722 333 444") == ["Ștefan Ionescu"]
    assert shown(q="c-2026-00017") == ["Ștefan Ionescu"]
    assert shown(q="nimic") == []


def test_row_tells_who_waits_and_how_the_last_message_fared(agent, at):
    now = timezone.now()
    late = conversation_of(
        "Ana",
        unread_count=3,
        waiting_since=now - timedelta(hours=3),
        response_due_at=now - timedelta(hours=1),
        last_message_preview="Mai durează?",
        last_message_direction="SENT",
    )
    MessageFactory(conversation=late, delivery_status="FAILED")

    page = agent.get(at(INBOX)).content.decode()

    assert "wa-sla-breached" in page
    assert "3 h" in page
    assert '<span class="wa-count" title="unread">3</span>' in page
    assert "wa-tick-failed" in page
    assert "Mai durează?" in page


def test_page_asks_for_its_rows_only(agent, at, htmx):
    conversation_of("Ana")

    answer = agent.get(at(INBOX), headers=htmx).content.decode()

    assert "Ana" in answer
    assert "<html" not in answer


def test_counts_are_of_what_is_active(agent, at):
    conversation_of("Una", unread_count=1)
    conversation_of("Două", status="RESOLVED", unread_count=1)

    boxes = {box.name: box.count for box in agent.get(at(INBOX)).context["boxes"]}

    assert boxes == {
        **{"active": 1, "mine": 0, "unassigned": 1, "unread": 1, "overdue": 0},
        **{"resolved": None, "archived": None, "all": None},
    }


def test_many_rows_need_no_more_queries(agent, at):
    def queries() -> int:
        cache.clear()  # else the boxes are not counted again
        with CaptureQueriesContext(connection) as caught:
            agent.get(at(INBOX))
        return len(caught)

    conversation_of("Una", assigned_to=agent.user)
    few = queries()
    for n in range(10):
        MessageFactory(conversation=conversation_of(f"Alta {n}", assigned_to=agent.user))

    assert queries() == few <= 14


def test_actions_assign_and_resolve_the_chosen(agent, at):
    one, other = conversation_of("Una"), conversation_of("Două")
    chosen = {"_selected_action": [one.pk], "index": "0", "select_across": "0"}

    agent.post(at(INBOX), {**chosen, "action": "assign_to_me"})
    one.refresh_from_db()
    taken = one.assigned_to
    agent.post(at(INBOX), {**chosen, "action": "resolve"})
    one.refresh_from_db()
    other.refresh_from_db()

    assert taken == agent.user
    assert (one.status, other.status) == ("RESOLVED", "OPEN")


def test_archiving_many_is_for_supervisors(agent, supervisor, at):
    resolved = conversation_of("Una", status="RESOLVED")
    form = {"_selected_action": [resolved.pk], "index": "0", "action": "archive"}
    address = f"{at(INBOX)}?box=resolved"

    agent.post(address, form)
    resolved.refresh_from_db()
    after_agent = resolved.status
    supervisor.post(address, form)
    resolved.refresh_from_db()

    assert (after_agent, resolved.status) == ("RESOLVED", "ARCHIVED")


def test_inbox_is_closed_to_who_has_no_role(outsider, at):
    assert outsider.get(at(INBOX)).status_code == 403


def test_nobody_adds_or_deletes_a_conversation(supervisor, at):
    row = conversation_of("Una")

    assert supervisor.get("/admin/whatsapp/conversation/add/").status_code == 403
    assert supervisor.post(f"/admin/whatsapp/conversation/{row.pk}/delete/").status_code == 403
    assert Conversation.objects.exists()
