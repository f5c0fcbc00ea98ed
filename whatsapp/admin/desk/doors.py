"""Who may open which door of the desk, and how a refusal is told: in words, beside the box."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from whatsapp.admin.desk.words import in_words
from whatsapp.errors import IdempotencyConflictError, NotFoundError, WhatsAppError
from whatsapp.models import Conversation
from whatsapp.services.shared import visibility

VIEW = ("whatsapp.view_conversation", "whatsapp.view_message")
REPLY = "whatsapp.reply_conversation"
ASSIGN = "whatsapp.assign_conversation"
ARCHIVE = "whatsapp.archive_conversation"
SEND = "whatsapp.send_message"
NOTE = "whatsapp.add_conversationnote"
DELETED = "whatsapp.view_webhookevent"  # who reads Meta's own words reads what was deleted, too

DIGITS = 18  # what fits a row's id

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def reads(*permissions: str) -> Callable[[View], View]:
    """Let through who may look at conversations, and has the permissions; GET only."""
    return _door("GET", permissions)


def writes(*permissions: str) -> Callable[[View], View]:
    """Let through who has the permissions; POST only. What a service refuses is told in words."""
    return _door("POST", permissions)


def conversation_or_404(pk: int) -> Conversation:
    """Read a conversation with what every page shows of it."""
    rows = Conversation.objects.select_related("number", "contact", "assigned_to")
    conversation = rows.filter(pk=pk).first()
    if conversation is None:
        raise Http404(_("This conversation does not exist."))
    return conversation


def may(request: HttpRequest) -> Mapping[str, bool]:
    """Say what the agent may do, by short names for the templates."""
    user = request.user
    return {
        "reply": user.has_perm(REPLY),
        "send": user.has_perms((REPLY, SEND)),
        "assign": user.has_perm(ASSIGN),
        "archive": user.has_perm(ARCHIVE),
        "note": user.has_perm(NOTE),
        "see_deleted": user.has_perm(DELETED),
    }


def whole(given: str | None) -> int:
    """Read a row's number out of an address; 0, which no row has, for anything else."""
    known = given and len(given) <= DIGITS and given.isascii() and given.isdecimal()
    return int(given) if given and known else 0


def is_htmx(request: HttpRequest) -> bool:
    """Whether the page itself asks, for a piece of it."""
    return request.headers.get("HX-Request") == "true"


def refuse(
    request: HttpRequest, words: str, *, status: int, new_keys: bool = False
) -> HttpResponse:
    """Tell why not, where the agent looks; nothing that was typed is lost."""
    context = {"words": words, "new_keys": new_keys}
    answer = render(request, "admin/whatsapp/desk/refusal.html", context, status=status)
    answer["HX-Retarget"] = "#wa-refusal"
    answer["HX-Reswap"] = "innerHTML"
    return answer


def _is_hidden(request: HttpRequest, pk: int | None) -> bool:
    """Whether the door leads to a colleague's conversation that this agent may not see."""
    if pk is None or not visibility.is_limited(request.user):
        return False
    return not visibility.visible_conversations(user=request.user).filter(pk=pk).exists()


def _door(method: str, permissions: tuple[str, ...]) -> Callable[[View], View]:
    def guarded(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method != method:
                return HttpResponseNotAllowed([method])
            if not request.user.has_perms((*VIEW, *permissions)):
                return refuse(request, _("You may not do this. Ask a supervisor."), status=403)
            if _is_hidden(request, kwargs.get("pk", args[0] if args else None)):
                raise Http404(_("This conversation does not exist."))
            try:
                return view(request, *args, **kwargs)
            except NotFoundError as error:
                return refuse(request, in_words(error), status=404)
            except WhatsAppError as error:
                used = isinstance(error, IdempotencyConflictError)
                return refuse(request, in_words(error), status=422, new_keys=used)

        return cast(View, checked)

    return guarded
