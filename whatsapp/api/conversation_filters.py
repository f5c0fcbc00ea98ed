"""Which conversations: by state, by who has them, by what was said."""

from __future__ import annotations

import django_filters
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Exists, OuterRef
from rest_framework.exceptions import ValidationError

from whatsapp.api.filters import Filters, FlagFilter, IdFilter
from whatsapp.domain.conversation import ConversationPriority, ConversationStatus, clean_tag
from whatsapp.models import Message
from whatsapp.models.conversation import ConversationQuerySet
from whatsapp.services import conversation_search

SHORTEST_SEARCH = 2


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
    unread = FlagFilter(method="by_unread")
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
        if len(value) < SHORTEST_SEARCH:
            raise ValidationError({name: [f"Give {SHORTEST_SEARCH} letters or more."]})
        return conversation_search.matching(rows=rows, words=value)
