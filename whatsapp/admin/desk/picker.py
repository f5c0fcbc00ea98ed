"""The template picker: what may be sent now, its fields filled in as far as we know, a preview."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from whatsapp.domain.formats import money
from whatsapp.domain.template import required_params
from whatsapp.domain.template_parts import VARIABLE, buttons_of, header_format, part_text
from whatsapp.models import BusinessNumber, Contact, Conversation, Template
from whatsapp.ports import CustomerRecord, OrderRecord
from whatsapp.services.templating import approved_templates

_OUR_NAMES = (
    *(noop("Customer"), noop("Customer name"), noop("Order number"), noop("Total")),
    *(noop("Courier"), noop("Tracking number"), noop("Tracking url"), noop("Subject")),
    *(noop("Message"), noop("Supplier name"), noop("Lines"), noop("Notes")),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A parameter to fill in: its key, its name for people, what we would write there."""

    key: str
    label: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A piece of the preview: text, or with ``key`` the place of a parameter."""

    text: str
    key: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """A template to be filled in."""

    template: Template
    fields: tuple[Field, ...]
    header: tuple[Piece, ...]
    body: tuple[Piece, ...]
    footer: str
    buttons: tuple[str, ...]


def templates_of(conversation: Conversation) -> list[Template]:
    """The templates Meta lets the conversation's number send now."""
    return approved(conversation.number)


def approved(number: BusinessNumber) -> list[Template]:
    """The approved templates of the number's account, by name."""
    return approved_templates.of_account(waba_id=number.account_id)


def chosen(templates: Iterable[Template], pk: int) -> Template | None:
    """Find one of them by its row."""
    return next((template for template in templates if template.pk == pk), None)


def sheet_of(template: Template, *, known: Mapping[str, str]) -> Sheet:
    """Lay a template out for filling in; ``known`` are values by the parameter's name."""
    needed = required_params(template.components, template.parameter_format)
    kind = header_format(template.components)
    header = part_text(template.components, "HEADER") if kind in ("", "TEXT") else ""
    return Sheet(
        template=template,
        fields=tuple(
            Field(key=key, label=_label(key), value=known.get(key.removeprefix("header."), ""))
            for key in needed.keys
        ),
        header=_pieces(header, prefix="header."),
        body=_pieces(part_text(template.components, "BODY")),
        footer=part_text(template.components, "FOOTER"),
        buttons=tuple(str(button.get("text") or "") for button in buttons_of(template.components)),
    )


def known_values(
    *,
    contact: Contact | None,
    customer: CustomerRecord | None,
    order: OrderRecord | None,
    language: str,
) -> dict[str, str]:
    """Say what we know of the customer and an order, by the names templates use."""
    name = customer.name if customer else contact.profile_name if contact else ""
    known = {"customer_name": name, "customer": name, "name": name}
    if order is not None:
        known |= {
            "order_number": order.number,
            "order": order.number,
            "total": money(order.total, currency=order.currency, language=language),
            "courier": order.courier,
            "tracking_number": order.tracking_number,
            "tracking_url": order.tracking_url,
        }
    return known


def _label(key: str) -> str:
    """Say what to fill in; the names of our own templates in the agent's language."""
    words = key.removeprefix("header.").replace("_", " ").replace(".", " ").capitalize()
    return _(words)


def _pieces(text: str, *, prefix: str = "") -> tuple[Piece, ...]:
    """Cut a text at its variables."""
    pieces, end = [], 0
    for found in VARIABLE.finditer(text):
        pieces += [
            Piece(text=text[end : found.start()]),
            Piece(text=found[0], key=f"{prefix}{found[1]}"),
        ]
        end = found.end()
    return tuple(piece for piece in (*pieces, Piece(text=text[end:])) if piece.text)
