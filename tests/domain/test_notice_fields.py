"""What of an order may be said, and how it is written in each language."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from whatsapp.domain import notice_fields

VALUES = {
    "customer.name": "Ana  Popescu",
    "customer.phone": "0712 345 678",
    "customer.email": "",
    "customer.extra.manager": "Dan",
    "customer.extra.since": date(2026, 11, 22),
    "customer.extra.points": 1200,
    "customer.extra.rate": Decimal("2.50"),
    "customer.extra.vip": True,
    "customer.extra.loader": object(),
    "order.number": "C-1",
    "order.total": Decimal("1234.5"),
    "order.currency": "RON",
    "order.line_count": 20,
    "order.placed_at": datetime(2026, 11, 22, 23, 30, tzinfo=UTC),
    "order.courier": " ",
    "order.tracking_number": "AWB9",
    "order.tracking_url": "",
    "order.contact_name": "",
}


@pytest.mark.parametrize(
    ("path", "language", "said"),
    [
        ("customer.name", "ro", "Ana Popescu"),
        ("order.total", "ro", "1.234,50 lei"),
        ("order.total", "en_US", "1,234.50 lei"),
        ("order.total", "hu", "1 234,50 lej"),
        ("order.line_count", "ro", "20 de produse"),
        ("order.line_count", "en", "20 products"),
        ("order.placed_at", "ro", "23 noiembrie 2026"),  # it is the next day in Romania
        ("order.placed_at", "hu", "2026. november 23."),
        ("order.courier", "ro", "curierul nostru"),
        ("order.courier", "hu", "saját futárunk"),
        ("order.tracking_url", "en", "on the courier's website, by the tracking number"),
        ("order.contact_name", "en", "there"),
        ("customer.email", "ro", ""),
        ("customer.extra.manager", "ro", "Dan"),
        ("customer.extra.since", "ro", "22 noiembrie 2026"),
        ("customer.extra.points", "ro", "1.200"),
        ("customer.extra.rate", "ro", "2,5"),
        ("customer.extra.missing", "ro", ""),
        ("order.extra.missing", "ro", ""),
    ],
)
def test_each_field_reads_as_its_kind_in_the_templates_language(path, language, said):
    assert notice_fields.words(path=path, values=VALUES, language=language) == said


@pytest.mark.parametrize("path", ["customer.extra.vip", "customer.extra.loader"])
def test_what_is_no_text_number_or_day_is_not_said(path):
    assert notice_fields.words(path=path, values=VALUES, language="ro") == ""


def test_without_any_tracking_the_courier_will_call():
    values = {**VALUES, "order.tracking_number": ""}

    said = notice_fields.words(path="order.tracking_url", values=values, language="en")

    assert said == "the courier will contact you before delivery"


def test_long_names_are_cut():
    values = {**VALUES, "customer.name": "Ana " * 40}

    said = notice_fields.words(path="customer.name", values=values, language="ro")

    assert len(said) <= 60
    assert said.endswith("…")


@pytest.mark.parametrize("path", [*notice_fields.FIELDS, "order.extra.a", "customer.extra.a_1"])
def test_listed_paths_are_fields(path):
    assert notice_fields.is_field(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "order",
        "order.__class__",
        "order.extra",
        "order.extra.",
        "order.extra.__class__",
        "order.extra.a.b",
        "order.extra.A",
        "customer.delete",
        "customer.name.__len__",
        "order.currency",
        "order.extra.a\n",
    ],
)
def test_nothing_else_is(path):
    assert not notice_fields.is_field(path)
    assert not notice_fields.may_hold_phone(path)


def test_phones_are_told_from_other_fields():
    assert notice_fields.may_hold_phone("order.contact_phone")
    assert notice_fields.may_hold_phone("order.extra.neighbour")
    assert not notice_fields.may_hold_phone("order.total")


def test_every_usual_path_is_a_field():
    assert all(notice_fields.is_field(path) for path in notice_fields.USUAL.values())
