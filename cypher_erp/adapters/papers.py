"""The ERP's papers for WhatsApp: ``whatsapp.ports.DocumentMaker`` on ``cypher_erp.papers``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from django.contrib.auth import get_permission_codename
from django.db.models import Model, QuerySet

from cypher_erp.orders.models import Order
from cypher_erp.quotes.models import Quote
from cypher_erp.quotes.services import version_of
from cypher_erp.staff.models import User
from cypher_erp.suppliers.models import SupplierOrder
from whatsapp.errors import ValidationError
from whatsapp.ports import Document, DocumentKind

if TYPE_CHECKING:
    from cypher_erp.papers.making import Printed

MODELS: Mapping[DocumentKind, type[Model]] = {
    DocumentKind.ORDER: Order,
    DocumentKind.INVOICE: Order,
    DocumentKind.QUOTE: Quote,
    DocumentKind.SUPPLIER_ORDER: SupplierOrder,
}
Row = TypeVar("Row", Order, Quote, SupplierOrder)


class ErpDocumentMaker:
    """Prints what is in the ERP now; a paper without lines is refused."""

    def may_see(self, kind: DocumentKind, document_id: int, *, user_id: int) -> bool:
        """As its own pages ask: who may view or change such rows."""
        user = User.objects.filter(pk=user_id).first()
        meta = MODELS[kind]._meta
        names = (get_permission_codename(action, meta) for action in ("view", "change"))
        return user is not None and any(user.has_perm(f"{meta.app_label}.{each}") for each in names)

    def make(self, kind: DocumentKind, document_id: int, *, language: str) -> Document | None:
        return _print(kind, document_id, language=language)


def _print(kind: DocumentKind, pk: int, *, language: str) -> Document | None:
    from cypher_erp.papers import making  # fpdf takes a second, of each process that starts

    match kind:
        case DocumentKind.ORDER | DocumentKind.INVOICE:
            is_invoice = kind is DocumentKind.INVOICE
            for order in _with_lines(Order.objects.select_related("customer"), pk):
                return _document(making.print_order(order, language=language, proforma=is_invoice))
        case DocumentKind.QUOTE:
            for quote in _with_lines(Quote.objects.select_related("customer"), pk):
                printed = making.print_quote(quote, language=language)
                return _document(printed, version=version_of(quote))
        case DocumentKind.SUPPLIER_ORDER:
            for bought in _with_lines(SupplierOrder.objects.select_related("supplier"), pk):
                return _document(making.print_supplier_order(bought, language=language))
    return None


def _document(printed: Printed, *, version: str = "") -> Document:
    return Document(
        filename=printed.filename,
        title=printed.title,
        content=printed.content,
        version=version,
    )


def _with_lines(rows: QuerySet[Row], pk: int) -> Iterator[Row]:
    """Give the one row, if it is there; ValidationError if it has no lines."""
    row = rows.prefetch_related("lines").filter(pk=pk).first()
    if row is None:
        return
    if not row.lines.all():
        raise ValidationError(f"{row} has no lines.", details={"field": "lines"})
    yield row


if TYPE_CHECKING:
    from whatsapp.ports import DocumentMaker

    maker: type[DocumentMaker] = ErpDocumentMaker
