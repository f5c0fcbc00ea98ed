"""Templates as the management API lists and takes them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from whatsapp.gateway.reading import elements, record, text
from whatsapp.ports import TemplateDefinition

FIELDS = (
    "id,name,language,status,category,parameter_format,components,quality_score,rejected_reason"
)


def read(listed: dict[str, Any]) -> TemplateDefinition:
    """Read one template of Meta's list."""
    reason = text(listed.get("rejected_reason"))
    return TemplateDefinition(
        name=text(listed.get("name")),
        language=text(listed.get("language")).replace("-", "_"),
        category=text(listed.get("category")).upper(),
        components=tuple(map(record, elements(listed.get("components")))),
        parameter_format=text(listed.get("parameter_format")).upper() or "POSITIONAL",
        meta_id=text(listed.get("id")),
        status=text(listed.get("status")).upper(),
        rejected_reason="" if reason == "NONE" else reason,
        quality=text(record(listed.get("quality_score")).get("score")),
    )


def new_body(template: TemplateDefinition) -> dict[str, Any]:
    """Write what creates a template."""
    return {
        "name": template.name,
        "language": template.language,
        "parameter_format": template.parameter_format,
        **edit_body(template),
    }


def edit_body(template: TemplateDefinition) -> dict[str, Any]:
    """Write what changes one: Meta takes a new category and components, as a whole."""
    return {
        "category": template.category,
        "components": [dict(component) for component in template.components],
    }


def next_cursor(page: dict[str, Any]) -> str:
    """Say where the next page begins; '' on the last, which may show a cursor, too.

    ``next`` is an address with the token in it: it is neither called nor logged.
    """
    paging = record(page.get("paging"))
    address = text(paging.get("next"))
    if not address:
        return ""
    after = text(record(paging.get("cursors")).get("after"))
    return after or next(iter(parse_qs(urlsplit(address).query).get("after", [])), "")
