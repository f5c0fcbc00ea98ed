"""Customers' files, for agents only: always a download, never a page of ours."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from whatsapp.admin.desk.doors import DELETED, reads
from whatsapp.models import Media
from whatsapp.services.receiving import media_files


@reads("whatsapp.view_media")
def download(request: HttpRequest, pk: int, media_id: int) -> HttpResponseBase:
    """Give a file of the conversation. A picture inside our page shows it all the same."""
    media = get_object_or_404(Media, pk=media_id, message__conversation_id=pk)
    return media_files.answer(
        media,
        user=request.user,
        wanted=request.headers.get("Range", ""),
        deleted_too=request.user.has_perm(DELETED),
    )
