"""Whom a bulk send goes to: each looked at alone, before anything is written for any of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from whatsapp.conf import whatsapp_settings
from whatsapp.domain import phone as phones
from whatsapp.domain.template_mould import Mould
from whatsapp.errors import ValidationError, WhatsAppError
from whatsapp.models import Template
from whatsapp.models.message import one_line
from whatsapp.services import people
from whatsapp.services.bulk_rows import Staged
from whatsapp.wiring import customer_directory


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """One person: a phone in any spelling, a contact, or a customer alone, at the ERP's phone."""

    phone_number: str = ""
    contact_id: int | None = None
    customer_id: int | None = None
    order_id: int | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Who got no message, by the place among the recipients (from 0), and why."""

    position: int
    code: str
    reason: str
    details: Mapping[str, object] = field(default_factory=dict)


class Intake:
    """Where each recipient is looked at: whom to reach, and what the template says to them."""

    def __init__(self, *, template: Template) -> None:
        self.refused: list[Refusal] = []
        self._mould = Mould(
            name=template.name,
            language=template.language,
            components=template.components,
            parameter_format=template.parameter_format,
        )
        self._region = whatsapp_settings().phone_region

    def staged(self, chunk: Sequence[tuple[int, Recipient]]) -> list[Staged]:
        """Return the rows of those who can be written to; note the others."""
        known = _phones_of_customers(recipient for _, recipient in chunk)
        rows = []
        for position, recipient in chunk:
            try:
                rows.append(self._staged(position, recipient, known))
            except WhatsAppError as error:
                self.refused.append(
                    Refusal(
                        position=position,
                        code=error.code,
                        reason=error.message,
                        details=error.details,
                    )
                )
        spelled = people.known_otherwise(phones=(row.phone for row in rows if row.phone))
        return [row._replace(contact_id=spelled.get(row.phone, row.contact_id)) for row in rows]

    def _staged(self, position: int, recipient: Recipient, known: Mapping[int, str]) -> Staged:
        if recipient.phone_number and recipient.contact_id:
            raise ValidationError("Give a phone number or a contact, and only one.")
        phone = None
        if not recipient.contact_id:
            raw = recipient.phone_number or known.get(recipient.customer_id or 0, "")
            phone = phones.normalize(raw, region=self._region)
        filled = self._mould.fill(recipient.parameters)
        return Staged(
            position=position,
            phone=phone,
            contact_id=recipient.contact_id,
            customer_id=recipient.customer_id,
            order_id=recipient.order_id,
            text=filled.text,
            preview=one_line(filled.text),
            content=filled.content,
        )


def _phones_of_customers(recipients: Iterable[Recipient]) -> dict[int, str]:
    """Ask the ERP, once, for the phones of those who are named as customers alone."""
    ids = {
        recipient.customer_id
        for recipient in recipients
        if recipient.customer_id and not (recipient.phone_number or recipient.contact_id)
    }
    return {one.id: one.phone for one in customer_directory().find_by_ids(ids)} if ids else {}
