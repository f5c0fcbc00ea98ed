"""Which messages: by what they are about, by their kind, by what was said in them."""

from __future__ import annotations

import django_filters
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from whatsapp.api.filters import Filters, FlagFilter, IdFilter, MomentFilter, TextFilter
from whatsapp.domain.lifecycle import Direction, MessageStatus
from whatsapp.models.message import MessageQuerySet, MessageType
from whatsapp.services.dialogue import message_search
from whatsapp.services.shared import visibility


class MessageFilter(Filters):
    """Which messages; times are of when the row was made."""

    conversation = IdFilter(field_name="conversation_id")
    customer = IdFilter(field_name="customer_id")
    order = IdFilter(field_name="order_id")
    quote = IdFilter(field_name="quote_id")
    supplier_order = IdFilter(field_name="supplier_order_id")
    direction = django_filters.ChoiceFilter(choices=[(d.value, d.value) for d in Direction])
    type = django_filters.ChoiceFilter(
        field_name="message_type", choices=[(t.value, t.value) for t in MessageType]
    )
    status = django_filters.MultipleChoiceFilter(
        field_name="delivery_status", choices=[(s.value, s.value) for s in MessageStatus]
    )
    scheduled = FlagFilter(
        method="filter_scheduled", help_text="Whether it waits for a time of its own."
    )
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lt")
    search = TextFilter(
        method="filter_standing",
        help_text="Words that were said, in any case and with or without diacritics, or an"
        " order's number or a part of it.",
    )
    contains = TextFilter(
        method="filter_containing",
        help_text="Any part of what was said. Only with `conversation`, or with `created_after`"
        " and `created_before`.",
    )
    periods = (("created_after", "created_before"),)

    def filter_standing(self, rows: MessageQuerySet, name: str, value: str) -> MessageQuerySet:
        """Nobody finds what was deleted; the words are looked for page by page."""
        return rows.standing()

    def filter_containing(self, rows: MessageQuerySet, name: str, value: str) -> MessageQuerySet:
        asked = self.form.cleaned_data
        if not (asked["conversation"] or (asked["created_after"] and asked["created_before"])):
            told = "Name a `conversation`, or a time by `created_after` and `created_before`."
            raise ValidationError({name: [told]})
        reads = visibility.reads(user=self.request.user)
        return message_search.containing(rows=rows, text=value, reads=reads)

    def filter_scheduled(self, rows: MessageQuerySet, name: str, value: bool) -> MessageQuerySet:
        scheduled = rows.scheduled(now=timezone.now())
        return scheduled if value else rows.exclude(pk__in=scheduled.values("pk"))
