"""What the ERP makes of WhatsApp's signals: papers that were sent, and the answers to them.

Each runs in a savepoint of the transaction that makes it true; one that fails can be repeated.
"""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from cypher_erp.notifications.models import Level
from cypher_erp.notifications.services import notify
from cypher_erp.quotes import services as quotes
from cypher_erp.quotes.errors import QuoteMoveError
from cypher_erp.quotes.models import Quote, QuoteStatus
from cypher_erp.suppliers import services as suppliers
from cypher_erp.suppliers.models import SupplierOrder
from whatsapp import signals
from whatsapp.ports import DocumentKind
from whatsapp.services import conversations


def connect() -> None:
    """Listen; called once, when the apps are ready."""
    signals.document_queued.connect(on_document_queued, dispatch_uid="erp.document_queued")
    signals.quote_answered.connect(on_quote_answered, dispatch_uid="erp.quote_answered")
    signals.supplier_answered.connect(on_supplier_answered, dispatch_uid="erp.supplier_answered")


def on_document_queued(*, kind: str, document_id: int, **_kwargs: Any) -> None:
    """Move what was a draft: the reader gets it now."""
    if kind == DocumentKind.QUOTE:
        quotes.mark_sent(quote_id=document_id)
    elif kind == DocumentKind.SUPPLIER_ORDER:
        suppliers.mark_sent(supplier_order_id=document_id)


def on_quote_answered(
    *, quote_id: int, answer: str, conversation_id: int, version: str = "", **_kwargs: Any
) -> None:
    """Accept the quote, or see to it that the customer's question is answered soon.

    The version is looked at once more under the quote's lock: it may be changed at this moment, or
    the signal be repeated days later.
    """
    if answer == "accepted":
        _accept(quote_id, version=version)
        return
    conversations.set_priority(conversation_id=conversation_id, priority="HIGH")
    quote = Quote.objects.select_related("customer").get(pk=quote_id)
    _tell(
        quote,
        subject=_("%(customer)s has a question about quote %(number)s"),
        body=_("Answer on WhatsApp; the conversation has high priority now."),
        url=reverse("admin:whatsapp_conversation_change", args=[conversation_id]),
    )


def on_supplier_answered(*, supplier_order_id: int, conversation_id: int, **_kwargs: Any) -> None:
    """Tell the staff that a supplier wrote about an order."""
    order = SupplierOrder.objects.select_related("supplier").get(pk=supplier_order_id)
    said = {"supplier": order.supplier.name, "number": order.number}
    notify(
        key=f"supplier-order:{order.pk}",
        subject=_("%(supplier)s answered on order %(number)s") % said,
        body=_("Read the answer on WhatsApp and mark the order as confirmed if it is."),
        level=Level.INFO,
        url=reverse("admin:whatsapp_conversation_change", args=[conversation_id]),
    )


def _accept(quote_id: int, *, version: str) -> None:
    try:
        quote = quotes.accept(quote_id=quote_id, version=version)
    except QuoteMoveError as error:
        quote = Quote.objects.select_related("customer").get(pk=quote_id)
        _tell(
            quote,
            subject=_("%(customer)s tried to accept quote %(number)s"),
            body=_why_not(error),
            level=Level.WARNING,
        )
        return
    _tell(
        quote,
        subject=_("%(customer)s accepted quote %(number)s"),
        body=_("The quote was accepted on WhatsApp; make the order from it."),
    )


def _why_not(error: QuoteMoveError) -> str:
    if error.has_changed:
        return _("It was changed after it was sent; send it again.")
    if error.has_run_out:
        return _("It has run out.")
    return _("It is %(status)s.") % {"status": QuoteStatus(error.status).label}


def _tell(quote: Quote, *, subject: str, body: str, level: str = Level.INFO, url: str = "") -> None:
    said = {"customer": quote.customer.name, "number": quote.number}
    notify(
        key=f"quote:{quote.pk}",
        subject=subject % said,
        body=body,
        level=level,
        url=url or reverse("admin:quotes_quote_change", args=[quote.pk]),
    )
