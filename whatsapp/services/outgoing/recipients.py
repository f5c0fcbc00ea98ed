"""Whom a bulk send goes to: each looked at alone, before anything is written for any of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from whatsapp.conf import whatsapp_settings
from whatsapp.domain import phone as phones
from whatsapp.domain.template_mould import Mould
from whatsapp.errors import ValidationError, WhatsAppError
from whatsapp.models import Conversation, Template
from whatsapp.models.message import one_line
from whatsapp.services.contacts import people
from whatsapp.services.dialogue import threads
from whatsapp.services.dialogue.addressing import require_open
from whatsapp.services.outgoing.bulk_rows import Staged
from whatsapp.wiring import customer_directory


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """One person: a phone in any spelling, a contact, a conversation, or a customer alone, who is
    reached at the phone that the ERP has.
    """

    phone_number: str = ""
    contact_id: int | None = None
    conversation_id: int | None = None
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
    """Where each recipient is looked at: whom to reach, and what the template says to them.

    ``only_of`` is whose conversations, or nobody's, alone are there to be written to; None: all.
    """

    def __init__(self, *, template: Template, number_id: int, only_of: int | None) -> None:
        self.refused: list[Refusal] = []
        self._number_id = number_id
        self._only_of = only_of
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
        threads_of = _conversations(recipient for _, recipient in chunk)
        rows = []
        for position, recipient in chunk:
            try:
                contact_id = self._contact_of(recipient, threads_of)
                rows.append(self._staged(position, recipient, contact_id, known))
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

    def _contact_of(
        self, recipient: Recipient, threads_of: Mapping[int, Conversation]
    ) -> int | None:
        """Whom an address names that is no phone, looked at as a single send would."""
        given = (recipient.phone_number, recipient.contact_id, recipient.conversation_id)
        if sum(map(bool, given)) > 1:
            raise ValidationError(
                "Give a phone number, a contact or a conversation, and only one.",
                details={"field": "phone_number"},
            )
        if recipient.conversation_id is None:
            return recipient.contact_id
        found = threads_of.get(recipient.conversation_id)
        is_theirs = self._only_of is None or (
            found is not None and found.assigned_to_id in (None, self._only_of)
        )
        conversation = require_open(found if is_theirs else None)
        if conversation.number_id != self._number_id:
            raise ValidationError(
                "The conversation is on another of our numbers; a batch goes out from one.",
                details={"field": "conversation", "number": conversation.number_id},
            )
        return conversation.contact_id

    def _staged(
        self,
        position: int,
        recipient: Recipient,
        contact_id: int | None,
        known: Mapping[int, str],
    ) -> Staged:
        phone = None
        if not contact_id:
            raw = recipient.phone_number or known.get(recipient.customer_id or 0, "")
            phone = phones.normalize(raw, region=self._region)
        filled = self._mould.fill(recipient.parameters)
        return Staged(
            position=position,
            phone=phone,
            contact_id=contact_id,
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
        if recipient.customer_id
        and not (recipient.phone_number or recipient.contact_id or recipient.conversation_id)
    }
    return {one.id: one.phone for one in customer_directory().find_by_ids(ids)} if ids else {}


def _conversations(recipients: Iterable[Recipient]) -> dict[int, Conversation]:
    """Read, at once, those that are named; each by that id, also where it lives on in another."""
    ids = {one.conversation_id for one in recipients if one.conversation_id}
    if not ids:
        return {}
    rows = Conversation.objects.select_related("contact").in_bulk(ids)
    gone = [pk for pk, row in rows.items() if row.contact.merged_into_id]
    goals = {pk: threads.current_id(conversation_id=pk) for pk in gone}
    current = Conversation.objects.in_bulk(goals.values())
    return rows | {pk: current[goal] for pk, goal in goals.items()}
