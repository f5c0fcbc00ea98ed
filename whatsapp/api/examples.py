"""What the API's page shows a client developer to begin with."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample

TEXT = [
    OpenApiExample(
        "Answer in a conversation",
        value={"conversation": 17, "text": "Bună ziua! Coletul pleacă astăzi."},
        request_only=True,
    ),
    OpenApiExample(
        "To a phone number, about an order",
        value={"phone_number": "0722 123 456", "text": "V-am trimis factura.", "order_id": 1042},
        request_only=True,
    ),
]
TEMPLATE = [
    OpenApiExample(
        "An order's confirmation",
        value={
            "phone_number": "+40722123456",
            "template": "order_confirmed",
            "language": "ro",
            "parameters": {
                "customer_name": "Maria",
                "order_number": "C-2026-00042",
                "total": "1.234,50 lei",
            },
            "order_id": 1042,
        },
        request_only=True,
    )
]
BATCH = [
    OpenApiExample(
        "Three customers",
        value={
            "template": "order_shipped",
            "language": "ro",
            "messages": [
                {
                    "phone_number": "+40722123456",
                    "order_id": 1042,
                    "parameters": {"customer": "Maria", "order_number": "C-2026-00042"},
                },
                {
                    "conversation": 17,
                    "parameters": {"customer": "Elena", "order_number": "C-2026-00044"},
                },
                {
                    "customer_id": 7,
                    "parameters": {"customer": "Ion", "order_number": "C-2026-00043"},
                },
            ],
        },
        request_only=True,
    ),
    OpenApiExample(
        "One accepted, one refused",
        value={
            "accepted": 1,
            "refused": 1,
            "results": [
                {"message": 2042, "error": None},
                {
                    "message": None,
                    "error": {
                        "code": "invalid_phone",
                        "message": "The phone number is too short.",
                        "details": {"reason": "too_short", "phone": "***"},
                    },
                },
            ],
        },
        response_only=True,
        status_codes=["202"],
    ),
]
MEDIA = [
    OpenApiExample(
        "A file Meta already has",
        value={"conversation": 17, "kind": "document", "media_id": "1166846181421424"},
        request_only=True,
    )
]
DOCUMENT = [
    OpenApiExample("A quote", value={"kind": "quote", "document_id": 42}, request_only=True)
]
INTERACTIVE = [
    OpenApiExample(
        "Two buttons",
        value={
            "conversation": 17,
            "body": "Când vă putem livra?",
            "buttons": [{"id": "am", "title": "Dimineața"}, {"id": "pm", "title": "După-amiaza"}],
        },
        request_only=True,
    ),
    OpenApiExample(
        "A list",
        value={
            "conversation": 17,
            "body": "De unde ridicați coletul?",
            "button": "Alegeți punctul",
            "sections": [{"rows": [{"id": "b1", "title": "Unirii", "description": "9–18"}]}],
        },
        request_only=True,
    ),
    OpenApiExample(
        "A link button under a picture",
        value={
            "conversation": 17,
            "header": {"kind": "image", "link": "https://magazin.example/colet.jpg"},
            "body": "Coletul este pe drum.",
            "link_button": {"title": "Urmăriți coletul", "url": "https://curier.example/42"},
        },
        request_only=True,
    ),
    OpenApiExample(
        "Where is the customer?",
        value={
            "conversation": 17,
            "body": "Unde livrăm? Trimiteți-ne locația.",
            "location_request": True,
        },
        request_only=True,
    ),
]
LOCATION = [
    OpenApiExample(
        "The shop",
        value={
            "conversation": 17,
            "latitude": 44.4268,
            "longitude": 26.1025,
            "name": "Magazinul Unirii",
            "address": "Piața Unirii 1, București",
        },
        request_only=True,
    )
]
CONTACTS = [
    OpenApiExample(
        "A colleague",
        value={
            "conversation": 17,
            "contacts": [
                {
                    "name": {"formatted_name": "Ana Popescu", "first_name": "Ana"},
                    "phones": [{"phone": "+40 722 123 456", "wa_id": "40722123456"}],
                    "org": {"company": "Cypher", "title": "Relații cu clienții"},
                }
            ],
        },
        request_only=True,
    )
]
REACTION = [
    OpenApiExample("A thumb", value={"message": 1042, "emoji": "👍"}, request_only=True),
    OpenApiExample("Taken back", value={"message": 1042, "emoji": ""}, request_only=True),
]
ASSIGN = [
    OpenApiExample("To an agent", value={"user_id": 5}, request_only=True),
    OpenApiExample("Back to everybody", value={"user_id": None}, request_only=True),
]
CREATE_TEMPLATE = [
    OpenApiExample(
        "A notice with two parameters",
        value={
            "name": "order_delayed",
            "language": "ro",
            "category": "UTILITY",
            "components": [
                {
                    "type": "BODY",
                    "text": "Bună ziua, {{customer}}! Comanda {{order}} întârzie o zi. Mulțumim!",
                    "example": {
                        "body_text_named_params": [
                            {"param_name": "customer", "example": "Maria"},
                            {"param_name": "order", "example": "C-2026-00042"},
                        ]
                    },
                }
            ],
        },
        request_only=True,
    )
]
PREVIEW = [
    OpenApiExample(
        "With its parameters",
        value={"parameters": {"customer": "Maria", "order": "C-2026-00042"}},
        request_only=True,
    )
]
