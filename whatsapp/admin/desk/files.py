"""Customers' files, for agents only: always a download, never a page of ours."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from whatsapp.admin.desk.bubbles import PREVIEWS
from whatsapp.admin.desk.doors import reads
from whatsapp.models import Media

# What a browser may be told a file is; anything else is plain bytes, whatever the customer said
_SAFE = frozenset(mime for types in PREVIEWS.values() for mime in types) | {"application/pdf"}


@reads("whatsapp.view_media")
def download(request: HttpRequest, pk: int, media_id: int) -> HttpResponseBase:
    """Give a file of the conversation. A picture inside our page shows it all the same."""
    media = get_object_or_404(Media, pk=media_id, message__conversation_id=pk)
    if not media.file:
        raise Http404
    answer = FileResponse(
        media.file.open("rb"),
        as_attachment=True,
        filename=media.filename or (media.file.name or "").rpartition("/")[2],
        content_type=media.mime_type if media.mime_type in _SAFE else "application/octet-stream",
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, max-age=3600"
    return answer
