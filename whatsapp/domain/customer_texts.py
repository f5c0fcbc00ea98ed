"""The words customers and suppliers read, in Romanian, English and Hungarian.

Each text is the body of a template at Meta and of every message rendered from it. They are content,
not translations of a screen: edit each as a native would write it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Texts = Mapping[str, str]

BODIES: Mapping[str, Texts] = MappingProxyType(
    {
        "order_confirmed": {
            "ro": (
                "Bună ziua, {{customer_name}}!\n\n"
                "Vă mulțumim pentru comandă! Am confirmat comanda {{order_number}}, în valoare"
                " totală de {{total}}.\n\n"
                "Vă scriem din nou imediat ce predăm coletul curierului."
            ),
            "en": (
                "Hello {{customer_name}},\n\n"
                "Thank you for your order! We have confirmed order {{order_number}}, for a total"
                " of {{total}}.\n\n"
                "We will write to you again as soon as your parcel is on its way."
            ),
            "hu": (
                "Tisztelt {{customer_name}}!\n\n"
                "Köszönjük a rendelését, örömmel visszaigazoljuk.\n\n"
                "Rendelésszám: {{order_number}}\n"
                "Végösszeg: {{total}}\n\n"
                "Amint a csomagot átadtuk a futárszolgálatnak, újra jelentkezünk."
            ),
        },
        "order_shipped": {
            "ro": (
                "Bună ziua, {{customer_name}}!\n\n"
                "Comanda {{order_number}} a plecat spre dumneavoastră prin {{courier}}.\n\n"
                "AWB: {{tracking_number}}\n"
                "Urmărire colet: {{tracking_url}}\n\n"
                "Vă mulțumim că ați cumpărat de la noi!"
            ),
            "en": (
                "Hello {{customer_name}},\n\n"
                "Good news: your order {{order_number}} is on its way to you with {{courier}}.\n\n"
                "Tracking number: {{tracking_number}}\n"
                "Parcel tracking: {{tracking_url}}\n\n"
                "Thank you for shopping with us!"
            ),
            "hu": (
                "Tisztelt {{customer_name}}!\n\n"
                "Örömmel értesítjük, hogy {{order_number}} számú rendelését feladtuk.\n\n"
                "Szállítja: {{courier}}\n"
                "Csomagszám: {{tracking_number}}\n"
                "Csomagkövetés: {{tracking_url}}\n\n"
                "Köszönjük, hogy nálunk vásárolt!"
            ),
        },
        "order_delivered": {
            "ro": (
                "Bună ziua, {{customer_name}}!\n\n"
                "Comanda {{order_number}} a fost livrată. Vă mulțumim că ați cumpărat de la"
                " noi!\n\n"
                "Dacă ceva nu este în regulă, răspundeți la acest mesaj și vă ajutăm cu drag."
            ),
            "en": (
                "Hello {{customer_name}},\n\n"
                "Your order {{order_number}} has been delivered. Thank you for shopping with"
                " us!\n\n"
                "If anything is not right, just reply to this message and we will gladly help."
            ),
            "hu": (
                "Tisztelt {{customer_name}}!\n\n"
                "Kézbesítettük {{order_number}} számú rendelését. Köszönjük, hogy nálunk"
                " vásárolt!\n\n"
                "Ha bármi nincs rendben, válaszoljon erre az üzenetre, és szívesen segítünk."
            ),
        },
        "supplier_order": {
            "ro": (
                "Bună ziua, {{supplier_name}}!\n\n"
                "Dorim să comandăm următoarele produse (comanda {{order_number}}):\n\n"
                "{{lines}}\n\n"
                "Observații: {{notes}}\n\n"
                "Vă rugăm să ne confirmați, printr-un răspuns la acest mesaj, comanda și termenul"
                " de livrare. Vă mulțumim!"
            ),
            "en": (
                "Hello {{supplier_name}},\n\n"
                "We would like to order the following products (order {{order_number}}):\n\n"
                "{{lines}}\n\n"
                "Notes: {{notes}}\n\n"
                "Please reply to this message to confirm the order and the delivery date. Thank"
                " you!"
            ),
            "hu": (
                "Tisztelt {{supplier_name}}!\n\n"
                "Szeretnénk megrendelni az alábbi termékeket (rendelésszám: {{order_number}}):\n\n"
                "{{lines}}\n\n"
                "Megjegyzés: {{notes}}\n\n"
                "Kérjük, erre az üzenetre válaszolva igazolja vissza a rendelést és a szállítás"
                " várható időpontját. Köszönjük!"
            ),
        },
        "general_notification": {
            "ro": (
                "Bună ziua, {{customer_name}}!\n\n"
                "Vă scriem în legătură cu {{subject}}.\n\n"
                "{{message}}\n\n"
                "Dacă aveți întrebări, răspundeți la acest mesaj și vă ajutăm cu drag."
            ),
            "en": (
                "Hello {{customer_name}},\n\n"
                "We are writing to you about {{subject}}.\n\n"
                "{{message}}\n\n"
                "If you have any questions, just reply to this message and we will gladly help."
            ),
            "hu": (
                "Tisztelt {{customer_name}}!\n\n"
                "A következő ügyben keressük: {{subject}}.\n\n"
                "{{message}}\n\n"
                "Ha kérdése van, válaszoljon erre az üzenetre, és szívesen segítünk."
            ),
        },
    }
)

# What Meta's reviewers see in place of each variable
SAMPLES: Mapping[str, Texts] = MappingProxyType(
    {
        "customer_name": {"ro": "Ana Popescu", "en": "Ana Popescu", "hu": "Kovács Anna"},
        "supplier_name": {"ro": "Ferma Verde", "en": "Green Farm", "hu": "Zöld Farm"},
        "order_number": {"ro": "SO-1001", "en": "SO-1001", "hu": "SO-1001"},
        "total": {"ro": "1.234,50 lei", "en": "1,234.50 lei", "hu": "1 234,50 lej"},
        "courier": {"ro": "FAN Courier", "en": "FAN Courier", "hu": "FAN Courier"},
        "tracking_number": {"ro": "2012345678", "en": "2012345678", "hu": "2012345678"},
        "tracking_url": {
            "ro": "https://www.fancourier.ro/awb-tracking/?awb=2012345678",
            "en": "https://www.fancourier.ro/awb-tracking/?awb=2012345678",
            "hu": "https://www.fancourier.ro/awb-tracking/?awb=2012345678",
        },
        "lines": {
            "ro": "10 buc Cafea boabe 1 kg (C-100); 5 buc Ceai verde (T-20)",
            "en": "10 pcs Coffee beans 1 kg (C-100); 5 pcs Green tea (T-20)",
            "hu": "10 db Szemes kávé 1 kg (C-100); 5 db Zöld tea (T-20)",
        },
        "notes": {
            "ro": "livrare la depozit, până la ora 12",
            "en": "delivery to the warehouse before noon",
            "hu": "szállítás a raktárba, 12 óráig",
        },
        "subject": {
            "ro": "comanda SO-1001",
            "en": "order SO-1001",
            "hu": "SO-1001 számú rendelés",
        },
        "message": {
            "ro": "Livrarea se amână cu o zi.",
            "en": "Delivery is postponed by one day.",
            "hu": "A kiszállítás egy nappal később történik.",
        },
    }
)

# What stands in a template's place when the ERP has nothing to put there; Meta takes no blanks
FALLBACKS: Mapping[str, Texts] = MappingProxyType(
    {
        "customer_name": {"ro": "stimate client", "en": "there", "hu": "Vásárlónk"},
        "supplier_name": {"ro": "stimate partener", "en": "there", "hu": "Partnerünk"},
        "courier": {"ro": "curierul nostru", "en": "our courier", "hu": "saját futárunk"},
        "tracking_number": {
            "ro": "vi-l comunică curierul",
            "en": "the courier will let you know",
            "hu": "a futár fogja közölni",
        },
        "tracking_url": {
            "ro": "curierul vă contactează înainte de livrare",
            "en": "the courier will contact you before delivery",
            "hu": "a futár kézbesítés előtt jelentkezik",
        },
        "tracking_url_by_number": {
            "ro": "pe site-ul curierului, după numărul AWB",
            "en": "on the courier's website, by the tracking number",
            "hu": "a futárszolgálat honlapján, a csomagszám alapján",
        },
        "notes": {"ro": "nu sunt", "en": "none", "hu": "nincs"},
    }
)

MORE: Texts = MappingProxyType(
    {"ro": "… și încă {products}", "en": "… plus {products}", "hu": "… és még {products}"}
)

# What a customer reads who wrote STOP, or START after it
MARKETING_STOPPED: Texts = MappingProxyType(
    {
        "ro": (
            "Am notat: nu vă mai trimitem mesaje promoționale. Despre comenzile dumneavoastră vă"
            " anunțăm în continuare. Dacă vă răzgândiți, scrieți START."
        ),
        "en": (
            "Noted: we will send you no more promotional messages. You will still hear from us"
            " about your orders. If you change your mind, write START."
        ),
        "hu": (
            "Feljegyeztük: nem küldünk több promóciós üzenetet. A rendeléseiről továbbra is"
            " értesítjük. Ha meggondolja magát, írja be: START."
        ),
    }
)
MARKETING_RESUMED: Texts = MappingProxyType(
    {
        "ro": ("Vă mulțumim! Veți primi din nou ofertele noastre. Pentru a renunța, scrieți STOP."),
        "en": "Thank you! You will get our offers again. You can stop them any time: write STOP.",
        "hu": (
            "Köszönjük! Újra küldjük Önnek ajánlatainkat. Bármikor lemondhatja: írja be, hogy STOP."
        ),
    }
)
