"""From what a caller knows (a phone, a contact, a conversation) to number, contact and thread.

And what must be so before anything is said there: Meta's rules, kept before Meta has to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from whatsapp.conf import whatsapp_settings
from whatsapp.domain import phone as phones
from whatsapp.domain.conversation import ConversationStatus, window_open
from whatsapp.domain.template import TemplateCategory
from whatsapp.errors import (
    ConversationClosedError,
    MessageNotDeliverableError,
    NotFoundError,
    TemplateNotApprovedError,
    ValidationError,
)
from whatsapp.models import BusinessNumber, Contact, Conversation, Template
from whatsapp.services.contacts import identities, people
from whatsapp.services.dialogue import threads
from whatsapp.services.shared import accounts, visibility

COLLEAGUES = "colleagues_conversation"


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """As a caller gives it: exactly one of phone, contact and conversation.

    ``phone_number`` in any spelling; ``number_id`` is the shop's own number, by default the
    conversation's or the default one.
    """

    phone_number: str = ""
    contact_id: int | None = None
    conversation_id: int | None = None
    number_id: int | None = None
    customer_id: int | None = None  # whose phone it is, if the caller knows
    user_id: int | None = None  # who writes; None is the app itself

    def __post_init__(self) -> None:
        given = [bool(self.phone_number), bool(self.contact_id), bool(self.conversation_id)]
        if given.count(True) != 1:
            raise ValidationError(
                "Give a phone number, a contact or a conversation, and only one.",
                details={"field": "phone_number"},
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Where a message goes. The conversation is locked."""

    number: BusinessNumber
    contact: Contact
    conversation: Conversation


def resolve(address: Address) -> Target:
    """Find or make the rows, and lock the conversation.

    Raises InvalidPhoneError, NotFoundError, ConversationClosedError (archived),
    MessageNotDeliverableError (the module is switched off: nobody would send it; or a colleague has
    the conversation, and ``user_id`` may not see it).
    """
    require_enabled()
    if address.conversation_id:
        return _by_conversation(address.conversation_id, user_id=address.user_id)
    number = number_for(number_id=address.number_id)
    contact = _contact(address)
    people.recognise(contact=contact, customer_id=address.customer_id)
    conversation = threads.live_conversation(number_id=number.pk, contact_id=contact.pk)
    if conversation.contact_id != contact.pk:  # merged while we waited
        contact = conversation.contact
    require_visible(conversation, user_id=address.user_id)
    return Target(number=number, contact=contact, conversation=conversation)


def require_visible(conversation: Conversation | None, *, user_id: int | None) -> None:
    """Refuse to write into a colleague's conversation that the user may not see."""
    if not visibility.may_see(conversation=conversation, user_id=user_id):
        raise MessageNotDeliverableError(
            "A colleague is talking with this customer.", details={"reason": COLLEAGUES}
        )


def require_open(conversation: Conversation | None) -> Conversation:
    """Refuse what is not there to be seen, and what was put away."""
    if conversation is None:
        raise NotFoundError("There is no such conversation.", details={"field": "conversation"})
    if conversation.status == ConversationStatus.ARCHIVED.value:
        raise ConversationClosedError(
            "The conversation is archived; write to the customer in a new one.",
            details={"reason": "archived"},
        )
    return conversation


def require_enabled() -> None:
    """Refuse what nobody would send: MessageNotDeliverableError when the module is switched off."""
    if not whatsapp_settings().enabled:
        raise MessageNotDeliverableError(
            "WhatsApp is switched off here.", details={"reason": "module_disabled"}
        )


def number_for(*, number_id: int | None) -> BusinessNumber:
    """Find the shop's number, the default one for None; NotFoundError."""
    if number_id:
        number = BusinessNumber.objects.filter(pk=number_id).first()
    else:
        number = accounts.default_number()
    if number is None:
        raise NotFoundError(
            "No business number is set up; add one in the admin.", details={"field": "number"}
        )
    return number


def require_window(target: Target, *, now: datetime) -> None:
    """Refuse free text outside Meta's 24-hour window, before Meta has to (131047)."""
    newest = threads.last_inbound_at(number_id=target.number.pk, contact_id=target.contact.pk)
    if not window_open(last_inbound_at=newest, now=now):
        raise ConversationClosedError(
            "The customer has not written in the last 24 hours; send a template.",
            details={"reason": "window_closed"},
        )


def require_consent(target: Target, *, category: str) -> None:
    """Refuse marketing to those who opted out."""
    if category == TemplateCategory.MARKETING.value and target.contact.marketing_consent is False:
        raise MessageNotDeliverableError(
            "The customer wants no marketing messages.", details={"reason": "opted_out"}
        )


def approved_template(*, name: str, language: str, waba_id: str) -> Template:
    """Find a template that Meta sends now; raises NotFoundError, TemplateNotApprovedError."""
    row = Template.objects.present().filter(waba_id=waba_id, name=name, language=language).first()
    if row is None:
        raise NotFoundError(
            f"There is no template {name!r} in {language!r}.", details={"field": "template"}
        )
    if not row.is_approved:
        raise TemplateNotApprovedError(
            f"Template {name!r} ({language}) is {row.status}; Meta sends approved ones only.",
            details={"status": row.status},
        )
    return row


def _by_conversation(conversation_id: int, *, user_id: int | None) -> Target:
    conversation = (
        Conversation.objects.select_related("number", "contact")
        .select_for_update(of=("self",))
        .filter(pk=conversation_id)
        .first()
    )
    if conversation is None or conversation.status == ConversationStatus.ARCHIVED.value:
        conversation = threads.lock(
            conversation_id=conversation_id
        )  # moved, perhaps, since its contact was merged
    is_seen = visibility.may_see(conversation=conversation, user_id=user_id)
    conversation = require_open(conversation if is_seen else None)
    return Target(
        number=conversation.number, contact=conversation.contact, conversation=conversation
    )


def _contact(address: Address) -> Contact:
    if address.phone_number:
        phone = phones.normalize(address.phone_number, region=whatsapp_settings().phone_region)
        return people.contact_for_phone(phone=phone)
    contact = identities.root(Contact.objects.filter(pk=address.contact_id or 0).first())
    if contact is None:
        raise NotFoundError("There is no such contact.", details={"field": "contact"})
    return contact
