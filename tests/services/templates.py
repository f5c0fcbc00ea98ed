"""Templates of ours, and what Meta says of them."""

from __future__ import annotations

from datetime import UTC, datetime

from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.domain.updates import TemplateUpdate
from whatsapp.ports import TemplateDefinition
from whatsapp.services import templates

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
WABA = "777000000000001"
REFUSED = Failure(failure_class=FailureClass.FATAL_MESSAGE, code=100, title="Invalid parameter")


def body(text="Bună ziua, {{customer}}! Comanda dumneavoastră este în drum spre casă."):
    sample = {"param_name": "customer", "example": "Ana"}
    return [{"type": "BODY", "text": text, "example": {"body_text_named_params": [sample]}}]


def draft(**fields):
    return templates.create(
        **{
            "name": "greeting",
            "language": "ro",
            "category": "UTILITY",
            "components": body(),
            **fields,
        }
    )


def remote(template, **fields):
    """The template as Meta lists it."""
    values = {
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "components": tuple(template.components),
        "meta_id": template.meta_id,
        "status": "APPROVED",
    }
    return TemplateDefinition(**{**values, **fields})


def update(template, **fields):
    values = {
        "waba_id": template.waba_id,
        "meta_id": template.meta_id,
        "name": template.name,
        "language": template.language,
        "happened_at": NOW,
    }
    return TemplateUpdate(**{**values, **fields})
