"""An agent answers at the desk, in a real browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.threads import open_thread
from tests.factories import TemplateFactory
from whatsapp.models import Conversation, Message, OutboxItem

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("outside"),
]


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


def test_shift_enter_begins_a_line_and_empty_is_not_sent(desk, conversation):
    open_thread(desk, conversation)

    desk.locator("#wa-text").press("Enter")
    desk.keyboard.type("Una")
    desk.keyboard.press("Shift+Enter")
    desk.keyboard.type("două")
    desk.keyboard.press("Enter")

    expect(desk.locator(".wa-out .wa-text")).to_have_text("Una\ndouă", use_inner_text=True)
    assert Message.objects.sent().count() == 1


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
