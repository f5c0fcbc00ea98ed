"""Which conversations: by state, by who has them, by what was said."""

from __future__ import annotations

import django_filters
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Exists, OuterRef, Q
from rest_framework.exceptions import ValidationError

from whatsapp.api.filters import Filters, IdFilter
from whatsapp.domain.conversation import ConversationPriority, ConversationStatus, clean_tag
from whatsapp.domain.phone import digits
from whatsapp.models import Contact, Message
from whatsapp.models.conversation import ConversationQuerySet

SHORTEST_SEARCH = 2
SHORTEST_NUMBER = 4  # digits; less would match nearly every phone


class ConversationFilter(Filters):
    """Filters join with "and"; repeat ``status`` or ``priority`` for "or"."""

    status = django_filters.MultipleChoiceFilter(
        choices=[(s.value, s.value) for s in ConversationStatus]
    )
    priority = django_filters.MultipleChoiceFilter(
        choices=[(p.value, p.value) for p in ConversationPriority]
    )
    assigned_to = django_filters.CharFilter(
        method="by_assignee", help_text="A user's id, `me` or `none`."
    )
    tag = django_filters.CharFilter(method="by_tag")
    unread = django_filters.BooleanFilter(method="by_unread")
    number = IdFilter(field_name="number_id", help_text="Our business number.")
    customer = IdFilter(field_name="contact__customer_id", help_text="The ERP's customer.")
    order = IdFilter(method="by_order", help_text="An order that one of its messages is about.")
    search = django_filters.CharFilter(
        method="by_words",
        help_text="Part of a name, a phone number or a message, in any case; 2 letters or more.",
    )

    def by_assignee(
        self, rows: ConversationQuerySet, name: str, value: str
    ) -> ConversationQuerySet:
        if value == "none":
            return rows.filter(assigned_to=None)
        if value == "me":
            user: AbstractBaseUser = self.request.user
            return rows.filter(assigned_to=user.pk)
        if not (value.isascii() and value.isdecimal()):
            raise ValidationError({name: ["Give a user's id, `me` or `none`."]})
        return rows.filter(assigned_to=int(value))

    def by_tag(self, rows: ConversationQuerySet, name: str, value: str) -> ConversationQuerySet:
        return rows.filter(tags__contains=[clean_tag(value)])

    def by_unread(self, rows: ConversationQuerySet, name: str, value: bool) -> ConversationQuerySet:
        return rows.filter(unread_count__gt=0) if value else rows.filter(unread_count=0)

    def by_order(self, rows: ConversationQuerySet, name: str, value: int) -> ConversationQuerySet:
        return rows.filter(Exists(Message.objects.filter(conversation=OuterRef("pk"), order=value)))

    def by_words(self, rows: ConversationQuerySet, name: str, value: str) -> ConversationQuerySet:
        """Look into every message: honest and slow on a large table."""
        if len(value) < SHORTEST_SEARCH:
            raise ValidationError({name: [f"Give {SHORTEST_SEARCH} letters or more."]})
        said = Message.objects.filter(conversation=OuterRef("pk"), message_text__icontains=value)
        return rows.filter(_person(value) | Q(Exists(said)))


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
