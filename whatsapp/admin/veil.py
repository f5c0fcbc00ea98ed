"""Pages for who may not see phone numbers: the same pages, with the numbers veiled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.db.models import CharField, JSONField, Model, TextField
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.urls import URLPattern

from whatsapp.services import visibility

_NUMBERS = frozenset({"phone", "phone_number", "wa_id", "shown_wa_id"})
_HOLD_NUMBERS = frozenset({"external_message_id", "idempotency_key", "source"})  # in their wamid
_WHOLE = frozenset({"", "exact", "in"})

View = Callable[..., HttpResponseBase]


def veiled(patterns: Iterable[URLPattern]) -> list[URLPattern]:
    """Put the veil over every page of these addresses, whatever it is made of."""
    found = list(patterns)
    for pattern in found:
        pattern.callback = _veiled(pattern.callback)
    return found


def searchable(request: HttpRequest, names: Iterable[str]) -> list[str]:
    """Leave out numbers for who may not see them: part after part, a search would tell them."""
    if request.user.has_perm(visibility.SEES_PHONES):
        return list(names)
    left = (name for name in names if name not in _NUMBERS)
    return [f"{name}__exact" if name in _HOLD_NUMBERS else name for name in left]


def may_look_up(request: HttpRequest, *, model: type[Model], lookup: str) -> bool:
    """Whether an address may filter by this: Django takes any lookup of the model's own fields.

    ``?phone__startswith=`` would tell a number to who may not see it, as a search would.
    """
    name, _, how = lookup.partition("__")
    kinds = {field.name: field for field in model._meta.get_fields()}
    is_text = isinstance(kinds.get(name), CharField | TextField | JSONField)
    return not is_text or how in _WHOLE or request.user.has_perm(visibility.SEES_PHONES)


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
