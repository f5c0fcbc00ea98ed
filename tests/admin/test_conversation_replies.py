"""What agents say on the desk: each in one POST, once, with words when it is refused."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from tests.admin.words import words
from tests.factories import ConversationFactory, MessageFactory, TemplateFactory
from whatsapp.models import Media, Message, OutboxItem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outside")]
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"


def test_reply_is_queued_and_comes_back_as_a_bubble(agent, at, conversation, htmx):
    answer = agent.post(
        at("desk_reply", conversation), {"text": "Vine mâine.", "after": "0"}, headers=htmx
    )

    message = Message.objects.get()
    assert (message.message_text, message.user) == ("Vine mâine.", agent.user)
    assert message.delivery_status == "PENDING"
    assert OutboxItem.objects.get().message == message
    assert "Vine mâine." in words(answer)
    assert "wa-tick-clock" in words(answer)


def test_reply_may_quote(agent, at, conversation, htmx):
    asked = MessageFactory(conversation=conversation, received=True)

    agent.post(at("desk_reply", conversation), {"text": "Da.", "reply_to": asked.pk}, headers=htmx)

    assert Message.objects.latest("id").reply_to == asked


@pytest.mark.parametrize(("box", "preview"), [({"preview": "1"}, True), ({}, False)])
def test_link_is_previewed_if_the_agent_leaves_it_so(box, preview, agent, at, conversation, htmx):
    said = {"text": "https://shop.example/c/1", **box}

    agent.post(at("desk_reply", conversation), said, headers=htmx)

    assert Message.objects.get().content["preview_url"] is preview


def test_typing_is_shown_to_the_customer(agent, at, conversation):
    asked = MessageFactory(conversation=conversation, received=True)

    answer = agent.post(at("desk_typing", conversation))

    assert (answer.status_code, answer.content) == (204, b"")
    row = OutboxItem.objects.get()
    assert (row.kind, row.message) == ("TYPING", asked)


def test_without_scripts_the_page_comes_again(agent, at, conversation):
    answer = agent.post(at("desk_reply", conversation), {"text": "Da."})

    assert answer.status_code == 302
    assert answer["Location"] == at("conversation_change", conversation)


def test_reply_outside_the_window_is_refused_in_words(agent, at, htmx):
    silent = ConversationFactory(last_inbound_at=timezone.now() - timedelta(hours=25))

    answer = agent.post(at("desk_reply", silent), {"text": "Salut"}, headers=htmx)

    assert answer.status_code == 422
    assert "Send a template instead" in words(answer)
    assert not Message.objects.exists()


def test_empty_reply_is_refused_in_words(agent, at, conversation, htmx):
    answer = agent.post(at("desk_reply", conversation), {"text": "  "}, headers=htmx)

    assert answer.status_code == 422
    assert words(answer) == "Write something first (4096 characters at most)."
    assert not Message.objects.exists()


def test_picture_is_sent_with_its_caption(agent, at, conversation, htmx):
    file = SimpleUploadedFile("colet.png", PNG, "image/png")

    agent.post(at("desk_reply", conversation), {"text": "Așa arată", "file": file}, headers=htmx)

    message = Message.objects.get()
    assert (message.message_type, message.message_text) == ("IMAGE", "Așa arată")
    assert Media.objects.get().message == message


def test_file_that_whatsapp_does_not_take_is_refused_in_words(agent, at, conversation, htmx):
    file = SimpleUploadedFile("program.exe", b"MZ" + b"\0" * 200, "application/x-msdownload")

    answer = agent.post(at("desk_reply", conversation), {"file": file}, headers=htmx)

    assert answer.status_code == 422
    assert words(answer) == "WhatsApp does not take this kind of file."
    assert not Message.objects.exists()
    assert not Media.objects.exists()


def test_overlong_file_is_refused_before_it_is_read(agent, at, conversation, htmx):
    file = SimpleUploadedFile("mare.png", PNG + b"\0" * (5 * 1024 * 1024), "image/png")

    answer = agent.post(at("desk_reply", conversation), {"file": file}, headers=htmx)

    assert words(answer) == "The file is larger than WhatsApp takes."
    assert not Media.objects.exists()


def test_template_is_sent_outside_the_window(agent, at, htmx):
    silent = ConversationFactory(last_inbound_at=None)
    template = TemplateFactory()
    filled = {"template": template.pk, "p.customer": "Ana", "p.order_number": "C-1"}

    agent.post(at("desk_template", silent), filled, headers=htmx)

    message = Message.objects.get()
    assert message.template == template
    assert message.message_text.startswith("Bună ziua, Ana! Comanda C-1")


def test_template_with_an_empty_field_is_refused_in_words(agent, at, conversation, htmx):
    filled = {"template": TemplateFactory().pk, "p.customer": "Ana", "p.order_number": " "}

    answer = agent.post(at("desk_template", conversation), filled, headers=htmx)

    assert words(answer) == "Fill in every field of the template."
    assert not Message.objects.exists()


def test_form_posted_twice_sends_once(agent, at, conversation, htmx):
    posted = {"text": "Vine mâine.", "key": "form-1", "after": "0"}

    first, again = (
        agent.post(at("desk_reply", conversation), posted, headers=htmx) for _ in range(2)
    )

    assert (first.status_code, again.status_code) == (200, 200)
    assert Message.objects.get().message_text == "Vine mâine."
    assert OutboxItem.objects.count() == 1


def test_answer_brings_new_keys_for_what_is_said_next(agent, at, conversation, htmx):
    page = agent.get(at("conversation_change", conversation)).content.decode()
    key = re.search(r'id="wa-reply-key" name="key" value="(\w{32})"', page)[1]

    answer = agent.post(
        at("desk_reply", conversation), {"text": "Da.", "key": key}, headers=htmx
    ).content.decode()

    new = re.search(
        r'id="wa-reply-key" name="key" value="(\w{32})"[^>]* hx-swap-oob="true"', answer
    )
    assert new[1] != key
    assert 'id="wa-template-key"' in answer


def test_other_words_under_a_used_key_are_refused_with_a_new_key(agent, at, conversation, htmx):
    agent.post(at("desk_reply", conversation), {"text": "Da.", "key": "form-1"}, headers=htmx)

    answer = agent.post(
        at("desk_reply", conversation), {"text": "Nu.", "key": "form-1"}, headers=htmx
    )

    assert answer.status_code == 422
    assert words(answer).startswith("What you sent before is in the conversation already.")
    assert 'id="wa-reply-key"' in words(answer)
    assert Message.objects.get().message_text == "Da."


def test_template_form_posted_twice_sends_once(agent, at, conversation, htmx):
    template = TemplateFactory()
    posted = {"template": template.pk, "p.customer": "Ana", "p.order_number": "1", "key": "form-1"}

    for _ in range(2):
        agent.post(at("desk_template", conversation), posted, headers=htmx)

    assert Message.objects.count() == 1


def test_reply_may_leave_later_and_be_called_back(agent, at, conversation, htmx):
    tomorrow = timezone.localtime() + timedelta(days=1)
    posted = {"text": "Bună dimineața!", "send_at": f"{tomorrow:%Y-%m-%dT%H:%M}", "after": "0"}

    answer = agent.post(at("desk_reply", conversation), posted, headers=htmx)

    message = Message.objects.get()
    assert message.send_at == tomorrow.replace(second=0, microsecond=0)
    assert OutboxItem.objects.get().next_attempt_at == message.send_at
    assert "Leaves on" in words(answer)
    address = reverse("admin:whatsapp_desk_cancel", args=[conversation.pk, message.pk])
    assert address in words(answer)

    answer = agent.post(address, {"seen": f"{message.pk}:PENDING"}, headers=htmx)

    message.refresh_from_db()
    assert message.delivery_status == "CANCELLED"
    assert not OutboxItem.objects.exists()
    assert "Leaves on" not in words(answer)
    assert 'class="wa-tick wa-tick-cancelled"' in words(answer)
    assert "<span>Called back</span>" in words(answer)


@pytest.mark.parametrize(
    "send_at", ["mâine", "2026-02-30T09:00", "2100-01-01T09:00", "2020-01-01T09:00"]
)
def test_impossible_time_is_refused_in_words(agent, at, conversation, htmx, send_at):
    answer = agent.post(
        at("desk_reply", conversation), {"text": "Da.", "send_at": send_at}, headers=htmx
    )

    assert (answer.status_code, words(answer)) == (422, "Choose a time within the next 30 days.")
    assert not Message.objects.exists()


def test_message_of_another_conversation_is_not_called_back(agent, at, conversation, htmx):
    message = MessageFactory(pending=True)

    answer = agent.post(
        reverse("admin:whatsapp_desk_cancel", args=[conversation.pk, message.pk]), headers=htmx
    )

    message.refresh_from_db()
    assert (answer.status_code, message.delivery_status) == (404, "PENDING")
