"""Which conversations: by state, by who has them, by what was said."""

from __future__ import annotations

import django_filters
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Exists, OuterRef
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from whatsapp.api.filters import Filters, FlagFilter, IdFilter, MomentFilter, TextFilter
from whatsapp.api.pagination import DIGITS
from whatsapp.domain.conversation import ConversationPriority, ConversationStatus, clean_tag
from whatsapp.domain.sla import DUE_SOON
from whatsapp.models import Message
from whatsapp.models.conversation import ConversationQuerySet, tagged
from whatsapp.services.dialogue import conversation_search
from whatsapp.services.shared import visibility

SLA_STATES = ("ok", "due", "breached")


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
    sla = django_filters.ChoiceFilter(
        method="by_sla",
        choices=[(name, name) for name in SLA_STATES],
        help_text="Of those whose customer waits: `due` within half an hour, `breached` when late.",
    )
    window_open = FlagFilter(
        method="by_window", help_text="Whether free text may be sent: the customer wrote today."
    )
    last_message_after = MomentFilter(field_name="last_message_at", lookup_expr="gte")
    last_message_before = MomentFilter(field_name="last_message_at", lookup_expr="lt")
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lt")
    search = TextFilter(
        method="by_words",
        help_text="Part of a name or a phone number, words of a message, or an order's number,"
        " in any case and with or without diacritics. Of what was said, the newest 500"
        " messages that fit count.",
    )
    periods = (
        ("last_message_after", "last_message_before"),
        ("created_after", "created_before"),
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
        return rows.filter(assigned_to=int(value)) if len(value) <= DIGITS else rows.none()

    def by_tag(self, rows: ConversationQuerySet, name: str, value: str) -> ConversationQuerySet:
        return rows.filter(tagged(clean_tag(value)))

    def by_unread(self, rows: ConversationQuerySet, name: str, value: bool) -> ConversationQuerySet:
        return rows.filter(unread_count__gt=0) if value else rows.filter(unread_count=0)

    def by_sla(self, rows: ConversationQuerySet, name: str, value: str) -> ConversationQuerySet:
        now = timezone.now()
        if value == "breached":
            return rows.due(until=now)
        soon = now + DUE_SOON
        return rows.due(after=soon) if value == "ok" else rows.due(after=now, until=soon)

    def by_window(self, rows: ConversationQuerySet, name: str, value: bool) -> ConversationQuerySet:
        return rows.in_window(is_open=value, now=timezone.now())

    def by_order(self, rows: ConversationQuerySet, name: str, value: int) -> ConversationQuerySet:
        return rows.filter(Exists(Message.objects.filter(conversation=OuterRef("pk"), order=value)))

    def by_words(self, rows: ConversationQuerySet, name: str, value: str) -> ConversationQuerySet:
        reads = visibility.reads(user=self.request.user)
        return conversation_search.matching(rows=rows, words=value, reads=reads)
