"""An agent's day at the desk, in a real browser."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.factories import (
    BusinessNumberFactory,
    ConversationFactory,
    MessageFactory,
    TemplateFactory,
)
from whatsapp.domain.updates import InboundMessage, Person
from whatsapp.models import Conversation, Message, OutboxItem
from whatsapp.services import conversations, inbox

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("outside"),
]
SOON = 3000  # ms: what the customer writes shows within three seconds


@pytest.fixture
def conversation(transactional_db) -> Conversation:
    return customer_writes("Bună ziua!")


def customer_writes(text: str) -> Conversation:
    """Take a message in, as the webhook's processor does."""
    number = BusinessNumberFactory()
    now = timezone.now()
    update = InboundMessage(
        wamid=f"wamid.{Message.objects.count()}",
        phone_number_id=number.phone_number_id,
        person=Person(wa_id="40712000001", profile_name="Ioana Mureșan"),
        happened_at=now,
        message_type="TEXT",
        text=text,
        content={},
    )
    with transaction.atomic():
        inbox.receive(updates=[update], now=now)
    return Message.objects.get(external_message_id=update.wamid).conversation


def open_thread(desk: Page, conversation: Conversation) -> None:
    desk.goto(f"/admin/whatsapp/conversation/{conversation.pk}/change/")
    expect(desk.locator("#wa-thread")).to_be_visible()


def test_one_click_and_enter_answers_a_customer(desk, conversation):
    desk.goto("/admin/whatsapp/conversation/")

    desk.get_by_role("link", name="Ioana Mureșan").click()
    expect(desk.locator("#wa-text")).to_be_focused()
    desk.keyboard.type("Vine mâine.")
    desk.keyboard.press("Enter")

    bubble = desk.locator(".wa-out")
    expect(bubble).to_contain_text("Vine mâine.")
    expect(bubble.locator(".wa-tick-clock")).to_be_visible()
    expect(desk.locator("#wa-text")).to_have_value("")
    expect(desk.locator("#wa-text")).to_be_focused()
    assert Message.objects.sent().get().message_text == "Vine mâine."


def test_customer_sees_that_the_agent_types_and_is_told_once(desk, conversation):
    asked = Message.objects.get()
    open_thread(desk, conversation)
    told = []
    desk.on(
        "request", lambda request: told.append(request.url) if "typing" in request.url else None
    )

    with desk.expect_response("**/typing/") as answer:
        desk.keyboard.type("O clipă, vă rog")

    assert answer.value.status == 204
    assert len(told) == 1
    assert OutboxItem.objects.get(kind="TYPING").message == asked


def test_agent_may_leave_out_the_preview_of_a_link(desk, conversation):
    open_thread(desk, conversation)
    choice = desk.get_by_label("Show a preview of the link")
    expect(choice).to_be_hidden()

    desk.keyboard.type("https://shop.example/c/1")
    expect(choice).to_be_checked()
    choice.uncheck()
    desk.locator("#wa-text").press("Enter")

    expect(desk.locator(".wa-out")).to_have_count(1)
    expect(choice).to_be_hidden()
    assert Message.objects.sent().get().content["preview_url"] is False


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


def test_shift_enter_begins_a_line_and_empty_is_not_sent(desk, conversation):
    open_thread(desk, conversation)

    desk.locator("#wa-text").press("Enter")
    desk.keyboard.type("Una")
    desk.keyboard.press("Shift+Enter")
    desk.keyboard.type("două")
    desk.keyboard.press("Enter")

    expect(desk.locator(".wa-out .wa-text")).to_have_text("Una\ndouă", use_inner_text=True)
    assert Message.objects.sent().count() == 1


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


