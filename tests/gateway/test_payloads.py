from __future__ import annotations

import pytest

from whatsapp.domain.content import (
    Button,
    Buttons,
    CardName,
    CardOrganization,
    CardPhone,
    ContactCard,
    ContactCards,
    Header,
    LinkButton,
    ListMenu,
    Location,
    LocationRequest,
    MediaKind,
    MediaMessage,
    Outgoing,
    Reaction,
    Recipient,
    Row,
    Section,
    TemplateCall,
    Text,
)
from whatsapp.gateway import payloads

ANA = Recipient(phone="+40700000001", bsuid="RO.1000000000000001")


def body_of(content, *, recipient=ANA, reply_to_wamid=""):
    return payloads.message_body(
        Outgoing(
            recipient=recipient,
            content=content,
            callback_data="7f3c:1",
            reply_to_wamid=reply_to_wamid,
        )
    )


def test_text_body_is_exactly_what_meta_documents():
    body = body_of(Text(body="Comanda ta a plecat."), reply_to_wamid="wamid.IN1")

    assert body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+40700000001",
        "type": "text",
        "context": {"message_id": "wamid.IN1"},
        "biz_opaque_callback_data": "7f3c:1",
        "text": {"body": "Comanda ta a plecat.", "preview_url": False},
    }


@pytest.mark.parametrize("phone", ["+40700000001", "40700000001"])
def test_phone_always_keeps_its_plus(phone):
    assert body_of(Text(body="x"), recipient=Recipient(phone=phone))["to"] == "+40700000001"


def test_username_only_person_is_addressed_by_recipient_never_by_to():
    body = body_of(Text(body="x"), recipient=Recipient(bsuid="RO.1000000000000009"))

    assert body["recipient"] == "RO.1000000000000009"
    assert "to" not in body


