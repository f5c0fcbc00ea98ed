"""Whose conversations an agent sees, and whose phone numbers: at every door alike."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.urls import reverse

from tests.factories import (
    ContactFactory,
    ConversationFactory,
    MessageFactory,
    TemplateFactory,
    UserFactory,
)
from whatsapp.models import ConversationNote, Media, Message
from whatsapp.services import visibility

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/whatsapp"
PHONE = "+40712345689"


@pytest.fixture
def own(settings) -> None:
    settings.WHATSAPP = {**settings.WHATSAPP, "AGENTS_SEE": "own"}


@pytest.fixture
def colleagues(own):
    """A conversation of somebody else's, with all that hangs on one."""
    conversation = ConversationFactory(
        status="ASSIGNED",
        assigned_to=UserFactory(agent=True),
        contact=ContactFactory(phone=PHONE),
    )
    conversation.message = MessageFactory(
        conversation=conversation, delivery_status="PENDING", external_message_id=None
    )
    conversation.file = Media.objects.create(
        number=conversation.number, message=conversation.message, media_id="9", state="FAILED"
    )
    ConversationNote.objects.create(conversation=conversation, text="Atenție!")
    return conversation


def rows_of(client, route: str) -> list[int]:
    response = client.get(f"{ROOT}/{route}")
    assert response.status_code == 200
    return [row["id"] for row in response.json()["results"]]


@pytest.mark.parametrize(
    ("method", "route", "body"),
    [
        ("get", "conversations/{c}", None),
        ("get", "conversations/{c}/messages", None),
        ("get", "conversations/{c}/notes", None),
        ("post", "conversations/{c}/notes", {"text": "Salut"}),
        ("post", "conversations/{c}/assign", {"user_id": None}),
        ("post", "conversations/{c}/resolve", {}),
        ("post", "conversations/{c}/reopen", {}),
        ("post", "conversations/{c}/read", {}),
        ("post", "conversations/{c}/typing", {}),
        ("post", "conversations/{c}/priority", {"priority": "HIGH"}),
        ("post", "conversations/{c}/tags", {"tags": ["x"]}),
        ("get", "messages/{m}", None),
        ("post", "messages/{m}/retry", {}),
        ("post", "messages/{m}/cancel", {}),
        ("get", "media/{f}", None),
        ("get", "media/{f}/file", None),
        ("post", "media/{f}/retry", {}),
        ("post", "messages/send", {"conversation": "{c}", "text": "Bună!"}),
    ],
)
def test_colleagues_conversation_is_not_there(agent, colleagues, method, route, body):
    ids = {"c": colleagues.pk, "m": colleagues.message.pk, "f": colleagues.file.pk}
    data = json.loads(json.dumps(body).replace('"{c}"', str(colleagues.pk)))

    response = getattr(agent, method)(f"{ROOT}/{route.format(**ids)}", data, format="json")

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"
    before = (colleagues.status, colleagues.priority, colleagues.assigned_to_id)
    colleagues.refresh_from_db()
    assert (colleagues.status, colleagues.priority, colleagues.assigned_to_id) == before
    assert Message.objects.get().delivery_status == "PENDING"
    assert ConversationNote.objects.count() == 1


def test_lists_hold_what_is_nobodys_or_ones_own(agent, agent_user, colleagues):
    nobodys = MessageFactory()
    mine = MessageFactory(
        conversation=ConversationFactory(status="ASSIGNED", assigned_to=agent_user)
    )
    nowhere = MessageFactory(conversation=None, number=mine.number, contact=mine.contact)

    assert set(rows_of(agent, "conversations")) == {nobodys.conversation_id, mine.conversation_id}
    assert rows_of(agent, "messages") == [mine.pk, nobodys.pk]
    assert nowhere.pk not in rows_of(agent, "messages")
    assert rows_of(agent, f"messages?conversation={colleagues.pk}") == []
    assert rows_of(agent, f"media?conversation={colleagues.pk}") == []


def test_supervisor_sees_all_and_so_does_everybody_by_default(
    settings, agent, supervisor, colleagues
):
    assert rows_of(supervisor, "conversations") == [colleagues.pk]

    settings.WHATSAPP = {**settings.WHATSAPP, "AGENTS_SEE": "all"}

    assert rows_of(agent, "conversations") == [colleagues.pk]


def test_what_was_given_away_is_shown_once_more_and_then_gone(agent, own):
    conversation = ConversationFactory()
    colleague = UserFactory(agent=True)

    given = agent.post(
        f"{ROOT}/conversations/{conversation.pk}/assign", {"user_id": colleague.pk}, format="json"
    )
    after = agent.get(f"{ROOT}/conversations/{conversation.pk}")

    assert (given.status_code, after.status_code) == (200, 404)
    assert given.json()["assigned_to"]["id"] == colleague.pk


@pytest.mark.parametrize("to", ["phone_number", "contact"])
def test_no_way_around_by_phone_or_contact(agent, colleagues, to):
    TemplateFactory()
    value = PHONE if to == "phone_number" else colleagues.contact_id
    parameters = {"customer": "Ana", "order_number": "C-1"}

    response = agent.post(
        f"{ROOT}/messages/template",
        {to: value, "template": "order_shipped", "parameters": parameters},
        format="json",
    )

    assert response.status_code == 422
    assert response.json()["error"]["details"] == {"reason": "colleagues_conversation"}
    assert Message.objects.count() == 1


