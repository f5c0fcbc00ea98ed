"""Every kind of message as agents see it, and what later messages made of an earlier one."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import ConversationFactory, MessageFactory
from whatsapp.models import Conversation, Media, Message
from whatsapp.services import media as media_service

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outside")]
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def conversation(db) -> Conversation:
    return ConversationFactory()


@pytest.fixture
def say(conversation):
    """A message of the customer in the conversation."""

    def said(kind: str = "TEXT", text: str = "", content=None, **fields) -> Message:
        return MessageFactory(
            conversation=conversation,
            received=True,
            message_type=kind,
            message_text=text,
            content=content or {},
            **fields,
        )

    return said


@pytest.fixture
def page(agent, at, conversation):
    def shown(client=agent) -> str:
        return client.get(at("conversation_change", conversation)).content.decode()

    return shown


def flow(**answers) -> dict:
    reply = {"name": "flow", "body": "Sent", "response_json": json.dumps(answers)}
    return {
        "type": "interactive",
        "interactive": {"type": "nfm_reply", "nfm_reply": reply},
    }


ORDER = {
    "type": "order",
    "order": {
        "catalog_id": "66",
        "text": "Repede, vă rog",
        "product_items": [
            {
                "product_retailer_id": "SKU-1",
                "quantity": 2,
                "item_price": 49.9,
                "currency": "RON",
            },
            {"product_retailer_id": "SKU-2", "quantity": 1, "item_price": 10, "currency": "RON"},
        ],
    },
}


@pytest.mark.parametrize(
    ("kind", "text", "content", "words"),
    [
        ("ORDER", "2 × SKU-1", ORDER, ["2 ×", "SKU-1", "99.80 lei", "109.80 lei", "Repede, vă"]),
        ("INTERACTIVE", "Sent", flow(delivery_day="Luni"), ["Filled in a form", "Delivery day"]),
        (
            "INTERACTIVE",
            "[call permission]",
            {"interactive": {"call_permission_reply": {"response": "accept"}}},
            ["The shop may call"],
        ),
        (
            "INTERACTIVE",
            "Marți",
            {"interactive": {"list_reply": {"title": "Marți", "description": "10–12"}}},
            ["Chose", "Marți", "10–12"],
        ),
        ("TEXT", "Uite", {"context": {"forwarded": True}}, ["Forwarded", "Uite"]),
        ("TEXT", "Uite", {"context": {"frequently_forwarded": True}}, ["Forwarded many times"]),
        (
            "TEXT",
            "Bună",
            {"referral": {"source_type": "ad", "headline": "Reduceri", "source_url": "https://a"}},
            ["Came from an advertisement", "<b>Reduceri</b>", 'href="https://a"'],
        ),
        (
            "TEXT",
            "Mai aveți?",
            {"context": {"referred_product": {"product_retailer_id": "SKU-9"}}},
            ["About the product SKU-9"],
        ),
        ("TEXT", "Da", {"context": {"id": "wamid.GONE"}}, ["A message that is not here"]),
        (
            "IMAGE",
            "",
            {"type": "image", "errors": [{"code": 131052, "title": "Media download error"}]},
            ["could not take this file in", "100 MB"],
        ),
        ("TEXT", "x", {"errors": [{"code": 9, "title": "Ceva nou"}]}, ["Ceva nou (9)"]),
        (
            "UNSUPPORTED",
            "[unsupported: poll]",
            {"type": "unsupported", "unsupported": {"type": "poll"}},
            ["A poll, which WhatsApp does not pass on"],
        ),
        ("UNSUPPORTED", "[unsupported: hologram]", {"type": "hologram"}, ["(hologram)"]),
        (
            "UNSUPPORTED",
            "[unsupported: edit]",
            {"type": "unsupported", "unsupported": {"type": "edit"}},
            ["The customer edited a message"],
        ),
        (
            "SYSTEM",
            "User A changed",
            {"system": {"type": "user_changed_number", "wa_id": "40700000009"}},
            ["The customer&#x27;s number is now +40700000009."],
        ),
        (
            "SYSTEM",
            "Ana's code changed",
            {"system": {"type": "customer_identity_changed"}},
            ["security code has changed"],
        ),
        ("SYSTEM", "Meta's own words", {"system": {"type": "news"}}, ["Meta&#x27;s own words"]),
        ("REACTION", "👍", {}, ["👍 to a message that is not here"]),
        ("EDIT", "Altfel", {}, ["Edited a message that is not here: Altfel"]),
        ("REVOKE", "[deleted]", {}, ["Deleted a message that is not here"]),
        (
            "CONTACTS",
            "Ion",
            {"contacts": [{"name": {"formatted_name": "Ion"}, "phones": [{"wa_id": "40711"}]}]},
            ["<b>Ion</b>", "+40711", "<small>WhatsApp</small>"],
        ),
        (
            "LOCATION",
            "Piața Unirii",
            {"location": {"latitude": 44.4, "longitude": 26.1, "name": "Piața Unirii"}},
            ["<b>Piața Unirii</b>", "mlat=44.4&amp;mlon=26.1"],
        ),
    ],
)
def test_kind_is_shown_sensibly(say, page, kind, text, content, words):
    say(kind, text, content)

    shown = page()

    for word in words:
        assert word in shown
    assert "response_json" not in shown
    assert "[unsupported" not in shown.partition('id="wa-thread"')[2].partition("</ol>")[0]


def test_nothing_that_a_customer_gives_is_markup_or_a_script(say, page):
    link = "javascript:alert(1)"
    say(
        "TEXT",
        EVIL,
        {
            "referral": {"source_type": EVIL, "headline": EVIL, "body": EVIL, "source_url": link},
            "context": {"referred_product": {"product_retailer_id": EVIL}},
            "errors": [{"code": 1, "title": EVIL}],
        },
    )
    say("ORDER", EVIL, {"order": {"text": EVIL, "product_items": [{"product_retailer_id": EVIL}]}})
    say("INTERACTIVE", EVIL, flow(**{EVIL: EVIL}))
    say(
        "CONTACTS",
        EVIL,
        {"contacts": [{"name": {"formatted_name": EVIL}, "urls": [{"url": link}]}]},
    )
    say("LOCATION", EVIL, {"location": {"latitude": 1, "longitude": 1, "name": EVIL, "url": link}})
    say("UNSUPPORTED", EVIL, {"type": EVIL})
    say("SYSTEM", EVIL, {"system": {"type": EVIL}})
    edited = say("TEXT", EVIL)
    say("EDIT", EVIL, reply_to=edited)
    say("REACTION", EVIL, reply_to=edited)

    shown = page()

    assert "<script>alert" not in shown
    assert 'href="javascript:' not in shown
    assert shown.count("&lt;script&gt;alert(1)") >= 12


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


def test_page_full_of_kinds_costs_no_more_queries(say, page):
    def queries() -> int:
        cache.clear()  # else the inbox and the templates are not read again
        with CaptureQueriesContext(connection) as caught:
            page()
        return len(caught)

    first = say(text="Prima")
    say("REACTION", "👍", reply_to=first)
    say(text="Citat", reply_to=first)
    few = queries()
    for n in range(12):
        row = say(text=f"{n}")
        say("EDIT", f"{n}, altfel", reply_to=row)
        say("REACTION", "👍", reply_to=row)
        say(text="Citat", reply_to=row)

    assert queries() == few


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
