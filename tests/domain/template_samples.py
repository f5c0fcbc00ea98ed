"""Templates that tests fill in."""

from __future__ import annotations

from whatsapp.domain.template import ParameterFormat

NAMED, POSITIONAL = ParameterFormat.NAMED.value, ParameterFormat.POSITIONAL.value
SHIPPED = [
    {"type": "HEADER", "format": "TEXT", "text": "Order {{order}}"},
    {"type": "BODY", "text": "Hello {{customer}},\nyour order {{order}} is on its way."},
    {"type": "FOOTER", "text": "Demo Trading"},
    {
        "type": "BUTTONS",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "Thank you"},
            {"type": "URL", "text": "Track", "url": "https://shop.example/t/{{1}}"},
            {"type": "URL", "text": "Shop", "url": "https://shop.example/"},
            {"type": "COPY_CODE", "text": "Copy code"},
        ],
    },
]
SHIPPED_PARAMETERS = {
    "header.order": "SO-1001",
    "customer": "Ana",
    "order": "SO-1001",
    "button.1": "AWB7",
    "button.3": "TEN",
}


def body(text):
    return [{"type": "BODY", "text": text}]


def header(kind):
    return [{"type": "HEADER", "format": kind}, *body("Your invoice.")]
