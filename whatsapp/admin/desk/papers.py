"""The shop's papers: looked at, and sent from the pages of the ERP that show our panels."""

from __future__ import annotations

from django.contrib import messages as told
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from whatsapp.admin.desk.doors import REPLY, SEND, VIEW, reads, whole
from whatsapp.admin.desk.words import in_words
from whatsapp.domain.documents import DocumentKind
from whatsapp.errors import WhatsAppError
from whatsapp.services import documents
from whatsapp.services.shared import visibility


@reads(visibility.SEES_PHONES)
def show(request: HttpRequest, kind: str, document_id: int) -> HttpResponse:
    """Show the paper as its reader would get it now; no veil hides the phone printed on it.

    To whom the ERP itself shows what it is of, too.
    """
    made = documents.show(kind=_kind(kind), document_id=document_id, user_id=request.user.pk or 0)
    return HttpResponse(
        made.content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": "inline",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


def send(request: HttpRequest) -> HttpResponse:
    """Send the paper and go back to its page, which says what became of it.

    A refusal is told there too: the page is the host's, and has no place of ours for it.
    """
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.has_perms((*VIEW, REPLY, SEND)):
        told.error(request, _("You may not do this. Ask a supervisor."))
        return redirect(_back(request))
    try:
        documents.send(
            kind=_kind(request.POST.get("kind", "")),
            document_id=whole(request.POST.get("document")),
            user_id=request.user.pk,
            again="again" in request.POST,
            idempotency_key=request.POST.get("key") or None,
        )
    except WhatsAppError as error:
        told.error(request, in_words(error))
    else:
        told.success(request, _("It is on its way by WhatsApp."))
    return redirect(_back(request))


def _kind(given: str) -> DocumentKind:
    try:
        return DocumentKind(given)
    except ValueError:
        raise Http404 from None


def _back(request: HttpRequest) -> str:
    address = request.POST.get("next", "")
    here = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts=here, require_https=request.is_secure()
    )
    return address if is_ours else reverse("admin:index")
