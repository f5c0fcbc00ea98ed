"""What templates look like in the API; beside ``example_answers``, which has the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_THEN, _LATER = "2026-11-27T09:30:00Z", "2026-11-28T09:30:00Z"
_BODY = {
    "type": "BODY",
    "text": "Bună ziua, {{customer}}! Comanda {{order}} întârzie o zi. Mulțumim!",
}

CHANGED_TEMPLATE = {
    "name": "order_delayed",
    "language": "ro",
    "category": "UTILITY",
    "components": [_BODY],
    "parameter_format": "NAMED",
}

TEMPLATES: Mapping[str, Any] = {
    "TemplateSerializer": {
        "id": 8,
        "waba_id": "102290129340398",
        **CHANGED_TEMPLATE,
        "parameters": ["customer", "order"],
        "status": "APPROVED",
        "rejected_reason": "",
        "reason_words": "",
        "quality": "GREEN",
        "meta_id": "564750795574598",
        "submitted_at": _THEN,
        "synced_at": _THEN,
        "created_at": _THEN,
    },
    "VersionsSerializer": {
        "versions": [
            {
                "number": 1,
                "category": "UTILITY",
                "parameter_format": "NAMED",
                "components": [_BODY],
                "source": "HERE",
                "author": 5,
                "status": "APPROVED",
                "reason": "",
                "reason_words": "",
                "created_at": _THEN,
                "submitted_at": _THEN,
                "approved_at": _LATER,
                "status_changed_at": _LATER,
            }
        ]
    },
    "ProblemsSerializer": {
        "problems": [
            {
                "field": "body",
                "code": "edge",
                "message": "A body must not begin or end with a variable.",
                "is_warning": False,
            }
        ]
    },
    "SampleSerializer": {
        "handle": "4:Y29sZXQucG5n:aW1hZ2UvcG5n:ARb…",
        "header": {
            "type": "HEADER",
            "format": "IMAGE",
            "example": {"header_handle": ["4:Y29sZXQucG5n:aW1hZ2UvcG5n:ARb…"]},
        },
        "mime_type": "image/png",
        "filename": "colet.png",
        "size": 81234,
    },
    "RenderedSerializer": {
        "text": "Bună ziua, Maria! Comanda C-2026-00042 întârzie o zi. Mulțumim!",
        "header": "",
        "body": "Bună ziua, Maria! Comanda C-2026-00042 întârzie o zi. Mulțumim!",
        "footer": "",
        "buttons": [],
    },
}
