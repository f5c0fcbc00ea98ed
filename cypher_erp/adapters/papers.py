"""The ERP's papers for WhatsApp: ``whatsapp.ports.DocumentMaker`` on ``cypher_erp.papers``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeVar

from django.db.models import QuerySet

from cypher_erp.orders.models import Order
from cypher_erp.papers import making
from cypher_erp.quotes.models import Quote
from cypher_erp.suppliers.models import SupplierOrder
from whatsapp.errors import ValidationError
from whatsapp.ports import Document, DocumentKind

Row = TypeVar("Row", Order, Quote, SupplierOrder)


class ErpDocumentMaker:
    """Prints what is in the ERP now; a paper without lines is refused."""

    def make(self, kind: DocumentKind, document_id: int, *, language: str) -> Document | None:
        printed = _print(kind, document_id, language=language)
        if printed is None:
            return None
        return Document(filename=printed.filename, title=printed.title, content=printed.content)


def _print(kind: DocumentKind, pk: int, *, language: str) -> making.Printed | None:
    match kind:
        case DocumentKind.ORDER | DocumentKind.INVOICE:
            is_invoice = kind is DocumentKind.INVOICE
            for order in _with_lines(Order.objects.select_related("customer"), pk):
                return making.print_order(order, language=language, proforma=is_invoice)
        case DocumentKind.QUOTE:
            for quote in _with_lines(Quote.objects.select_related("customer"), pk):
                return making.print_quote(quote, language=language)
        case DocumentKind.SUPPLIER_ORDER:
            for bought in _with_lines(SupplierOrder.objects.select_related("supplier"), pk):
                return making.print_supplier_order(bought, language=language)
    return None


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
