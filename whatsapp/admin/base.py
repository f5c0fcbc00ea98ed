"""What our admin pages share: rows that services write are looked at here, and acted on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from whatsapp.admin.desk.words import in_words
from whatsapp.admin.veil import VeiledAdmin
from whatsapp.errors import WhatsAppError
from whatsapp.services.shared import visibility


class ReadOnlyAdmin(VeiledAdmin):
    """Rows are read; only actions change them, and only through services."""

    conversation_path: str | None = None  # from a row to its conversation; "" is that itself
    list_per_page = 50
    show_full_result_count = False  # no COUNT(*) over a table that grows for ever

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.visible(request, super().get_queryset(request))

    def visible(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what is of conversations that the user may see."""
        if self.conversation_path is None:
            return rows
        seen = visibility.visible(user=request.user, conversation=self.conversation_path)
        return rows.filter(seen)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ChoiceFilter(admin.SimpleListFilter):
    """One of the choices offered; anything else in the address filters nothing.

    Unlike Django's filter of a field without choices it never reads the table to know them.
    """

    field = ""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen not in dict(self.lookup_choices):
            return queryset
        return queryset.filter(**{self.field: chosen})


def act_on(
    request: HttpRequest, rows: Iterable[Model], act: Callable[[int], object], *, done: str
) -> None:
    """Call a service for each row and tell the agent, in words, what was done and what was not."""
    succeeded = 0
    for row in rows:
        try:
            act(row.pk)
        except WhatsAppError as error:
            told = visibility.without_phones(f"{row}: {in_words(error)}", user=request.user)
            messages.error(request, told)
        else:
            succeeded += 1
    if succeeded:
        counted = ngettext("%(n)d item", "%(n)d items", succeeded) % {"n": succeeded}
        messages.success(request, _("%(done)s: %(counted)s.") % {"done": done, "counted": counted})
