"""Messages over the API: read, sent, sent again, called back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.erp.factories import OrderFactory
from tests.factories import (
    BusinessNumberFactory,
    ConversationFactory,
    MessageFactory,
    OutboxItemFactory,
    TemplateFactory,
)
from whatsapp.models import Media, Message, MessageAttempt, OutboxItem

pytestmark = pytest.mark.django_db
MESSAGES = "/api/v1/whatsapp/messages"
PDF = b"%PDF-1.7\n" + b"0" * 100
PARAMETERS = {"customer": "Ana", "order_number": "C-2026-00042"}


def nothing_was_queued() -> bool:
    return not Message.objects.exists() and not OutboxItem.objects.exists()


def fields_at_fault(response) -> set[str]:
    assert (response.status_code, response.json()["error"]["code"]) == (400, "validation")
    return set(response.json()["error"]["details"]["fields"])


def test_text_is_queued_and_answered_with_the_message_and_its_address(agent, agent_user):
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/send", {"conversation": conversation.pk, "text": "Bună!"}, format="json"
    )

    assert response.status_code == 202
    message = Message.objects.get()
    assert response["Location"] == f"{MESSAGES}/{message.pk}"
    assert OutboxItem.objects.get().message_id == message.pk
    body = response.json()
    assert body == {
        "id": message.pk,
        "uuid": str(message.uuid),
        "direction": "SENT",
        "type": "TEXT",
        "text": "Bună!",
        "reply_to_wamid": "",
        "forwarded": None,
        "product": None,
        "referral": None,
        "reactions": [],
        "earlier_texts": [],
        "deleted_at": None,
        "answers": [],
        "basket": None,
        "troubles": [],
        "status": "PENDING",
        "error": None,
        "phone_number": conversation.contact.phone,
        "conversation": conversation.pk,
        "contact": conversation.contact_id,
        "number": conversation.number_id,
        "template": None,
        "reply_to": None,
        "content": {"kind": "text", "body": "Bună!", "preview_url": False},
        "media": None,
        "customer_id": None,
        "user_id": agent_user.pk,
        "order_id": None,
        "quote_id": None,
        "supplier_order_id": None,
        "external_message_id": None,
        "attempts": 0,
        "happened_at": body["happened_at"],
        "created_at": body["created_at"],
        "sent_at": None,
        "delivered_at": None,
        "read_at": None,
        "played_at": None,
        "failed_at": None,
        "send_at": None,
        "expires_at": body["expires_at"],
    }


def test_everything_a_text_may_carry_arrives_on_the_row(agent):
    conversation, order = ConversationFactory(), OrderFactory()
    question = MessageFactory(conversation=conversation, received=True)
    later = datetime.now(tz=UTC) + timedelta(hours=3)

    response = agent.post(
        f"{MESSAGES}/send",
        {
            "contact": conversation.contact_id,
            "number": conversation.number_id,
            "text": " da ",
            "order_id": order.pk,
            "reply_to": question.pk,
            "send_at": later.isoformat(),
        },
        format="json",
    )

    assert response.status_code == 202
    message = Message.objects.get(pk=response.json()["id"])
    assert (message.order_id, message.reply_to_id) == (order.pk, question.pk)
    assert message.conversation_id == conversation.pk
    assert message.message_text == " da "
    assert OutboxItem.objects.get().next_attempt_at == later


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({}, {"text"}),
        ({"text": "Bună!"}, {"phone_number"}),
        ({"text": "Bună!", "phone_number": "0722000111", "conversation": 1}, {"phone_number"}),
        ({"text": "", "conversation": 1}, {"text"}),
        ({"text": "x" * 4097, "conversation": 1}, {"text"}),
        ({"text": "Bună!", "conversation": "x", "order_id": 404}, {"conversation", "order_id"}),
        ({"text": "Bună!", "conversation": 1, "send_at": "mâine"}, {"send_at"}),
    ],
)
def test_text_that_makes_no_sense_is_refused_by_field(agent, given, fields):
    BusinessNumberFactory()

    response = agent.post(f"{MESSAGES}/send", given, format="json")

    assert fields_at_fault(response) == fields
    assert nothing_was_queued()


@pytest.mark.parametrize(
    ("given", "status", "code", "details"),
    [
        (
            {"phone_number": "0722"},
            400,
            "invalid_phone",
            {"reason": "too_short", "phone": "***"},
        ),
        ({"phone_number": "0722123456"}, 422, "conversation_closed", {"reason": "window_closed"}),
        ({"conversation": 404}, 404, "not_found", {"field": "conversation"}),
        ({"contact": 404}, 404, "not_found", {"field": "contact"}),
    ],
)
def test_rule_that_forbids_the_text_answers_with_its_own_code(agent, given, status, code, details):
    BusinessNumberFactory()

    response = agent.post(f"{MESSAGES}/send", {"text": "Bună!", **given}, format="json")

    assert response.status_code == status
    error = response.json()["error"]
    assert (error["code"], error["details"]) == (code, details)
    assert nothing_was_queued()


def test_archived_conversation_takes_no_text(agent):
    conversation = ConversationFactory(status="ARCHIVED")

    response = agent.post(
        f"{MESSAGES}/send", {"conversation": conversation.pk, "text": "Bună!"}, format="json"
    )

    assert response.status_code == 422
    assert response.json()["error"]["details"] == {"reason": "archived"}
    assert nothing_was_queued()


def test_template_is_sent_to_a_phone_number_at_any_time(agent):
    BusinessNumberFactory()
    template = TemplateFactory()

    response = agent.post(
        f"{MESSAGES}/template",
        {"phone_number": "0722 123 456", "template": "order_shipped", "parameters": PARAMETERS},
        format="json",
    )

    assert response.status_code == 202
    body = response.json()
    assert (body["type"], body["phone_number"], body["template"]) == (
        "TEMPLATE",
        "+40722123456",
        template.pk,
    )
    assert body["text"].startswith("Bună ziua, Ana! Comanda C-2026-00042")


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"parameters": {"customer": "Ana"}}, 400, "template_validation"),
        ({"language": "hu"}, 404, "not_found"),
        ({"template": "never_made"}, 404, "not_found"),
    ],
)
def test_template_that_cannot_be_sent_is_refused(agent, given, status, code):
    BusinessNumberFactory()
    TemplateFactory()
    asked = {"phone_number": "0722123456", "template": "order_shipped", "parameters": PARAMETERS}

    response = agent.post(f"{MESSAGES}/template", {**asked, **given}, format="json")

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert nothing_was_queued()


def test_template_meta_has_not_approved_is_refused_with_its_status(agent):
    BusinessNumberFactory()
    TemplateFactory(status="PAUSED")

    response = agent.post(
        f"{MESSAGES}/template",
        {"phone_number": "0722123456", "template": "order_shipped", "parameters": PARAMETERS},
        format="json",
    )

    assert response.status_code == 422
    error = response.json()["error"]
    assert (error["code"], error["details"]) == ("template_not_approved", {"status": "PAUSED"})


def test_uploaded_file_is_kept_and_waits_for_its_upload(agent):
    conversation = ConversationFactory()
    file = SimpleUploadedFile("factura.pdf", PDF, content_type="text/plain")

    response = agent.post(
        f"{MESSAGES}/media",
        {"conversation": conversation.pk, "kind": "document", "file": file},
        format="multipart",
    )

    assert response.status_code == 202
    media = Media.objects.get()
    assert response.json()["type"] == "DOCUMENT"
    assert response.json()["media"] == {
        "id": media.pk,
        "message": response.json()["id"],
        "mime_type": "application/pdf",
        "filename": "factura.pdf",
        "size": len(PDF),
        "state": "PENDING",
        "error": "",
    }


def test_file_meta_already_has_is_sent_by_its_id(agent):
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/media",
        {"conversation": conversation.pk, "kind": "image", "media_id": "99", "caption": "Uite"},
        format="json",
    )

    assert response.status_code == 202
    assert response.json()["content"]["media_id"] == "99"
    assert response.json()["text"] == "Uite"


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"kind": "image"}, {"media_id"}),
        ({"kind": "hologram", "media_id": "1"}, {"kind"}),
        ({"kind": "image", "media_id": "1", "link": "https://shop.ro/a.png"}, {"media_id"}),
        ({"kind": "audio", "media_id": "1", "caption": "Uite"}, {"caption"}),
        ({"kind": "image", "link": "http://shop.ro/a.png"}, {"link"}),
        ({"kind": "image", "media_id": "1", "filename": "a.png"}, {"filename"}),
        ({"kind": "video", "media_id": "1", "voice": True}, {"voice"}),
    ],
)
def test_file_that_makes_no_sense_is_refused_by_field(agent, given, fields):
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/media", {"conversation": conversation.pk, **given}, format="json"
    )

    assert fields_at_fault(response) == fields
    assert nothing_was_queued()


def test_file_of_another_type_than_it_says_is_refused(agent):
    conversation = ConversationFactory()
    file = SimpleUploadedFile("poza.jpg", PDF, content_type="image/jpeg")

    response = agent.post(
        f"{MESSAGES}/media",
        {"conversation": conversation.pk, "kind": "image", "file": file},
        format="multipart",
    )

    assert fields_at_fault(response) == {"file"}
    assert nothing_was_queued()


def test_file_too_large_for_the_module_is_not_even_read(settings, agent):
    settings.WHATSAPP = {**settings.WHATSAPP, "MEDIA_MAX_BYTES": 50}
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/media",
        {
            "conversation": conversation.pk,
            "kind": "document",
            "file": SimpleUploadedFile("factura.pdf", PDF),
        },
        format="multipart",
    )

    assert response.status_code == 413
    error = response.json()["error"]
    assert (error["code"], error["details"]) == (
        "media_too_large",
        {"size": len(PDF), "limit": 50},
    )
    assert nothing_was_queued()


def test_question_with_buttons_is_queued(agent):
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/interactive",
        {
            "conversation": conversation.pk,
            "body": "Când livrăm?",
            "buttons": [{"id": "am", "title": "Dimineața"}, {"id": "pm", "title": "Seara"}],
        },
        format="json",
    )

    assert response.status_code == 202
    assert response.json()["content"] == {
        "kind": "buttons",
        "body": "Când livrăm?",
        "footer": "",
        "buttons": [{"id": "am", "title": "Dimineața"}, {"id": "pm", "title": "Seara"}],
    }


def test_list_behind_a_button_is_queued(agent):
    conversation = ConversationFactory()
    rows = [{"id": "b1", "title": "Unirii", "description": "9–18"}]

    response = agent.post(
        f"{MESSAGES}/interactive",
        {
            "conversation": conversation.pk,
            "body": "De unde?",
            "button": "Alegeți",
            "sections": [{"rows": rows}],
        },
        format="json",
    )

    assert response.status_code == 202
    assert response.json()["content"]["sections"] == [{"title": "", "rows": rows}]


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({}, {"buttons"}),
        ({"buttons": []}, {"buttons"}),
        ({"buttons": [{"id": "a", "title": "x" * 21}]}, {"buttons"}),
        ({"sections": [{"rows": [{"id": "a", "title": "A"}]}]}, {"button"}),
        ({"buttons": [{"id": "a", "title": "A"}], "sections": []}, {"buttons"}),
        ({"button": "Alegeți", "sections": [{"rows": []}]}, {"sections.0.rows"}),
    ],
)
def test_question_nobody_could_answer_is_refused(agent, given, fields):
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/interactive",
        {"conversation": conversation.pk, "body": "Când?", **given},
        format="json",
    )

    assert fields_at_fault(response) == fields
    assert nothing_was_queued()


def test_link_button_and_request_for_a_place_are_queued(agent):
    conversation = ConversationFactory()
    asked = [
        {
            "header": {"text": "Comanda 42"},
            "body": "Coletul este pe drum.",
            "footer": "Magazin",
            "link_button": {"title": "Urmăriți", "url": "https://curier.example/42"},
        },
        {"body": "Unde livrăm?", "location_request": True},
        {
            "header": {"kind": "image", "link": "https://shop.example/a.png"},
            "body": "Acesta?",
            "buttons": [{"id": "da", "title": "Da"}],
        },
    ]

    answers = [
        agent.post(
            f"{MESSAGES}/interactive", {"conversation": conversation.pk, **one}, format="json"
        )
        for one in asked
    ]

    assert [answer.status_code for answer in answers] == [202, 202, 202]
    link, place, buttons = (answer.json()["content"] for answer in answers)
    assert (link["kind"], link["url"]) == ("link", "https://curier.example/42")
    assert place == {"kind": "location_request", "body": "Unde livrăm?"}
    assert buttons["header"]["link"] == "https://shop.example/a.png"


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"location_request": False}, {"buttons"}),
        ({"location_request": True, "footer": "x"}, {"footer"}),
        ({"location_request": True, "header": {"text": "x"}}, {"header"}),
        ({"link_button": {"title": "Da", "url": "javascript:1"}}, {"link_button.url"}),
        ({"link_button": {"title": "Da"}}, {"link_button"}),
        ({"location_request": True, "buttons": [{"id": "a", "title": "A"}]}, {"buttons"}),
        ({"buttons": [{"id": "a", "title": "A"}], "header": {}}, {"header"}),
        (
            {"buttons": [{"id": "a", "title": "A"}], "header": {"kind": "image", "text": "x"}},
            {"header.kind"},
        ),
        (
            {
                "button": "Alege",
                "sections": [{"rows": [{"id": "1", "title": "Luni"}]}],
                "header": {"kind": "image", "media_id": "9"},
            },
            {"header.kind"},
        ),
    ],
)
def test_interactive_message_that_meta_would_refuse_names_its_field(agent, given, fields):
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/interactive",
        {"conversation": conversation.pk, "body": "Când?", **given},
        format="json",
    )

    assert fields_at_fault(response) == fields
    assert nothing_was_queued()


def test_place_is_queued(agent):
    conversation = ConversationFactory()
    place = {"latitude": 44.4268, "longitude": 26.1025, "name": "Magazin", "address": "Unirii 1"}

    response = agent.post(
        f"{MESSAGES}/location", {"conversation": conversation.pk, **place}, format="json"
    )

    assert response.status_code == 202
    assert response.json()["type"] == "LOCATION"
    assert response.json()["content"] == {"kind": "location", **place}


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"latitude": 91, "longitude": 0}, {"latitude"}),
        ({"latitude": "nan", "longitude": 0}, {"latitude"}),
        ({"latitude": 0, "longitude": "inf"}, {"longitude"}),
        ({"latitude": 0}, {"longitude"}),
        ({"latitude": 0, "longitude": 0, "name": "x" * 1025}, {"name"}),
    ],
)
def test_place_that_is_none_is_refused_by_field(agent, given, fields):
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/location", {"conversation": conversation.pk, **given}, format="json"
    )

    assert fields_at_fault(response) == fields
    assert nothing_was_queued()


def test_people_are_queued_with_what_is_known_of_them(agent):
    conversation = ConversationFactory()
    card = {
        "name": {"formatted_name": "Ana Popescu", "first_name": "Ana"},
        "phones": [{"phone": "+40 722 123 456", "wa_id": "40722123456"}],
        "emails": [{"email": "ana@shop.example"}],
        "addresses": [{"city": "București", "country_code": "RO"}],
        "org": {"company": "Cypher"},
        "birthday": "1990-05-01",
    }

    response = agent.post(
        f"{MESSAGES}/contacts",
        {"conversation": conversation.pk, "contacts": [card]},
        format="json",
    )

    assert response.status_code == 202
    assert (response.json()["type"], response.json()["text"]) == ("CONTACTS", "Ana Popescu")
    [kept] = response.json()["content"]["contacts"]
    assert (kept["phones"][0]["wa_id"], kept["org"]["company"]) == ("40722123456", "Cypher")


@pytest.mark.parametrize(
    ("contacts", "fields"),
    [
        ([], {"contacts"}),
        ([{"name": {"first_name": "Ana"}}], {"contacts"}),
        ([{"name": {"formatted_name": "Ana"}, "phones": [{}]}], {"contacts"}),
        (
            [{"name": {"formatted_name": "Ana"}, "birthday": "1 mai"}],
            {"contacts.0.birthday"},
        ),
    ],
)
def test_people_without_what_matters_are_refused_by_field(agent, contacts, fields):
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/contacts",
        {"conversation": conversation.pk, "contacts": contacts},
        format="json",
    )

    assert fields_at_fault(response) == fields
    assert nothing_was_queued()


@pytest.mark.parametrize("emoji", ["👍", ""])
def test_reaction_is_queued_for_its_messages_conversation(agent, emoji):
    asked = MessageFactory(received=True)

    response = agent.post(
        f"{MESSAGES}/reaction", {"message": asked.pk, "emoji": emoji}, format="json"
    )

    assert response.status_code == 202
    said = response.json()
    assert (said["type"], said["text"], said["reply_to"]) == ("REACTION", emoji, asked.pk)
    assert said["conversation"] == asked.conversation_id


def test_reaction_to_what_meta_never_took_is_refused(agent):
    waiting = MessageFactory(pending=True)

    response = agent.post(
        f"{MESSAGES}/reaction", {"message": waiting.pk, "emoji": "👍"}, format="json"
    )

    assert response.status_code == 422
    assert response.json()["error"]["details"] == {"reason": "not_at_meta"}
    assert not OutboxItem.objects.exists()


def test_word_is_no_reaction(agent):
    asked = MessageFactory(received=True)

    response = agent.post(
        f"{MESSAGES}/reaction", {"message": asked.pk, "emoji": "da"}, format="json"
    )

    assert fields_at_fault(response) == {"emoji"}
    assert not OutboxItem.objects.exists()


@pytest.mark.parametrize(("asked", "preview"), [({}, True), ({"preview_url": False}, False)])
def test_link_is_previewed_unless_the_client_says_no(agent, asked, preview):
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/send",
        {"conversation": conversation.pk, "text": "https://shop.example/c/1", **asked},
        format="json",
    )

    assert response.json()["content"]["preview_url"] is preview


def test_large_upload_comes_by_a_temporary_file_and_is_kept_whole(agent):
    conversation = ConversationFactory()
    data = PDF + b"0" * (3 * 1024 * 1024)  # beyond what Django keeps in memory

    response = agent.post(
        f"{MESSAGES}/media",
        {
            "conversation": conversation.pk,
            "kind": "document",
            "file": SimpleUploadedFile("catalog.pdf", data, content_type="application/pdf"),
        },
        format="multipart",
    )

    assert response.status_code == 202
    assert response.json()["content"]["filename"] == "catalog.pdf"
    assert Media.objects.get().file.read() == data


def test_failed_message_is_sent_again(agent):
    message = MessageFactory(delivery_status="FAILED", error_code=131000, error_text="Trouble")
    OutboxItemFactory(message=message, state="FAILED")
    shown = agent.get(f"{MESSAGES}/{message.pk}").json()

    response = agent.post(f"{MESSAGES}/{message.pk}/retry")

    assert shown["error"] == {"code": 131000, "text": "Trouble"}
    assert response.status_code == 202
    assert (response.json()["status"], response.json()["error"]) == ("PENDING", None)
    assert OutboxItem.objects.get().state == "PENDING"


def test_waiting_message_is_called_back(agent):
    message = OutboxItemFactory().message

    response = agent.post(f"{MESSAGES}/{message.pk}/cancel")

    assert (response.status_code, response.json()["status"]) == (200, "CANCELLED")
    assert not OutboxItem.objects.exists()


@pytest.mark.parametrize("move", ["retry", "cancel"])
def test_message_that_is_gone_can_neither_be_repeated_nor_called_back(agent, move):
    message = MessageFactory(delivery_status="READ")

    response = agent.post(f"{MESSAGES}/{message.pk}/{move}")

    assert response.status_code == 422
    assert response.json()["error"]["code"] == "message_not_deliverable"
    message.refresh_from_db()
    assert message.delivery_status == "READ"


def test_messages_are_listed_newest_first_and_filtered(agent):
    conversation = ConversationFactory()
    received = MessageFactory(conversation=conversation, received=True)
    failed = MessageFactory(conversation=conversation, delivery_status="FAILED")
    elsewhere = MessageFactory(message_type="TEMPLATE", delivery_status="READ")

    def ids(query: str) -> list[int]:
        return [row["id"] for row in agent.get(f"{MESSAGES}?{query}").json()["results"]]

    assert ids("") == [elsewhere.pk, failed.pk, received.pk]
    assert ids(f"conversation={conversation.pk}") == [failed.pk, received.pk]
    assert ids("direction=RECEIVED") == [received.pk]
    assert ids("status=FAILED&status=READ") == [elsewhere.pk, failed.pk]
    assert ids("type=TEMPLATE") == [elsewhere.pk]
    assert ids("created_before=2026-01-01T00:00:00Z") == []
    assert ids("order=404") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=LOST", "status"),
        ("conversation=1e999999999", "conversation"),
        ("conversation=-1", "conversation"),
        ("created_after=ieri", "created_after"),
        ("created_after=9999-12-31T23:59:59-23:59", "created_after"),
        ("created_before=0001-01-01T00:00:00%2B14:00", "created_before"),
    ],
)
def test_filter_of_nonsense_is_named(agent, query, field):
    response = agent.get(f"{MESSAGES}?{query}")

    assert fields_at_fault(response) == {field}


def test_list_asks_as_much_for_many_messages_as_for_one(agent, django_assert_num_queries):
    conversation = ConversationFactory()
    MessageFactory.create_batch(10, conversation=conversation)

    with django_assert_num_queries(5):  # the user, two for permissions, the page, what hangs on it
        agent.get(MESSAGES)


def test_send_repeated_under_its_key_answers_with_the_same_message(agent):
    conversation = ConversationFactory()
    given = {"conversation": conversation.pk, "text": "Bună!"}

    first, again = (
        agent.post(f"{MESSAGES}/send", given, format="json", headers={"Idempotency-Key": "k-1"})
        for _ in range(2)
    )

    assert (first.status_code, again.status_code) == (202, 202)
    assert again["Location"] == first["Location"]
    assert again.json() == first.json()
    assert Message.objects.count() == 1


def test_file_repeated_under_its_key_is_kept_once(agent):
    conversation = ConversationFactory()

    ids = {
        agent.post(
            f"{MESSAGES}/media",
            {
                "conversation": conversation.pk,
                "kind": "document",
                "file": SimpleUploadedFile("a.pdf", PDF),
            },
            format="multipart",
            headers={"Idempotency-Key": "k-1"},
        ).json()["id"]
        for _ in range(2)
    }

    assert ids == {Message.objects.get().pk}
    assert Media.objects.count() == 1


def test_key_used_for_something_else_is_a_conflict_and_sends_nothing(agent):
    conversation = ConversationFactory()
    given = {"conversation": conversation.pk, "text": "Bună!"}
    key = {"Idempotency-Key": "k-1"}
    agent.post(f"{MESSAGES}/send", given, format="json", headers=key)

    response = agent.post(
        f"{MESSAGES}/send", {**given, "text": "Altceva."}, format="json", headers=key
    )

    assert (response.status_code, response.json()["error"]["code"]) == (409, "idempotency_conflict")
    assert Message.objects.get().message_text == "Bună!"


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_header_that_is_no_key_is_refused(agent, key):
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/send",
        {"conversation": conversation.pk, "text": "Bună!"},
        format="json",
        headers={"Idempotency-Key": key},
    )

    assert fields_at_fault(response) == {"idempotency_key"}
    assert nothing_was_queued()


def test_what_is_scheduled_is_listed_and_called_back(agent):
    conversation = ConversationFactory()
    send_at = datetime.now(tz=UTC) + timedelta(days=2)
    MessageFactory(conversation=conversation, pending=True)
    MessageFactory(conversation=conversation, send_at=send_at, delivery_status="CANCELLED")
    response = agent.post(
        f"{MESSAGES}/send",
        {"conversation": conversation.pk, "text": "Bună!", "send_at": send_at.isoformat()},
        format="json",
    )
    pk = response.json()["id"]

    listed = agent.get(f"{MESSAGES}?scheduled=true").json()["results"]
    others = agent.get(f"{MESSAGES}?scheduled=false").json()["results"]
    called_back = agent.post(f"{MESSAGES}/{pk}/cancel")

    assert [(row["id"], row["status"]) for row in listed] == [(pk, "PENDING")]
    assert datetime.fromisoformat(listed[0]["send_at"]) == send_at
    assert pk not in {row["id"] for row in others}
    assert len(others) == 2
    assert called_back.json()["status"] == "CANCELLED"
    assert not OutboxItem.objects.exists()
    assert agent.get(f"{MESSAGES}?scheduled=true").json()["results"] == []


def test_end_before_the_message_is_due_is_refused(agent):
    conversation = ConversationFactory()
    now = datetime.now(tz=UTC)

    response = agent.post(
        f"{MESSAGES}/send",
        {
            "conversation": conversation.pk,
            "text": "Bună!",
            "send_at": (now + timedelta(hours=2)).isoformat(),
            "expires_at": (now + timedelta(hours=1)).isoformat(),
        },
        format="json",
    )

    assert fields_at_fault(response) == {"expires_at"}
    assert nothing_was_queued()


def test_detail_tells_the_attempts_and_that_meta_took_it_twice(agent):
    message = MessageFactory(external_message_id="wamid.2", attempts=2)
    departed_at = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    MessageAttempt.objects.create(
        message=message,
        attempt=1,
        outcome="DOUBLED",
        departed_at=departed_at,
        error_text="No clear answer: read timeout",
        wamid="wamid.1",
    )

    body = agent.get(f"{MESSAGES}/{message.pk}").json()

    assert (body["attempts"], body["surprise"]) == (2, True)
    assert body["attempt_log"] == [
        {
            "attempt": 1,
            "outcome": "DOUBLED",
            "departed_at": "2026-11-22T12:00:00Z",
            "error_code": None,
            "error_text": "No clear answer: read timeout",
            "wamid": "wamid.1",
        }
    ]


def test_detail_of_an_ordinary_message_has_no_surprise(agent):
    message = MessageFactory(attempts=2)
    MessageAttempt.objects.create(message=message, attempt=1, outcome="RETRY")

    body = agent.get(f"{MESSAGES}/{message.pk}").json()

    assert body["surprise"] is False
    assert [each["outcome"] for each in body["attempt_log"]] == ["RETRY"]


def test_lists_leave_the_attempts_out(agent):
    MessageFactory()

    (row,) = agent.get(MESSAGES).json()["results"]

    assert not {"attempt_log", "surprise"} & row.keys()
