"""An agent's day at the desk, in a real browser: what shows by itself."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.threads import customer_writes, open_thread
from tests.factories import ConversationFactory, MessageFactory
from whatsapp.models import Conversation, Message
from whatsapp.services import conversations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("outside"),
]
SOON = 3000  # ms: what the customer writes shows within three seconds


def test_growing_box_keeps_the_newest_message_in_sight(desk, conversation):
    MessageFactory.create_batch(30, conversation=conversation)
    open_thread(desk, conversation)
    newest = desk.locator(".wa-out").last
    expect(newest).to_be_in_viewport(ratio=1)

    desk.locator("details.wa-picker summary").click()
    desk.locator("details.wa-later summary").click()

    expect(newest.locator(".wa-meta")).to_be_in_viewport(ratio=1)


def test_edit_changes_the_message_in_its_place_and_is_read(desk, conversation):
    MessageFactory.create_batch(20, conversation=conversation)
    first = Message.objects.received().get()
    open_thread(desk, conversation)
    place = desk.locator("#wa-thread").evaluate("list => list.scrollTop")

    edit = {"conversation": conversation, "received": True, "message_type": "EDIT"}
    MessageFactory(**edit, reply_to=first, message_text="Bună seara!")
    Conversation.objects.update(unread_count=1)

    bubble = desk.locator(f"#wa-m{first.pk}")
    expect(bubble.locator(".wa-text").first).to_have_text("Bună seara!", timeout=SOON)
    expect(bubble.get_by_text("edited")).to_have_count(1)
    expect(desk.locator(".wa-in")).to_have_count(1)
    desk.wait_for_timeout(500)
    conversation.refresh_from_db()
    assert conversation.unread_count == 0
    moved = desk.locator("#wa-thread").evaluate("list => list.scrollTop") - place
    assert abs(moved) < 60  # the line with the earlier wording


def test_what_the_customer_writes_shows_by_itself_and_is_read(desk, conversation):
    open_thread(desk, conversation)
    expect(desk.locator(".wa-in")).to_have_count(1)

    customer_writes("Mai durează mult?")

    newest = desk.locator(".wa-in").last
    expect(newest).to_contain_text("Mai durează mult?", timeout=SOON)
    expect(newest).to_be_in_viewport()
    desk.wait_for_timeout(500)
    conversation.refresh_from_db()
    assert conversation.unread_count == 0


def test_ticks_follow_the_status(desk, conversation):
    message = MessageFactory(conversation=conversation, delivery_status="SENT")
    open_thread(desk, conversation)
    expect(desk.locator(".wa-out .wa-tick-sent")).to_be_visible()

    Message.objects.filter(pk=message.pk).update(delivery_status="READ")

    expect(desk.locator(".wa-out .wa-tick-read")).to_be_visible(timeout=SOON)
    expect(desk.locator(".wa-out")).to_have_count(1)


def test_who_reads_further_up_is_not_torn_away(desk, conversation):
    now = timezone.now()
    for n in range(60):
        MessageFactory(
            conversation=conversation,
            message_text=f"Mesajul {n}",
            happened_at=now - timedelta(minutes=100 - n),
        )
    open_thread(desk, conversation)
    expect(desk.locator(".wa-item").last).to_be_in_viewport()

    desk.locator("#wa-thread").evaluate("list => { list.scrollTop = 0 }")
    expect(desk.get_by_text("Mesajul 5", exact=True)).to_be_attached()
    customer_writes("Alo?")

    expect(desk.locator("#wa-pill")).to_be_visible(timeout=SOON)
    expect(desk.get_by_text("Alo?").last).not_to_be_in_viewport()
    desk.locator("#wa-pill").click()
    expect(desk.locator(".wa-in").last).to_be_in_viewport()


def test_colleagues_see_each_other_work(desk, conversation, agent):
    open_thread(desk, conversation)

    conversations.assign(conversation_id=conversation.pk, user_id=agent.pk)

    expect(desk.locator("#wa-state")).to_contain_text("Ana Marinescu", timeout=SOON)
    desk.get_by_role("button", name="Resolve").click()
    expect(desk.get_by_role("button", name="Reopen")).to_be_visible()


def test_arrow_leads_to_the_next_conversation(desk, conversation):
    older = ConversationFactory(last_message_at=timezone.now() - timedelta(hours=1))
    open_thread(desk, conversation)

    desk.keyboard.press("Alt+ArrowDown")

    desk.wait_for_url(f"**/conversation/{older.pk}/change/**")


def test_ended_session_asks_to_log_in_and_keeps_the_draft(desk, conversation):
    open_thread(desk, conversation)
    desk.locator("#wa-text").fill("Un răspuns")
    desk.context.clear_cookies(name="sessionid")

    desk.wait_for_url("**/admin/login/**", timeout=SOON + 2000)

    assert desk.evaluate(f"localStorage['wa-draft:{conversation.pk}']") == "Un răspuns"
    assert not Message.objects.sent().exists()


def test_list_refreshes_itself_and_keeps_the_choice(desk, conversation):
    other = ConversationFactory(contact__phone="+40712000999")
    desk.goto("/admin/whatsapp/conversation/")
    box = desk.locator(f"#wa-pick-{other.pk}")
    box.check()

    customer_writes("Mă auziți?")

    expect(desk.locator(".wa-rows")).to_contain_text("Mă auziți?", timeout=7000)
    expect(box).to_be_checked()
    desk.get_by_role("button", name="Assign to me").click()
    expect(desk.locator(".messagelist")).to_contain_text("Assigned to you")
    other.refresh_from_db()
    assert other.assigned_to.username == "ana"


def test_page_is_as_readable_in_the_dark(desk, conversation):
    desk.emulate_media(color_scheme="dark")
    open_thread(desk, conversation)

    colours = desk.locator(".wa-in .wa-bubble").evaluate(
        "bubble => [getComputedStyle(bubble).color, getComputedStyle(bubble).backgroundColor]"
    )

    ink, ground = (sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours)
    assert ink > 600
    assert ground < 150
