"""The words printed on papers, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "ro": {
            "order": "Comandă",
            "invoice": "Factură proformă",
            "quote": "Ofertă",
            "supplier_order": "Comandă către furnizor",
            "number": "Nr. {number}",
            "date": "Data: {date}",
            "valid_until": "Valabilă până la: {date}",
            "seller": "Furnizor",
            "buyer": "Cumpărător",
            "customer": "Client",
            "supplier": "Furnizor",
            "vat_id": "CUI",
            "trade_register": "Reg. com.",
            "bank": "Cont",
            "phone": "Tel.",
            "row": "Nr.",
            "code": "Cod",
            "product": "Produs",
            "unit": "U.M.",
            "quantity": "Cant.",
            "price": "Preț fără TVA",
            "vat_rate": "TVA %",
            "net": "Valoare",
            "vat": "TVA",
            "net_total": "Total fără TVA",
            "vat_total": "TVA {rate}%",
            "total": "Total de plată",
            "lei": "Toate sumele sunt în lei.",
            "notes": "Observații",
            "no_prices": "Vă rugăm să ne confirmați comanda și termenul de livrare.",
            "not_fiscal": (
                "Factura proformă nu este document fiscal și nu dă drept de deducere a TVA."
            ),
            "page": "Pagina {page} din {pages}",
        },
        "en": {
            "order": "Order",
            "invoice": "Proforma invoice",
            "quote": "Quote",
            "supplier_order": "Purchase order",
            "number": "No. {number}",
            "date": "Date: {date}",
            "valid_until": "Valid until: {date}",
            "seller": "Seller",
            "buyer": "Buyer",
            "customer": "Customer",
            "supplier": "Supplier",
            "vat_id": "VAT id",
            "trade_register": "Trade register",
            "bank": "Account",
            "phone": "Phone",
            "row": "No.",
            "code": "Code",
            "product": "Product",
            "unit": "Unit",
            "quantity": "Qty",
            "price": "Net price",
            "vat_rate": "VAT %",
            "net": "Amount",
            "vat": "VAT",
            "net_total": "Total without VAT",
            "vat_total": "VAT {rate}%",
            "total": "Total to pay",
            "lei": "All amounts are in Romanian lei.",
            "notes": "Notes",
            "no_prices": "Please confirm the order and the delivery date.",
            "not_fiscal": (
                "A proforma invoice is not a fiscal document and gives no right to deduct VAT."
            ),
            "page": "Page {page} of {pages}",
        },
        "hu": {
            "order": "Rendelés",
            "invoice": "Díjbekérő",
            "quote": "Árajánlat",
            "supplier_order": "Megrendelés",
            "number": "Szám: {number}",
            "date": "Kelt: {date}",
            "valid_until": "Érvényes eddig: {date}",
            "seller": "Eladó",
            "buyer": "Megrendelő",
            "customer": "Vevő",
            "supplier": "Szállító",
            "vat_id": "Adószám",
            "trade_register": "Cégjegyzékszám",
            "bank": "Bankszámla",
            "phone": "Tel.",
            "row": "Ssz.",
            "code": "Cikkszám",
            "product": "Termék",
            "unit": "Me.",
            "quantity": "Menny.",
            "price": "Nettó ár",
            "vat_rate": "Áfa %",
            "net": "Nettó érték",
            "vat": "Áfa",
            "net_total": "Nettó összesen",
            "vat_total": "Áfa {rate}%",
            "total": "Fizetendő",
            "lei": "Az összegek román lejben értendők.",
            "notes": "Megjegyzés",
            "no_prices": "Kérjük, igazolja vissza a rendelést és a szállítás időpontját.",
            "not_fiscal": "A díjbekérő nem adóügyi bizonylat, áfa levonására nem jogosít.",
            "page": "{page}. oldal, összesen {pages}",
        },
    }
)

UNITS: Mapping[str, Mapping[str, str]] = MappingProxyType({"buc": {"en": "pcs", "hu": "db"}})


def unit_in(unit: str, *, language: str) -> str:
    """Say a unit of the ERP, which writes Romanian, in the reader's language."""
    return UNITS.get(unit, {}).get(language, unit)
