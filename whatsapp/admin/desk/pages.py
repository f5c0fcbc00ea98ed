"""What an agent looks at: the conversation page, and the pieces it fetches while it is open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.template.response import TemplateResponse

from whatsapp.admin.desk import boxes, people, picker, threads
from whatsapp.admin.desk.doors import conversation_or_404, may, reads, whole
from whatsapp.admin.desk.parts import parts_of, scene_of
from whatsapp.models import Conversation, Message, Template
from whatsapp.services.dialogue.threads import current_id

SEEN_LIMIT = 80  # bubbles a page asks about; older ones are settled, or seen again when reopened


@reads()
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the conversation, newest message last; nothing is changed by looking."""
    conversation = conversation_or_404(pk)
    if conversation.contact.merged_into_id and (goal := current_id(conversation_id=pk)) != pk:
        return redirect("admin:whatsapp_conversation_change", goal)  # where its messages are now
    scene = scene_of(request, conversation)
    page = threads.page(pk)
    context = {
        **admin.site.each_context(request),
        "title": conversation.contact.display_name,
        "is_nav_sidebar_enabled": False,  # the list of conversations is there instead
        "opts": Conversation._meta,
        "conversation": conversation,
        "customer": people.customer_of(conversation.contact),
        "supplier_order": people.supplier_order_of(conversation),
        "page": page,
        "parts": {part.name: part.render(scene) for part in parts_of(scene)},
        "may": scene.may,
        "strip": boxes.strip(request, open_id=pk, now=scene.now),
    }
    return TemplateResponse(request, "admin/whatsapp/conversation/page.html", context)


@reads()
def news(request: HttpRequest, pk: int) -> HttpResponse:
    """Give what is new since the page last heard of it; 204 when nothing is."""
    return fresh(request, conversation_or_404(pk))


def fresh(request: HttpRequest, conversation: Conversation, *, sent: bool = False) -> HttpResponse:
    """Give new bubbles, changed ones, and the parts whose keys are not those the page has.

    After a send the forms get new idempotency keys: their next message is another one.
    The page says with every request of its own what it shows: ``after``, ``seen`` and the keys.
    """
    given = request.POST if request.method == "POST" else request.GET
    found = threads.news(
        conversation.pk, after=whole(given.get("after")), seen=_seen(given.get("seen", ""))
    )
    scene = scene_of(request, conversation)
    changed = [part for part in parts_of(scene) if part.key != given.get(part.name)]
    if not (found.added or found.changed or changed or sent):
        return HttpResponse(status=204)
    context = {
        "news": found,
        "sent": sent,
        "conversation": conversation,
        "may": scene.may,
        "parts": [part.render(scene, oob=True) for part in changed],
    }
    return render(request, "admin/whatsapp/desk/news.html", context)


@reads()
def older(request: HttpRequest, pk: int, message_id: int) -> HttpResponse:
    """Give the page of the thread before a message."""
    message = get_object_or_404(Message, pk=message_id, conversation_id=pk)
    page = threads.page(pk, before=message)
    context = {"page": page, "conversation": message.conversation, "may": may(request)}
    return render(request, "admin/whatsapp/desk/older.html", context)


@reads()
def orders(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the customer's orders and what they were told about them."""
    conversation = conversation_or_404(pk)
    cards = people.orders_of(conversation.contact.customer_id)
    return render(request, "admin/whatsapp/desk/orders.html", {"cards": cards})


@reads()
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the fields and the preview of a template, filled in as far as we know."""
    conversation = conversation_or_404(pk)
    template = _chosen(request.GET, picker.templates_of(conversation))
    if template is None:
        return HttpResponse("")
    contact = conversation.contact
    cards = people.orders_of(contact.customer_id)
    known = picker.known_values(
        contact=contact,
        customer=people.customer_of(contact),
        order=cards[0].order if cards else None,
        language=template.language,
    )
    context = {"sheet": picker.sheet_of(template, known=known), "conversation": conversation}
    return render(request, "admin/whatsapp/desk/sheet.html", context)


@reads()
def strip(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the list of conversations beside the open one."""
    conversation = conversation_or_404(pk)
    now = scene_of(request, conversation).now
    context = {"strip": boxes.strip(request, open_id=pk, now=now)}
    return HttpResponse(render_to_string("admin/whatsapp/desk/strip.html", context, request))


def _chosen(given: Mapping[str, str], templates: Iterable[Template]) -> Template | None:
    """Find the template by its row; none chosen yet is no error, a strange one is 404."""
    chosen = given.get("template", "")
    if not chosen:
        return None
    template = picker.chosen(templates, whole(chosen))
    if template is None:
        raise Http404
    return template


def _seen(given: str) -> dict[int, str]:
    """Read ``12:SENT,13:PENDING``: the bubbles on the page that may have changed."""
    pairs = (pair.partition(":") for pair in given.split(",")[:SEEN_LIMIT])
    return {whole(pk): state for pk, _colon, state in pairs if whole(pk)}
