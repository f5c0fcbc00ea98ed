"""The words that go with a paper of the shop's, in Romanian, English and Hungarian.

Content, as in ``customer_texts``: the bodies of the templates that have a document as their header,
and of the same messages inside the window.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from whatsapp.domain.documents import DocumentKind, QuoteAnswerKind

Texts = Mapping[str, str]

# Which text goes with which paper
TEMPLATES: Mapping[DocumentKind, str] = MappingProxyType(
    {
        DocumentKind.ORDER: "order_document",
        DocumentKind.INVOICE: "order_document",
        DocumentKind.QUOTE: "quote_document",
        DocumentKind.SUPPLIER_ORDER: "supplier_order_document",
    }
)

BODIES: Mapping[str, Texts] = MappingProxyType(
    {
        "order_document": {
            "ro": (
                "Bună ziua, {{customer_name}}!\n\n"
                "Vă trimitem atașat un document pentru comanda {{order_number}}.\n\n"
                "Document: {{document}}\n"
                "Total: {{total}}\n\n"
                "Dacă aveți întrebări, răspundeți la acest mesaj și vă ajutăm cu drag."
            ),
            "en": (
                "Hello {{customer_name}},\n\n"
                "Please find attached a document for your order {{order_number}}.\n\n"
                "Document: {{document}}\n"
                "Total: {{total}}\n\n"
                "If you have any questions, just reply to this message and we will gladly help."
            ),
            "hu": (
                "Tisztelt {{customer_name}}!\n\n"
                "Mellékelten küldünk egy dokumentumot {{order_number}} számú rendeléséhez.\n\n"
                "Dokumentum: {{document}}\n"
                "Végösszeg: {{total}}\n\n"
                "Ha kérdése van, válaszoljon erre az üzenetre, és szívesen segítünk."
            ),
        },
        "quote_document": {
            "ro": (
                "Bună ziua, {{customer_name}}!\n\n"
                "Vă trimitem propunerea de preț {{quote_number}}, în valoare totală de {{total}}."
                " Detaliile sunt în documentul atașat.\n\n"
                "Termen de valabilitate: {{valid_until}}\n\n"
                "Ne puteți răspunde cu unul dintre butoanele de mai jos."
            ),
            "en": (
                "Hello {{customer_name}},\n\n"
                "Please find attached our quote {{quote_number}}, for a total of {{total}}.\n\n"
                "Valid until: {{valid_until}}\n\n"
                "You can answer with one of the buttons below."
            ),
            "hu": (
                "Tisztelt {{customer_name}}!\n\n"
                "Küldjük {{quote_number}} számú árajánlatunkat. A részleteket a mellékelt"
                " dokumentumban találja.\n\n"
                "Végösszeg: {{total}}\n"
                "Érvényesség: {{valid_until}}\n\n"
                "Kérjük, válaszoljon az alábbi gombok egyikével."
            ),
        },
        "supplier_order_document": {
            "ro": (
                "Bună ziua, {{supplier_name}}!\n\n"
                "Dorim să comandăm următoarele produse (comanda {{order_number}}). Lista completă"
                " este în documentul atașat.\n\n"
                "{{lines}}\n\n"
                "Observații: {{notes}}\n\n"
                "Vă rugăm să ne confirmați, printr-un răspuns la acest mesaj, comanda și termenul"
                " de livrare. Vă mulțumim!"
            ),
            "en": (
                "Hello {{supplier_name}},\n\n"
                "We would like to order the following products (order {{order_number}}). The"
                " complete list is in the attached document.\n\n"
                "{{lines}}\n\n"
                "Notes: {{notes}}\n\n"
                "Please reply to this message to confirm the order and the delivery date. Thank"
                " you!"
            ),
            "hu": (
                "Tisztelt {{supplier_name}}!\n\n"
                "Szeretnénk megrendelni az alábbi termékeket (rendelésszám: {{order_number}}). A"
                " teljes lista a mellékelt dokumentumban található.\n\n"
                "{{lines}}\n\n"
                "Megjegyzés: {{notes}}\n\n"
                "Kérjük, erre az üzenetre válaszolva igazolja vissza a rendelést és a szállítás"
                " várható időpontját. Köszönjük!"
            ),
        },
    }
)

SAMPLES: Mapping[str, Texts] = MappingProxyType(
    {
        "document": {"ro": "Factură proformă", "en": "Proforma invoice", "hu": "Díjbekérő"},
        "quote_number": {"ro": "O-2026-00042", "en": "O-2026-00042", "hu": "O-2026-00042"},
        "valid_until": {
            "ro": "22 decembrie 2026",
            "en": "22 December 2026",
            "hu": "2026. december 22.",
        },
    }
)

OPEN_ENDED: Texts = MappingProxyType(
    {"ro": "nelimitat", "en": "further notice", "hu": "visszavonásig"}
)

# Who presses a button under a quote that has changed since reads this
OUTDATED_QUOTE: Texts = MappingProxyType(
    {
        "ro": (
            "Butonul apăsat este al unei versiuni mai vechi a ofertei {number}, care s-a schimbat"
            " între timp. Nu am înregistrat niciun răspuns. Vă rugăm să răspundeți cu butoanele de"
            " sub cea mai nouă versiune; dacă nu ați primit-o încă, v-o trimitem în curând."
        ),
        "en": (
            "The button you pressed belongs to an older version of quote {number}, which has"
            " changed since. We have not recorded an answer. Please use the buttons below the"
            " newest version; if you have not received it yet, we will send it to you soon."
        ),
        "hu": (
            "A megnyomott gomb egy korábbi árajánlathoz tartozik ({number}), amely azóta módosult."
            " Választ nem rögzítettünk. Kérjük, a legújabb változat alatti gombokkal válaszoljon;"
            " ha még nem kapta meg, hamarosan elküldjük."
        ),
    }
)

# Under a quote, in this order; at most 20 characters each
QUOTE_BUTTONS: Mapping[QuoteAnswerKind, Texts] = MappingProxyType(
    {
        QuoteAnswerKind.ACCEPTED: {
            "ro": "Accept propunerea",
            "en": "Accept the quote",
            "hu": "Elfogadom",
        },
        QuoteAnswerKind.QUESTION: {
            "ro": "Am o întrebare",
            "en": "I have a question",
            "hu": "Kérdésem van",
        },
    }
)
