"""What Meta decided about a template."""

from __future__ import annotations

from typing import Any

from whatsapp.domain.template_texts import BODY, BUTTONS, FOOTER, HEADER
from whatsapp.domain.updates import TemplateUpdate
from whatsapp.errors import WebhookProcessingError
from whatsapp.gateway.reading import elements, moment, record, storable, text

_LONGEST_REASON, _LONGEST_WORD, _LONGEST_QUALITY = 255, 32, 16  # the columns'
_COMPONENTS = "message_template_components_update"
FIELDS = (
    "message_template_status_update",
    "message_template_quality_update",
    "template_category_update",
    _COMPONENTS,
)


def parse(item: dict[str, Any]) -> TemplateUpdate:
    """Read a template webhook; raises WebhookProcessingError without an id or a time.

    A category that is only announced is not taken for the present one: Meta then writes the present
    one into ``new_category``, and the coming one into ``correct_category``.
    """
    entry, value = record(item.get("entry")), record(item.get("value"))
    meta_id = text(value.get("message_template_id"))
    happened_at = moment(entry.get("time"), value.get("category_update_timestamp"))
    if not meta_id or happened_at is None:
        raise WebhookProcessingError("The template has no id or no time.")
    return TemplateUpdate(
        waba_id=text(entry.get("id")),
        meta_id=meta_id,
        name=text(value.get("message_template_name")),
        language=text(value.get("message_template_language")).replace("-", "_"),
        happened_at=happened_at,
        status=text(value.get("event")).upper(),
        reason=_reason(value),
        category=_category(value)[:_LONGEST_WORD],
        quality=text(value.get("new_quality_score"))[:_LONGEST_QUALITY],
        components=_texts(value) if item.get("field") == _COMPONENTS else None,
    )


def _texts(value: dict[str, Any]) -> dict[str, Any]:
    """The texts by part, and the buttons as Meta takes them when a template is made."""
    told: dict[str, Any] = {
        HEADER: text(value.get("message_template_title")),
        BODY: text(value.get("message_template_element")),
        FOOTER: text(value.get("message_template_footer")),
        BUTTONS: [_button(record(one)) for one in elements(value.get("message_template_buttons"))],
    }
    return {name: storable(part) for name, part in told.items() if part}


def _button(given: dict[str, Any]) -> dict[str, str]:
    names = ("type", "text", "url", "phone_number")
    told = {name: text(given.get(f"message_template_button_{name}")) for name in names}
    return {name: value for name, value in told.items() if value}


def _category(value: dict[str, Any]) -> str:
    return text(value.get("new_category")) or text(value.get("message_template_category"))


def _reason(value: dict[str, Any]) -> str:
    """Why it was rejected, paused or disabled, in all the words that Meta gives."""
    rejection, other = record(value.get("rejection_info")), record(value.get("other_info"))
    words = (
        text(value.get("reason")),
        text(rejection.get("reason")),
        text(rejection.get("recommendation")),
        text(other.get("title")),
        text(other.get("description")),
    )
    said = ": ".join(word for word in dict.fromkeys(words) if word not in ("", "NONE"))
    return said[:_LONGEST_REASON]