def test_phone_wins_over_bsuid():
    assert "recipient" not in body_of(Text(body="x"))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            Text(body="https://shop.example", preview_url=True),
            {"type": "text", "text": {"body": "https://shop.example", "preview_url": True}},
        ),
        (
            TemplateCall(name="hello", language="ro", rendered="Bună"),
            {"type": "template", "template": {"name": "hello", "language": {"code": "ro"}}},
        ),
        (
            TemplateCall(name="hello", language="ro", components=({"type": "body"},)),
            {
                "type": "template",
                "template": {
                    "name": "hello",
                    "language": {"code": "ro"},
                    "components": [{"type": "body"}],
                },
            },
        ),
        (
            MediaMessage(
                kind=MediaKind.DOCUMENT, media_id="9001", caption="Factura", filename="f.pdf"
            ),
            {
                "type": "document",
                "document": {"id": "9001", "caption": "Factura", "filename": "f.pdf"},
            },
        ),
        (
            MediaMessage(kind=MediaKind.IMAGE, link="https://shop.example/a.png"),
            {"type": "image", "image": {"link": "https://shop.example/a.png"}},
        ),
        (
            MediaMessage(kind=MediaKind.STICKER, media_id="9002"),
            {"type": "sticker", "sticker": {"id": "9002"}},
        ),
        (
            MediaMessage(kind=MediaKind.AUDIO, media_id="9003", voice=True),
            {"type": "audio", "audio": {"id": "9003", "voice": True}},
        ),
        (
            Reaction(message_id="wamid.IN1", emoji=""),
            {"type": "reaction", "reaction": {"message_id": "wamid.IN1", "emoji": ""}},
        ),
        (
            Location(latitude=44.4, longitude=26.1, name="Depozit"),
            {
                "type": "location",
                "location": {"latitude": 44.4, "longitude": 26.1, "name": "Depozit"},
            },
        ),
        (
            Location(latitude=0.0, longitude=0.0),
            {"type": "location", "location": {"latitude": 0.0, "longitude": 0.0}},
        ),
        (
            ContactCards(
                contacts=(
                    ContactCard(
                        name=CardName(formatted_name="Ana Pop", first_name="Ana"),
                        phones=(CardPhone(phone="+40700000001", wa_id="40700000001"),),
                        org=CardOrganization(company="Magazin"),
                        birthday="1990-05-01",
                    ),
                    ContactCard(name=CardName(formatted_name="Depozit")),
                )
            ),
            {
                "type": "contacts",
                "contacts": [
                    {
                        "name": {"formatted_name": "Ana Pop", "first_name": "Ana"},
                        "phones": [{"phone": "+40700000001", "wa_id": "40700000001"}],
                        "org": {"company": "Magazin"},
                        "birthday": "1990-05-01",
                    },
                    {"name": {"formatted_name": "Depozit", "first_name": "Depozit"}},
                ],
            },
        ),
        (
            LinkButton(
                body="Urmăriți coletul",
                title="Deschide",
                url="https://shop.example/c/1",
                header=Header(kind=MediaKind.DOCUMENT, media_id="9004", filename="awb.pdf"),
            ),
            {
                "type": "interactive",
                "interactive": {
                    "type": "cta_url",
                    "header": {
                        "type": "document",
                        "document": {"id": "9004", "filename": "awb.pdf"},
                    },
                    "body": {"text": "Urmăriți coletul"},
                    "action": {
                        "name": "cta_url",
                        "parameters": {
                            "display_text": "Deschide",
                            "url": "https://shop.example/c/1",
                        },
                    },
                },
            },
        ),
        (
            LocationRequest(body="Unde livrăm?"),
            {
                "type": "interactive",
                "interactive": {
                    "type": "location_request_message",
                    "body": {"text": "Unde livrăm?"},
                    "action": {"name": "send_location"},
                },
            },
        ),
        (
            Buttons(
                body="A sosit?",
                buttons=(Button(id="y", title="Da"),),
                header=Header(text="Comanda 42"),
            ),
            {
                "type": "interactive",
                "interactive": {
                    "type": "button",
                    "header": {"type": "text", "text": "Comanda 42"},
                    "body": {"text": "A sosit?"},
                    "action": {"buttons": [{"type": "reply", "reply": {"id": "y", "title": "Da"}}]},
                },
            },
        ),
        (
            Buttons(body="A sosit?", buttons=(Button(id="y", title="Da"),), footer="Magazin"),
            {
                "type": "interactive",
                "interactive": {
                    "type": "button",
                    "body": {"text": "A sosit?"},
                    "footer": {"text": "Magazin"},
                    "action": {"buttons": [{"type": "reply", "reply": {"id": "y", "title": "Da"}}]},
                },
            },
        ),
        (
            ListMenu(
                body="Când?",
                button="Alege",
                sections=(
                    Section(
                        rows=(
                            Row(id="1", title="Luni"),
                            Row(id="2", title="Marți", description="x"),
                        )
                    ),
                ),
            ),
            {
                "type": "interactive",
                "interactive": {
                    "type": "list",
                    "body": {"text": "Când?"},
                    "action": {
                        "button": "Alege",
                        "sections": [
                            {
                                "rows": [
                                    {"id": "1", "title": "Luni"},
                                    {"id": "2", "title": "Marți", "description": "x"},
                                ]
                            }
                        ],
                    },
                },
            },
        ),
    ],
)
def test_each_kind_of_content_has_metas_shape(content, expected):
    body = body_of(content)

    assert {name: body[name] for name in ("type", expected["type"])} == expected


def test_reaction_has_no_context():
    body = body_of(Reaction(message_id="wamid.IN1", emoji="👍"), reply_to_wamid="wamid.IN1")

    assert "context" not in body


def test_read_receipt_and_typing():
    receipt = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.IN1"}

    assert payloads.read_body("wamid.IN1") == receipt
    assert payloads.read_body("wamid.IN1", typing=True) == {
        **receipt,
        "typing_indicator": {"type": "text"},
    }