def test_desk_hides_it_too(client, agent_user, colleagues):
    client.force_login(agent_user)
    pk = colleagues.pk
    pages = [
        reverse("admin:whatsapp_conversation_change", args=[pk]),
        reverse("admin:whatsapp_desk_news", args=[pk]),
        reverse("admin:whatsapp_desk_older", args=[pk, colleagues.message.pk]),
        reverse("admin:whatsapp_desk_file", args=[pk, colleagues.file.pk]),
    ]
    resolve = reverse("admin:whatsapp_desk_resolve", args=[pk])

    assert [client.get(page).status_code for page in pages] == [404] * 4
    assert client.post(resolve).status_code == 404
    inbox = client.get(reverse("admin:whatsapp_conversation_changelist"))
    assert f"/conversation/{pk}/" not in inbox.content.decode()
    assert [box.count for box in inbox.context["boxes"] if box.name == "active"] == [0]
    for model in ("message", "media"):
        page = client.get(reverse(f"admin:whatsapp_{model}_changelist"))
        assert list(page.context["cl"].result_list) == []


def test_others_may_ask_which_conversations_somebody_sees(agent_user, colleagues):
    nobodys = ConversationFactory()

    assert list(visibility.visible_conversations(user=agent_user)) == [nobodys]


@pytest.fixture
def blind(client_of, agent_user):
    """An agent from whose role the permission to see phone numbers was taken."""
    agent_user.groups.get().permissions.remove(Permission.objects.get(codename="view_phone"))
    return client_of(agent_user)


@pytest.fixture
def talk():
    contact = ContactFactory(phone=PHONE, wa_id=PHONE[1:], profile_name="")
    conversation = ConversationFactory(contact=contact, last_message_preview=f"Sunt {PHONE}")
    message = MessageFactory(
        conversation=conversation,
        message_text=f"Sunt la {PHONE}",
        content={"from": PHONE[1:], "text": {"body": f"Sunt la {PHONE}"}},
        external_message_id="wamid.HBgLNDA3MTIzNDU2ODkVAgA=",
    )
    Media.objects.create(number=message.number, message=message, filename=f"{PHONE}.pdf")
    ConversationNote.objects.create(conversation=conversation, text=f"Sunați la {PHONE}")
    return conversation


def test_phone_numbers_are_in_no_answer_for_who_may_not_see_them(blind, talk):
    pk, message = talk.pk, talk.messages.get()
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


def test_phone_numbers_are_shown_to_who_may_see_them(agent, talk):
    body = agent.get(f"{ROOT}/conversations/{talk.pk}").json()

    assert body["contact"]["phone"] == PHONE


def test_desk_veils_them_too(client, agent_user, blind, talk):
    client.force_login(agent_user)
    message = talk.messages.get()
    pages = [
        reverse("admin:whatsapp_conversation_changelist"),
        reverse("admin:whatsapp_conversation_change", args=[talk.pk]),
        reverse("admin:whatsapp_desk_strip", args=[talk.pk]),
        reverse("admin:whatsapp_message_changelist"),
        reverse("admin:whatsapp_message_change", args=[message.pk]),
        reverse("admin:whatsapp_contact_changelist"),
        reverse("admin:whatsapp_contact_change", args=[talk.contact_id]),
    ]

    for page in pages:
        shown = client.get(page)
        assert shown.status_code == 200, page
        assert "712345689" not in shown.content.decode().replace(" ", ""), page
    assert "+40 712 ••• •89" in client.get(pages[1]).content.decode()


def test_numbers_cannot_be_guessed_digit_by_digit(client, agent_user, blind, talk):
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
def test_search_tells_no_digits_either(blind, agent, talk, route, digits, words):
    talk.contact.profile_name = "Ana"
    talk.contact.save()

    def found(client, text: str) -> list[int]:
        return rows_of(client, route.replace("{c}", str(talk.pk)).format(text))

    assert found(blind, words)
    for text in digits:
        wrong = text.replace("123", "124")
        assert found(blind, text) == found(blind, wrong), "right and wrong digits differ"


def test_what_is_no_phone_is_found_by_its_digits(blind, talk):
    MessageFactory(conversation=talk, message_text=f"Comanda C-2026-00042, sunați la {PHONE}")

    assert len(rows_of(blind, f"messages?conversation={talk.pk}&contains=2026-0004")) == 1


def test_phones_are_searched_by_who_may_see_them(agent, talk):
    assert rows_of(agent, "conversations?search=71234") == [talk.pk]
    assert len(rows_of(agent, f"messages?conversation={talk.pk}&contains=71234")) == 1


def test_inbox_of_the_desk_tells_no_digits_either(client, agent_user, blind, talk):
    client.force_login(agent_user)

    page = client.get(reverse("admin:whatsapp_conversation_changelist"), {"q": "71234"})

    assert list(page.context["cl"].result_list) == []


def test_part_of_a_wamid_finds_nothing_for_who_may_not_see_the_number_in_it(
    client, agent_user, blind, talk
):
    client.force_login(agent_user)

    def found(text: str) -> list:
        page = client.get(reverse("admin:whatsapp_message_changelist"), {"q": text})
        return list(page.context["cl"].result_list)

    message = talk.messages.get()
    assert found("NDA3MTIz") == []
    assert found(message.external_message_id) == [message]


def test_name_of_a_downloaded_file_is_veiled(blind, agent_user, talk):
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
        ("contact", "wa_id__gt"),
        ("message", "phone_number__contains"),
        ("message", "message_text__regex"),
        ("message", "content__from__startswith"),
    ],
)
def test_address_of_a_list_cannot_guess_either(client, agent_user, blind, talk, model, lookup):
    client.force_login(agent_user)

    page = client.get(reverse(f"admin:whatsapp_{model}_changelist"), {lookup: "4"})

    assert page.status_code == 400


def test_address_of_a_list_may_filter_by_whole_values(client, agent_user, blind, talk):
    client.force_login(agent_user)

    page = client.get(reverse("admin:whatsapp_message_changelist"), {"direction__exact": "SENT"})

    assert list(page.context["cl"].result_list) == [talk.messages.get()]
