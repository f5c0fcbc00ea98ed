"""Find conversations by what people remember: a name, a number, something that was said."""

from __future__ import annotations

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Exists, OuterRef, Q

from whatsapp.domain.phone import digits
from whatsapp.models import Contact, Message
from whatsapp.models.conversation import ConversationQuerySet

SHORTEST_NUMBER = 4  # digits; less would match nearly every phone


def matching(*, rows: ConversationQuerySet, words: str) -> ConversationQuerySet:
    """Keep those whose person or messages hold the words, in any case.

    Looks into every message of the rows given: honest, and slow on many of them. An order's number
    is found in the notice that told it, an edited message by each of its wordings, a deleted one
    by none.
    """
    said = Message.objects.filter(conversation=OuterRef("pk"), message_text__icontains=words)
    return rows.filter(_person(words) | Q(Exists(said.standing())))


def _person(words: str) -> Q:
    """Match names as WhatsApp shows them, the ERP's name of the customer, the phone."""
    match = Q(contact__profile_name__icontains=words) | Q(contact__username__icontains=words)
    if _customers_have_names():
        match |= Q(contact__customer__name__icontains=words)
    number = digits(words).lstrip("0")  # 0722… is +40722…
    if len(number) >= SHORTEST_NUMBER:
        match |= Q(contact__phone__contains=number) | Q(contact__wa_id__contains=number)
    return match


def _customers_have_names() -> bool:
    """Whether the host's customer model has the field nearly all of them have."""
    model = Contact._meta.get_field("customer").related_model
    try:
        return bool(model._meta.get_field("name"))
    except FieldDoesNotExist:
        return False
