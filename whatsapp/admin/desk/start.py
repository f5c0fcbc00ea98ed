"""The first message to a customer who has not written yet: a template, since no window is open."""

from __future__ import annotations

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from whatsapp.admin.desk import picker
from whatsapp.admin.desk.doors import REPLY, SEND, is_htmx, reads, whole, writes
from whatsapp.admin.desk.envelopes import envelope_of
from whatsapp.admin.desk.replies import chosen_template, filled_in
from whatsapp.errors import NotFoundError
from whatsapp.models import BusinessNumber, Conversation
from whatsapp.ports import CustomerRecord, OrderRecord
from whatsapp.services import messages
from whatsapp.services.shared import visibility
from whatsapp.wiring import customer_directory, order_book


@reads(REPLY, SEND)
def begin(request: HttpRequest) -> HttpResponse:
    """Show the picker for a customer; who has a conversation already is led there."""
    customer = _customer(request.GET.get("customer", ""))
    seen = visibility.visible_conversations(user=request.user)
    rows = seen.live().filter(contact__customer=customer.id)
    if (conversation := rows.order_by("-last_message_at", "-id").first()) is not None:
        return redirect("admin:whatsapp_conversation_change", conversation.pk)
    number = BusinessNumber.objects.default()
    context = {
        **admin.site.each_context(request),
        "title": customer.name,
        "opts": Conversation._meta,
        "customer": customer,
        "order": _order(request.GET.get("order", ""), customer),
        "templates": picker.approved(number) if number else (),
    }
    return TemplateResponse(request, "admin/whatsapp/conversation/start.html", context)


@reads(REPLY, SEND)
def sheet(request: HttpRequest) -> HttpResponse:
    """Give the fields and the preview of a template for this customer."""
    customer = _customer(request.GET.get("customer", ""))
    number = BusinessNumber.objects.default()
    pk = whole(request.GET.get("template"))
    template = picker.chosen(picker.approved(number), pk) if number else None
    if template is None:
        return HttpResponse("")
    order = _order(request.GET.get("order", ""), customer)
    known = picker.known_values(
        contact=None, customer=customer, order=order, language=template.language
    )
    context = {"sheet": picker.sheet_of(template, known=known)}
    return render(request, "admin/whatsapp/desk/sheet.html", context)


@writes(REPLY, SEND)
def send(request: HttpRequest) -> HttpResponse:
    """Send the template and go to the conversation that it begins."""
    customer = _customer(request.POST.get("customer", ""))
    order = _order(request.POST.get("order", ""), customer)
    template = chosen_template(request)
    message = messages.send_template(
        template=template.name,
        language=template.language,
        parameters=filled_in(request),
        phone_number=customer.phone,
        customer_id=customer.id,
        order_id=order.id if order else None,
        **envelope_of(request),
    )
    address = reverse("admin:whatsapp_conversation_change", args=[message.conversation_id])
    if not is_htmx(request):
        return redirect(address)
    return HttpResponse(headers={"HX-Redirect": address})


def _customer(given: str) -> CustomerRecord:
    customer = customer_directory().find_by_id(whole(given)) if whole(given) else None
    if customer is None:
        raise Http404(_("This customer does not exist."))
    if not customer.phone:
        raise NotFoundError("The customer has no phone number.", details={"field": "phone"})
    return customer


def _order(given: str, customer: CustomerRecord) -> OrderRecord | None:
    """Find the order the message is about; another customer's is none."""
    order = order_book().find_by_id(whole(given)) if whole(given) else None
    return order if order is not None and order.customer_id == customer.id else None
