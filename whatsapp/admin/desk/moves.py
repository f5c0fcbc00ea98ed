"""What an agent does with a conversation, each in one service call."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from whatsapp.admin.desk.doors import ARCHIVE, ASSIGN, NOTE, REPLY, whole, writes
from whatsapp.admin.desk.replies import done
from whatsapp.services import conversations


@writes(REPLY)
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark what the customer wrote as read: the agent has it on the screen."""
    conversations.mark_read(conversation_id=pk, by_id=request.user.pk)
    return HttpResponse(status=204)


@writes(ASSIGN)
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the conversation to a colleague; an empty choice gives it back to everybody."""
    chosen = request.POST.get("user", "")
    user_id = whole(chosen) if chosen else None
    conversations.assign(conversation_id=pk, user_id=user_id, by_id=request.user.pk)
    return done(request, pk)


@writes(REPLY)
def resolve(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the matter."""
    conversations.resolve(conversation_id=pk, by_id=request.user.pk)
    return done(request, pk)


@writes(REPLY)
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Put it back among the open ones."""
    conversations.reopen(conversation_id=pk, by_id=request.user.pk)
    return done(request, pk)


@writes(ARCHIVE)
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    """Put it away."""
    conversations.archive(conversation_id=pk, by_id=request.user.pk)
    return done(request, pk)


@writes(REPLY)
def prioritize(request: HttpRequest, pk: int) -> HttpResponse:
    """Say how urgent it is."""
    conversations.set_priority(
        conversation_id=pk,
        priority=request.POST.get("priority", ""),
        by_id=request.user.pk,
    )
    return done(request, pk)


@writes(REPLY)
def tag(request: HttpRequest, pk: int) -> HttpResponse:
    """Replace the tags by those written, with commas between them."""
    words = [word for word in request.POST.get("tags", "").split(",") if word.strip()]
    conversations.set_tags(conversation_id=pk, tags=words, by_id=request.user.pk)
    return done(request, pk)


@writes(NOTE)
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave a note for colleagues."""
    conversations.add_note(
        conversation_id=pk, author_id=request.user.pk, text=request.POST.get("note", "")
    )
    return done(request, pk)
