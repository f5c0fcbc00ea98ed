"""Whose phone numbers an agent sees: at every door alike."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from tests.api.doors import ROOT
from tests.api.lists import rows_of
from tests.factories import MessageFactory
from whatsapp.models import Media

pytestmark = pytest.mark.django_db
PHONE = "+40712345689"


def test_phone_numbers_are_in_no_answer_for_who_may_not_see_them(blind, phoned):
    pk, message = phoned.pk, phoned.messages.get()
    reads = [
        *("conversations", f"conversations/{pk}", f"conversations/{pk}/messages"),
        *(f"conversations/{pk}/notes", "messages", f"messages/{message.pk}", "media"),
        f"conversations?search={PHONE[1:]}",
        "conversations?expand=last_message,customer,order,number",
        "messages?expand=contact,customer,order,number",
    ]
    answers = [blind.get(f"{ROOT}/{route}") for route in reads]
    body = {"conversation": pk, "text": "Da"}
    answers.append(blind.post(f"{ROOT}/messages/send", body, format="json"))

    for route, answer in zip([*reads, "send"], answers, strict=True):
        assert answer.status_code in (200, 202), route
        assert "712345689" not in answer.content.decode().replace(" ", ""), route
        assert "NDA3MTIzNDU2OD" not in answer.content.decode(), route
    assert answers[1].json()["contact"]["phone"] == "+40 712 ••• •89"
    assert answers[1].json()["contact"]["display_name"] == "+40 712 ••• •89"


def test_refusal_tells_no_number_either(blind):
    response = blind.post(
        f"{ROOT}/messages/send", {"phone_number": "0712 345", "text": "Da"}, format="json"
    )

    assert response.status_code == 400
    assert "0712 345" not in response.content.decode()


def test_phone_numbers_are_shown_to_who_may_see_them(agent, phoned):
    body = agent.get(f"{ROOT}/conversations/{phoned.pk}").json()

    assert body["contact"]["phone"] == PHONE


def test_desk_veils_them_too(client, agent_user, blind, phoned):
    client.force_login(agent_user)
    message = phoned.messages.get()
    pages = [
        reverse("admin:whatsapp_conversation_changelist"),
        reverse("admin:whatsapp_conversation_change", args=[phoned.pk]),
        reverse("admin:whatsapp_desk_strip", args=[phoned.pk]),
        reverse("admin:whatsapp_message_changelist"),
        reverse("admin:whatsapp_message_change", args=[message.pk]),
        reverse("admin:whatsapp_contact_changelist"),
        reverse("admin:whatsapp_contact_change", args=[phoned.contact_id]),
    ]

    for page in pages:
        shown = client.get(page)
        assert shown.status_code == 200, page
        assert "712345689" not in shown.content.decode().replace(" ", ""), page
    assert "+40 712 ••• •89" in client.get(pages[1]).content.decode()


def test_numbers_cannot_be_guessed_digit_by_digit(client, agent_user, blind, phoned):
    client.force_login(agent_user)

    for model in ("contact", "message"):
        page = client.get(reverse(f"admin:whatsapp_{model}_changelist"), {"q": "71234"})
        assert list(page.context["cl"].result_list) == []


@pytest.mark.parametrize(
    ("route", "digits", "words"),
    [
        ("conversations?search={}", ("71234", "%2B4071234", "Ana 71234"), "ana"),
        ("messages?conversation={c}&contains={}", ("71234", PHONE[1:], "la %2B407123"), "sunt l"),
        ("messages?search={}", ("71234",), "sunt"),
    ],
)
def test_search_tells_no_digits_either(blind, agent, phoned, route, digits, words):
    phoned.contact.profile_name = "Ana"
    phoned.contact.save()

    def found(client, text: str) -> list[int]:
        return rows_of(client, route.replace("{c}", str(phoned.pk)).format(text))

    assert found(blind, words)
    for text in digits:
        wrong = text.replace("123", "124")
        assert found(blind, text) == found(blind, wrong), "right and wrong digits differ"


def test_what_is_no_phone_is_found_by_its_digits(blind, phoned):
    MessageFactory(conversation=phoned, message_text=f"Comanda C-2026-00042, sunați la {PHONE}")

    assert len(rows_of(blind, f"messages?conversation={phoned.pk}&contains=2026-0004")) == 1


def test_phones_are_searched_by_who_may_see_them(agent, phoned):
    assert rows_of(agent, "conversations?search=71234") == [phoned.pk]
    assert len(rows_of(agent, f"messages?conversation={phoned.pk}&contains=71234")) == 1


def test_inbox_of_the_desk_tells_no_digits_either(client, agent_user, blind, phoned):
    client.force_login(agent_user)

    page = client.get(reverse("admin:whatsapp_conversation_changelist"), {"q": "71234"})

    assert list(page.context["cl"].result_list) == []


def test_part_of_a_wamid_finds_nothing_for_who_may_not_see_the_number_in_it(
    client, agent_user, blind, phoned
):
    client.force_login(agent_user)

    def found(text: str) -> list:
        page = client.get(reverse("admin:whatsapp_message_changelist"), {"q": text})
        return list(page.context["cl"].result_list)

    message = phoned.messages.get()
    assert found("NDA3MTIz") == []
    assert found(message.external_message_id) == [message]


def test_name_of_a_downloaded_file_is_veiled(blind, agent_user, phoned):
    file = Media.objects.get()
    file.file.save("f.pdf", ContentFile(b"%PDF-1.4"))
    file.mime_type = "application/pdf"
    file.save()

    answer = blind.get(f"{ROOT}/media/{file.pk}/file")

    assert answer.status_code == 200
    assert "712345689" not in answer["Content-Disposition"]
    assert answer["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        ("contact", "phone__startswith"),
        ("contact", "phone__exact"),
        ("contact", "phone"),
        ("contact", "wa_id__in"),
        ("contact", "wa_id__gt"),
        ("message", "phone_number"),
        ("message", "message_text__exact"),
        ("message", "phone_number__contains"),
        ("message", "message_text__regex"),
        ("message", "content__from__startswith"),
    ],
)
def test_address_of_a_list_cannot_guess_either(client, agent_user, blind, phoned, model, lookup):
    client.force_login(agent_user)

    page = client.get(reverse(f"admin:whatsapp_{model}_changelist"), {lookup: "4"})

    assert page.status_code == 400


def test_address_of_a_list_may_filter_by_whole_values(client, agent_user, blind, phoned):
    client.force_login(agent_user)

    page = client.get(reverse("admin:whatsapp_message_changelist"), {"direction__exact": "SENT"})

    assert list(page.context["cl"].result_list) == [phoned.messages.get()]
