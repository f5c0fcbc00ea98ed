"""What later messages made of an earlier one, as agents see it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import MessageFactory
from whatsapp.models import Media
from whatsapp.services.receiving import media as media_service

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outside")]


def test_edited_message_shows_the_new_wording_and_keeps_the_old(say, page):
    first = say(text="Vreau 5")
    say("EDIT", "Vreau 50", reply_to=first)
    say("EDIT", "Vreau 15", reply_to=first, happened_at=timezone.now() + timedelta(seconds=1))

    shown = page()

    thread = shown.partition('id="wa-thread"')[2]
    assert thread.count('class="wa-item') == 1
    assert '<p class="wa-text">Vreau 15</p>' in thread
    assert ">edited</span>" in thread
    earlier = thread.partition('class="wa-earlier"')[2]
    assert earlier.index("Vreau 5<") < earlier.index("Vreau 50<")


def test_edit_changes_the_bubble_on_an_open_page(agent, at, say, conversation):
    first = say(text="Vreau 5")
    say("EDIT", "Vreau 50", reply_to=first)

    news = agent.get(at("desk_news", conversation), {"after": first.pk}).content.decode()

    assert f'<li id="wa-m{first.pk}"' in news
    assert 'hx-swap-oob="true"' in news
    assert "Vreau 50" in news


def test_deleted_message_says_so_and_nothing_else(agent, supervisor, at, say, page):
    first = say(text="Secretul meu")
    say("EDIT", "Secretul meu, altfel", reply_to=first)
    say("REVOKE", "[deleted]", reply_to=first)
    say(text="Răspuns", reply_to=first)

    for_agent, for_supervisor = page(), page(supervisor)
    listed = agent.get(at("message_changelist")).content.decode()
    alone = agent.get(at("message_change", first)).content.decode()

    assert "Deleted by the customer" in for_agent
    assert "Secretul" not in for_agent + listed + alone
    assert "<em>deleted</em>" in for_agent  # what the answer quotes
    assert "What it said" in for_supervisor
    assert "Secretul meu, altfel" in for_supervisor


def test_file_of_a_deleted_message_is_for_supervisors(agent, supervisor, at, say):
    first = say("IMAGE")
    file = Media(message=first, number=first.number, media_id="1", mime_type="image/png")
    file.file.save("x", ContentFile(b"x"))
    address = at("desk_file", first.conversation, file)
    before = agent.get(address).status_code

    say("REVOKE", "[deleted]", reply_to=first)

    assert before == 200
    assert agent.get(address).status_code == 404
    assert supervisor.get(address).status_code == 200


def test_reactions_of_both_sides_stand_on_the_message(say, page, conversation):
    first = say(text="Mulțumesc!")
    say("REACTION", "👍", reply_to=first)
    MessageFactory(
        conversation=conversation, message_type="REACTION", message_text="🙏", reply_to=first
    )

    assert '<span class="wa-reactions">👍 🙏</span>' in page()


def test_reaction_that_overtook_our_record_is_no_bubble(agent, at, say, conversation):
    ours = MessageFactory(conversation=conversation, external_message_id="wamid.OURS")
    say("REACTION", "👍", waits_for="wamid.OURS")

    news = agent.get(at("desk_news", conversation), {"after": ours.pk}).content.decode()

    assert "not here" not in news
    assert '<span class="wa-reactions">👍</span>' in news


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("REACTION", "👍", "reacted 👍"),
        ("REACTION", "", "took back a reaction"),
        ("EDIT", "Vreau 50", "edited: Vreau 50"),
        ("REVOKE", "[deleted]", "deleted a message"),
        ("IMAGE", "", "Picture"),
        ("CONTACTS", "[contacts]", "Contact"),
        ("TEXT", "[nu știu]", "[nu știu]"),
    ],
)
def test_lists_say_what_happened_last(agent, at, say, conversation, kind, text, words):
    last = say(kind, text)
    conversation.last_message_preview = last.preview()
    conversation.last_message_direction = "RECEIVED"
    conversation.save()

    inbox = agent.get(at("conversation_changelist")).content.decode()

    assert re.search(rf">\s*{re.escape(words)}\s*<", inbox)


def test_file_that_was_given_up_can_be_fetched_again(agent, at, htmx, say):
    first = say("IMAGE")
    lost = Media.objects.create(
        message=first, number=first.number, media_id="1", state="FAILED", error=media_service.GONE
    )
    address = at("desk_fetch", first.conversation, lost)
    shown = agent.get(at("conversation_change", first.conversation)).content.decode()

    answer = agent.post(address, headers=htmx)

    assert "Meta no longer has this file" in shown
    assert f'hx-post="{address}"' in shown
    lost.refresh_from_db()
    assert (answer.status_code, lost.state, lost.attempts) == (200, "PENDING", 0)


def test_open_page_asks_no_more_for_what_hangs(agent, at, say, conversation):
    def queries(after: int) -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as caught:
            agent.get(at("desk_news", conversation), {"after": after})
        return len(caught)

    first = say(text="Prima")
    say("REACTION", "👍", reply_to=first)
    say(text="A doua")
    few = queries(first.pk)
    for _ in range(5):
        row = say(text="Alta")
        say("EDIT", "Altfel", reply_to=row)

    assert queries(first.pk) == few
