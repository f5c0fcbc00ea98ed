"""The desk's addresses, under the admin's own list of conversations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from whatsapp.admin.desk import files, moves, pages, papers, replies, start

_VIEWS: dict[str, Callable[..., Any]] = {
    "news": pages.news,
    "orders": pages.orders,
    "sheet": pages.sheet,
    "strip": pages.strip,
    "older/<int:message_id>": pages.older,
    "file/<int:media_id>": files.download,
    "reply": replies.reply,
    "typing": replies.typing,
    "template": replies.send_template,
    "again/<int:message_id>": replies.send_again,
    "cancel/<int:message_id>": replies.call_back,
    "fetch/<int:media_id>": replies.fetch_again,
    "read": moves.read,
    "assign": moves.assign,
    "resolve": moves.resolve,
    "reopen": moves.reopen,
    "archive": moves.archive,
    "priority": moves.prioritize,
    "tags": moves.tag,
    "note": moves.note,
}


def desk_urls(site: AdminSite) -> list[URLPattern]:
    """Every address below a conversation: ``admin:whatsapp_desk_<first word>``."""
    paper = site.admin_view(papers.show)
    beginnings = {"start": start.begin, "start_sheet": start.sheet, "start_send": start.send}
    return [
        path("papers/send/", site.admin_view(papers.send), name="whatsapp_desk_paper_send"),
        path("papers/<slug:kind>/<int:document_id>/", paper, name="whatsapp_desk_paper"),
        *(
            path(f"{name.replace('_', '/')}/", site.admin_view(view), name=f"whatsapp_desk_{name}")
            for name, view in beginnings.items()
        ),
        *(
            path(
                f"<int:pk>/{address}/",
                site.admin_view(view),
                name=f"whatsapp_desk_{address.partition('/')[0]}",
            )
            for address, view in _VIEWS.items()
        ),
    ]
