"""Pages for who may not see phone numbers: the same pages, with the numbers veiled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import CharField, JSONField, TextField
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.urls import URLPattern

from whatsapp.services.shared import visibility

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin

_NUMBERS = frozenset({"phone", "phone_number", "wa_id", "shown_wa_id"})
_HOLD_NUMBERS = frozenset({"external_message_id", "idempotency_key", "source"})  # in their wamid
_WHOLE = frozenset({"", "exact", "in"})

View = Callable[..., HttpResponseBase]


class VeiledList(ChangeList):
    """A list that is sorted only by what its heading offers; Django's obeys any address."""

    def get_ordering_field(self, field_name: Any) -> Any:
        offered = self.sortable_by is None or field_name in self.sortable_by
        return super().get_ordering_field(field_name) if offered else None


class VeiledAdmin(_ModelAdmin):
    """Pages that name people. Who may not see their numbers can neither look nor guess.

    Part after part, a search, a filter or an order would tell a number.
    """

    def get_urls(self) -> list[URLPattern]:
        return veiled(super().get_urls())

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return VeiledList

    def get_sortable_by(self, request: HttpRequest) -> list[Any]:
        columns = list(super().get_sortable_by(request))
        if request.user.has_perm(visibility.SEES_PHONES):
            return columns
        return [column for column in columns if not self._may_hold_numbers(column)]

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        names = list(super().get_search_fields(request))
        if request.user.has_perm(visibility.SEES_PHONES):
            return names
        left = (name for name in names if name not in _NUMBERS)
        return [f"{name}__exact" if name in _HOLD_NUMBERS else name for name in left]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Let an address filter by what the page offers; Django's obeys any field of the model."""
        name, _, how = lookup.partition("__")
        if not request.user.has_perm(visibility.SEES_PHONES) and self._may_hold_numbers(name):
            offered = name in self.get_list_filter(request) and how in _WHOLE
            if not offered:
                return False
        return super().lookup_allowed(lookup, value, request)

    def _may_hold_numbers(self, name: Any) -> bool:
        """Any text may; a column that is a method, if what it is sorted by may."""
        fields = {field.name: field for field in self.opts.get_fields()}
        if name not in fields:
            name = getattr(getattr(self, str(name), None), "admin_order_field", None)
        return _is_open_text(fields.get(name))


def _is_open_text(field: Any) -> bool:
    return isinstance(field, CharField | TextField | JSONField) and not field.choices


def veiled(patterns: Iterable[URLPattern]) -> list[URLPattern]:
    """Put the veil over every page of these addresses, whatever it is made of."""
    found = list(patterns)
    for pattern in found:
        pattern.callback = _veiled(pattern.callback)
    return found


def _veiled(view: View) -> View:
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = view(request, *args, **kwargs)
        if not isinstance(answer, HttpResponse) or request.user.has_perm(visibility.SEES_PHONES):
            return answer
        if isinstance(answer, SimpleTemplateResponse) and not answer.is_rendered:
            answer.add_post_render_callback(lambda made: _veil(request, made))
            return answer
        return _veil(request, answer)

    return page


def _veil(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    if answer.charset.lower() == "utf-8" and answer.headers.get("Content-Type", "").startswith(
        ("text/", "application/json")
    ):
        answer.content = visibility.without_phones(answer.content.decode(), user=request.user)
    return answer
