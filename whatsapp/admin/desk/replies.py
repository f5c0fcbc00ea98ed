"""What an agent says: a text, a file, a template; and a message sent once more."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from whatsapp.admin.desk.doors import REPLY, SEND, conversation_or_404, is_htmx, whole, writes
from whatsapp.admin.desk.envelopes import envelope_of
from whatsapp.admin.desk.pages import fresh
from whatsapp.domain.content import MediaKind
from whatsapp.domain.media_rules import RULES, check_size
from whatsapp.errors import NotFoundError
from whatsapp.models import Media, Message, Template
from whatsapp.services import messages
from whatsapp.services.receiving import media as media_service


@writes(REPLY, SEND)
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    """Send what is in the box: a text, or a file with the text as its caption."""
    text = request.POST.get("text", "")
    reply_to = whole(request.POST.get("reply_to")) or None
    upload = request.FILES.get("file")
    envelope = envelope_of(request)
    if isinstance(upload, UploadedFile):
        kind = _kind_of(upload)
        messages.send_media(
            kind=kind,
            file=upload,
            caption=text.strip(),
            conversation_id=pk,
            reply_to_id=reply_to,
            **envelope,
        )
    else:
        messages.send_text(
            text=text,
            preview_url=None if "preview" in request.POST else False,
            conversation_id=pk,
            reply_to_id=reply_to,
            **envelope,
        )
    return done(request, pk, sent=True)


@writes(REPLY, SEND)
def typing(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the customer that an answer is being written."""
    messages.queue_typing(conversation_id=pk, by_id=request.user.pk)
    return HttpResponse(status=204)


@writes(REPLY, SEND)
def send_template(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the chosen template with the fields as they were filled in (``p.<key>``)."""
    template = chosen_template(request)
    messages.send_template(
        template=template.name,
        language=template.language,
        parameters=filled_in(request),
        conversation_id=pk,
        **envelope_of(request),
    )
    return done(request, pk, sent=True)


@writes(REPLY, SEND)
def send_again(request: HttpRequest, pk: int, message_id: int) -> HttpResponse:
    """Send a failed message once more."""
    message = get_object_or_404(Message, pk=message_id, conversation_id=pk)
    messages.retry(message_id=message.pk, by_id=request.user.pk)
    return done(request, pk)


@writes(REPLY, SEND)
def call_back(request: HttpRequest, pk: int, message_id: int) -> HttpResponse:
    """Take back a message that still waits for its time."""
    message = get_object_or_404(Message, pk=message_id, conversation_id=pk)
    messages.cancel(message_id=message.pk, by_id=request.user.pk)
    return done(request, pk)


@writes(REPLY)
def fetch_again(request: HttpRequest, pk: int, media_id: int) -> HttpResponse:
    """Fetch a customer's file once more from Meta."""
    media = get_object_or_404(Media, pk=media_id, message__conversation_id=pk)
    media_service.retry(media_id=media.pk, by_id=request.user.pk)
    return done(request, pk)


def chosen_template(request: HttpRequest) -> Template:
    """Find the template that was picked; NotFoundError when it is gone meanwhile."""
    rows = Template.objects.present().filter(pk=whole(request.POST.get("template")))
    template = rows.first()
    if template is None:
        raise NotFoundError("There is no such template.", details={"field": "template"})
    return template


def filled_in(request: HttpRequest) -> dict[str, str]:
    """Read the parameters: the fields named ``p.<key>``."""
    return {
        name.removeprefix("p."): str(value)
        for name, value in request.POST.items()
        if name.startswith("p.")
    }


def done(request: HttpRequest, pk: int, *, sent: bool = False) -> HttpResponse:
    """Show what the write changed; a browser without scripts gets the whole page again."""
    if is_htmx(request):
        return fresh(request, conversation_or_404(pk), sent=sent)
    return redirect(reverse("admin:whatsapp_conversation_change", args=[pk]))


def _kind_of(upload: UploadedFile[Any]) -> MediaKind:
    """Choose how WhatsApp carries a file, and refuse an overlong one before it is read."""
    claimed = (upload.content_type or "").partition(";")[0]
    shown = (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO)
    kind = next((k for k in shown if claimed in RULES[k].types), MediaKind.DOCUMENT)
    check_size(kind=kind, size=upload.size or 0)
    return kind