def test_draft_survives_a_reload_and_a_refusal(desk, conversation):
    open_thread(desk, conversation)
    desk.locator("#wa-text").fill("Un răspuns lung")
    desk.reload()
    expect(desk.locator("#wa-text")).to_have_value("Un răspuns lung")

    day = timedelta(days=1, minutes=1)
    Conversation.objects.update(last_inbound_at=timezone.now() - day)
    desk.locator("#wa-text").press("Enter")

    expect(desk.locator("#wa-refusal")).to_contain_text("Send a template instead")
    assert not Message.objects.sent().exists()
    assert desk.evaluate(f"localStorage['wa-draft:{conversation.pk}']") == "Un răspuns lung"


def test_closed_window_takes_a_template_with_a_live_preview(desk, conversation):
    TemplateFactory()
    Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(hours=30))
    open_thread(desk, conversation)

    expect(desk.locator("#wa-text")).to_have_count(0)
    desk.locator("#wa-choose").select_option(label="order_shipped (ro)")
    desk.get_by_label("Order number").fill("C-2026-00017")
    expect(desk.locator(".wa-preview-bubble")).to_contain_text("Comanda C-2026-00017 a plecat")
    desk.get_by_role("textbox", name="Customer").fill("Ioana")
    desk.get_by_role("button", name="Send the template").click()

    expect(desk.locator(".wa-out")).to_contain_text("Bună ziua, Ioana! Comanda C-2026-00017")


def test_colleagues_see_each_other_work(desk, conversation, agent):
    open_thread(desk, conversation)

    conversations.assign(conversation_id=conversation.pk, user_id=agent.pk)

    expect(desk.locator("#wa-state")).to_contain_text("Ana Marinescu", timeout=SOON)
    desk.get_by_role("button", name="Resolve").click()
    expect(desk.get_by_role("button", name="Reopen")).to_be_visible()


def test_quote_is_sent_along(desk, conversation):
    open_thread(desk, conversation)

    desk.locator(".wa-in").hover()
    desk.get_by_title("Answer this message").click()
    desk.keyboard.type("Bună!")
    desk.keyboard.press("Enter")

    expect(desk.locator(".wa-out .wa-quote")).to_have_text("Bună ziua!")
    expect(desk.locator(".wa-quoted")).to_be_hidden()


def test_file_is_sent_with_enter(desk, conversation, tmp_path):
    file = tmp_path / "bon.txt"
    file.write_text("Bon fiscal")
    open_thread(desk, conversation)

    desk.locator("#wa-reply [type=file]").set_input_files(file)
    expect(desk.locator(".wa-attached")).to_contain_text("bon.txt")
    desk.locator("#wa-text").press("Enter")

    expect(desk.locator(".wa-out .wa-file")).to_contain_text("bon.txt")
    expect(desk.locator(".wa-attached")).to_be_hidden()


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


def test_each_answer_of_a_form_is_a_message_of_its_own(desk, conversation):
    open_thread(desk, conversation)

    for text in ("Da.", "Vine mâine.", "Da."):
        desk.locator("#wa-text").fill(text)
        desk.locator("#wa-text").press("Enter")
        expect(desk.locator("#wa-text")).to_have_value("")

    expect(desk.locator(".wa-out")).to_have_count(3)
    assert Message.objects.sent().count() == 3
    assert desk.locator("#wa-refusal").inner_text() == ""


def test_answer_is_given_a_time_and_taken_back(desk, conversation):
    open_thread(desk, conversation)
    tomorrow = timezone.localtime() + timedelta(days=1)

    desk.get_by_text("Send later").click()
    desk.locator("#wa-send-at").fill(f"{tomorrow:%Y-%m-%dT%H:%M}")
    desk.locator("#wa-text").fill("Bună dimineața!")
    desk.locator("#wa-text").press("Enter")
    expect(desk.locator(".wa-scheduled")).to_contain_text("Leaves on")
    expect(desk.locator("#wa-send-at")).to_be_hidden()
    desk.get_by_role("button", name="Call back").click()

    expect(desk.locator(".wa-scheduled")).to_have_count(0)
    assert Message.objects.sent().get().delivery_status == "CANCELLED"


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
