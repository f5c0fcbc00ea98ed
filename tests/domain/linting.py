"""Parts of templates, and the problems the linter finds in them."""

from __future__ import annotations

from whatsapp.domain.template_linter import validate

NAMED_BODY = {
    "type": "BODY",
    "text": "Hello {{customer}}, your order {{order_no}} has left our warehouse today.",
    "example": {
        "body_text_named_params": [
            {"param_name": "customer", "example": "Ana"},
            {"param_name": "order_no", "example": "SO-1001"},
        ]
    },
}
PLAIN_BODY = {"type": "BODY", "text": "Your order has left."}
TRACK = {
    "type": "URL",
    "text": "Track",
    "url": "https://shop.example/t/{{1}}",
    "example": ["https://shop.example/t/SO-1001"],
}
CALL = {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+40312345678"}
CODE = {"type": "COPY_CODE", "example": "TEN"}


def problems(*components, **changes):
    template = {
        "name": "order_shipped",
        "language": "ro",
        "category": "UTILITY",
        "parameter_format": "NAMED",
        "components": components or (NAMED_BODY,),
    }
    return [(p.field, p.message) for p in validate(**template | changes)]


def buttons(*given):
    return {"type": "BUTTONS", "buttons": list(given)}


def header(**parts):
    return {"type": "HEADER", **parts}
