from decimal import Decimal
from types import SimpleNamespace

import pytest

from whatsapp.domain import customer_texts, wording
from whatsapp.domain.template_parts import VARIABLE
from whatsapp.errors import TemplateValidationError

COFFEE = SimpleNamespace(name="Cafea boabe", quantity=Decimal(10), unit="buc", code="C-100")


def test_order_confirmation_in_romanian():
    text = wording.order_confirmation(
        customer_name="Ana", order_number="SO-1001", total=Decimal("1234.5")
    )

    assert text == (
        "Bună ziua, Ana!\n\n"
        "Vă mulțumim pentru comandă! Am confirmat comanda SO-1001, în valoare totală de"
        " 1.234,50 lei.\n\n"
        "Vă scriem din nou imediat ce predăm coletul curierului."
    )


def test_order_shipped_in_romanian():
    text = wording.order_shipped(
        customer_name="Ana",
        order_number="SO-1001",
        courier="FAN Courier",
        tracking_number="2012345678",
        tracking_url="https://fan.example/2012345678",
    )

    assert text == (
        "Bună ziua, Ana!\n\n"
        "Comanda SO-1001 a plecat spre dumneavoastră prin FAN Courier.\n\n"
        "AWB: 2012345678\n"
        "Urmărire colet: https://fan.example/2012345678\n\n"
        "Vă mulțumim că ați cumpărat de la noi!"
    )


def test_order_delivered_in_romanian():
    text = wording.order_delivered(customer_name="", order_number="SO-1001")

    assert text == (
        "Bună ziua, stimate client!\n\n"
        "Comanda SO-1001 a fost livrată. Vă mulțumim că ați cumpărat de la noi!\n\n"
        "Dacă ceva nu este în regulă, răspundeți la acest mesaj și vă ajutăm cu drag."
    )


def test_supplier_order_in_romanian():
    text = wording.supplier_order_confirmation(
        supplier_name="Ferma Verde", order_number="PO-7", lines=[COFFEE], notes="până la ora 12"
    )

    assert text == (
        "Bună ziua, Ferma Verde!\n\n"
        "Dorim să comandăm următoarele produse (comanda PO-7):\n\n"
        "10 buc Cafea boabe (C-100)\n\n"
        "Observații: până la ora 12\n\n"
        "Vă rugăm să ne confirmați, printr-un răspuns la acest mesaj, comanda și termenul de"
        " livrare. Vă mulțumim!"
    )


def test_notification_in_romanian():
    text = wording.notification(
        customer_name="Ana", subject="comanda SO-1001", message="Livrarea se amână cu o zi."
    )

    assert text == (
        "Bună ziua, Ana!\n\n"
        "Vă scriem în legătură cu comanda SO-1001.\n\n"
        "Livrarea se amână cu o zi.\n\n"
        "Dacă aveți întrebări, răspundeți la acest mesaj și vă ajutăm cu drag."
    )


@pytest.mark.parametrize(
    ("language", "begins"),
    [("ro", "Bună ziua, Ana!"), ("en", "Hello Ana,"), ("hu", "Tisztelt Ana!"), ("fr", "Bună ziua")],
)
def test_the_language_is_the_customer_s_else_romanian(language, begins):
    text = wording.order_delivered(customer_name="Ana", order_number="SO-1001", language=language)

    assert text.startswith(begins)


def test_a_notification_too_long_for_meta_is_refused():
    with pytest.raises(TemplateValidationError) as caught:
        wording.notification(customer_name="Ana", subject="comanda", message="x" * 1000)

    assert caught.value.details == {"field": "body", "reason": "too_long"}


@pytest.mark.parametrize("language", ["ro", "en", "hu"])
def test_subject_brings_no_second_full_stop(language):
    text = wording.notification(
        customer_name="Ana", subject="SO-1.", message="Livrăm mâine.", language=language
    )

    assert ".." not in text
    assert "SO-1." in text


@pytest.mark.parametrize(
    ("language", "greeting"),
    [("en", "Hello there,"), ("ro", "Bună ziua, stimate client!"), ("hu", "Tisztelt Vásárlónk!")],
)
def test_nobody_is_greeted_oddly_without_a_name(language, greeting):
    text = wording.order_delivered(customer_name=" ", order_number="SO-1", language=language)

    assert text.startswith(greeting)


TYPOGRAPHY = (" \n", "  ", " ,", " .", " !", "ş", "ţ", "Ş", "Ţ", "\u00a0", "...", "''", '"')


def every_text():
    for name, texts in customer_texts.BODIES.items():
        for language, text in texts.items():
            yield pytest.param(text, id=f"{name}-{language}")
    for table in (customer_texts.FALLBACKS, customer_texts.SAMPLES):
        for name, texts in table.items():
            for language, text in texts.items():
                yield pytest.param(text, id=f"{name}-{language}-value")


@pytest.mark.parametrize("text", list(every_text()))
def test_every_text_is_set_as_a_printer_would(text):
    assert text == text.strip()
    assert [fault for fault in TYPOGRAPHY if fault in text] == []
    assert "\n\n\n" not in text


@pytest.mark.parametrize("name", customer_texts.BODIES)
def test_every_language_says_the_same_things(name):
    said = [set(VARIABLE.findall(text)) for text in customer_texts.BODIES[name].values()]

    assert said[0] == said[1] == said[2]
