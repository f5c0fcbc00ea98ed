"""Numbers that are veiled cannot be guessed: not by search, not by the order of a list."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from tests.api.doors import ROOT
from tests.api.lists import rows_of
from tests.factories import ContactFactory, ConversationFactory, MessageFactory

pytestmark = pytest.mark.django_db
PHONE = "+40712345689"
SAID = "sunați la 0722 123 456"


@pytest.mark.parametrize(
    "route",
    ["messages?search={}", "conversations?search={}", "messages?conversation={c}&contains={}"],
)
@pytest.mark.parametrize("guess", ["0722 123 456", "123", "0722 123", "23 45"])
def test_number_that_a_customer_wrote_cannot_be_confirmed(blind, agent, phoned, route, guess):
    MessageFactory(conversation=phoned, message_text=SAID)

    def found(client, text: str) -> list[int]:
        return rows_of(client, route.replace("{c}", str(phoned.pk)).format(text))

    assert found(blind, guess) == []
    assert found(blind, "sunati")


def test_number_that_a_customer_wrote_is_found_by_who_may_see_it(agent, phoned):
    message = MessageFactory(conversation=phoned, message_text=SAID)

    assert rows_of(agent, "messages?search=0722 123 456") == [message.pk]


def test_inbox_confirms_no_number_that_a_customer_wrote(client, agent_user, blind, phoned):
    MessageFactory(conversation=phoned, message_text=SAID)
    client.force_login(agent_user)
    inbox = reverse("admin:whatsapp_conversation_changelist")

    def found(text: str) -> list:
        return list(client.get(inbox, {"q": text}).context["cl"].result_list)

    assert found("0722 123 456") == []
    assert found("sunati") == [phoned]


@pytest.mark.parametrize("link", ["https://wa.me/40712345689", "tel:+40712345689"])
def test_link_of_a_number_is_in_no_answer(blind, phoned, link):
    content = {"interactive": {"action": {"parameters": {"url": link}}}}
    message = MessageFactory(conversation=phoned, message_text=f"vezi {link}", content=content)

    answer = blind.get(f"{ROOT}/messages/{message.pk}")

    assert answer.status_code == 200
    assert "712345689" not in answer.content.decode()


@pytest.mark.parametrize("asked", [PHONE, "0712 345 689", "12345", "Ana 0712", "7123²"])
def test_list_of_contacts_confirms_no_guessed_number(client, agent_user, blind, phoned, asked):
    phoned.contact.profile_name = f"Ana {PHONE}"
    phoned.contact.save()
    client.force_login(agent_user)

    def found(text: str) -> list:
        page = client.get(reverse("admin:whatsapp_contact_changelist"), {"q": text})
        return list(page.context["cl"].result_list)

    assert found(asked) == []
    assert found("ana") == [phoned.contact]


def test_list_of_contacts_finds_a_whole_bsuid(client, agent_user, blind):
    contact = ContactFactory(bsuid="RO.1234567890")
    client.force_login(agent_user)

    page = client.get(reverse("admin:whatsapp_contact_changelist"), {"q": "RO.1234567890"})

    assert list(page.context["cl"].result_list) == [contact]


def sorted_by(client, model: str, column: str, *, down: bool = False) -> list:
    """A list of the admin, sorted by one of its columns as its heading would."""
    url = reverse(f"admin:whatsapp_{model}_changelist")
    columns = list(client.get(url).context["cl"].list_display)
    order = f"{'-' if down else ''}{columns.index(column)}"
    return [row.pk for row in client.get(url, {"o": order}).context["cl"].result_list]


@pytest.mark.parametrize(
    ("model", "column"), [("contact", "phone"), ("contact", "username"), ("message", "error_text")]
)
def test_order_of_a_list_tells_no_number(client, agent_user, blind, model, column):
    for phone in ("+40733000002", "+40711000001", "+40722000003"):
        contact = ContactFactory(phone=phone, wa_id=phone[1:], username=phone[3:])
        MessageFactory(
            conversation=ConversationFactory(contact=contact), error_text=f"{phone} is unknown"
        )
    client.force_login(agent_user)

    up, down = (sorted_by(client, model, column, down=down) for down in (False, True))
    agent_user.groups.get().permissions.add(Permission.objects.get(codename="view_phone"))
    seen = sorted_by(client, model, column)

    assert up == down
    assert seen != up
    assert set(seen) == set(up)


def test_who_may_not_see_numbers_still_sorts_by_what_tells_none(client, agent_user, blind, phoned):
    MessageFactory(conversation=phoned)
    client.force_login(agent_user)

    up, down = (sorted_by(client, "message", "created_at", down=down) for down in (False, True))

    assert up == down[::-1] != down


def test_start_page_names_a_changed_contact_without_its_number(client, agent_user, blind, phoned):
    agent_user.user_permissions.add(Permission.objects.get(codename="change_contact"))
    client.force_login(agent_user)
    page = reverse("admin:whatsapp_contact_change", args=[phoned.contact_id])

    client.post(page, {"customer": "", "language": "en"})
    phoned.contact.refresh_from_db()
    start = client.get(reverse("admin:index")).content.decode()

    assert phoned.contact.language == "en"
    assert "712345689" not in start.replace(" ", "")
    assert "•89" in start
