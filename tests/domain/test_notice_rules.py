"""For which orders a rule is, and what its mapping may hold."""

from __future__ import annotations

from decimal import Decimal

import pytest

from whatsapp.domain.notice_rules import Conditions, fill, is_sound, unmet, usual_mapping
from whatsapp.domain.reason import Reason

ORDER = {"total": Decimal(100), "courier": "Sameday", "group": "wholesale"}


@pytest.mark.parametrize(
    ("conditions", "failing"),
    [
        ({}, ""),
        ({"minimum_total": Decimal(100), "maximum_total": Decimal(100)}, ""),
        ({"minimum_total": Decimal("100.01")}, "minimum_total"),
        ({"maximum_total": Decimal("99.99")}, "maximum_total"),
        ({"couriers": ["FAN Courier", " sameday "]}, ""),
        ({"couriers": ["FAN Courier"]}, "couriers"),
        ({"customer_groups": ["Wholesale"]}, ""),
        ({"customer_groups": ["partner"]}, "customer_groups"),
        ({"couriers": ["x"], "customer_groups": ["y"]}, "couriers"),
    ],
)
def test_first_condition_that_does_not_hold_is_named(conditions, failing):
    assert unmet(Conditions(**conditions), **ORDER) == failing


@pytest.mark.parametrize(
    ("mapped", "said"),
    [
        ({"field": "order.number"}, "C-1"),
        ({"field": "customer.email"}, ""),
        ({"field": "customer.email", "otherwise": "fără email"}, "fără email"),
        ({"field": "order.number", "otherwise": "fără număr"}, "C-1"),
        ({"text": "Magazinul"}, "Magazinul"),
    ],
)
def test_parameter_is_filled_by_field_or_text(mapped, said):
    values = {"order.number": "C-1", "customer.email": ""}

    assert fill(mapped, values=values, language="ro") == said


@pytest.mark.parametrize(
    ("mapped", "sound"),
    [
        ({"field": "order.number"}, True),
        ({"field": "order.number", "otherwise": ""}, True),
        ({"text": "Magazinul"}, True),
        ({"text": " "}, False),
        ({"field": "order.secret"}, False),
        ({"field": "order.number", "text": "x"}, False),
        ({"field": "order.number", "otherwise": 3}, False),
        ({}, False),
        ("order.number", False),
        (None, False),
    ],
)
def test_mapping_says_where_words_come_from_and_nothing_else(mapped, sound):
    assert is_sound(mapped) is sound


def test_parameters_with_telling_names_are_mapped():
    assert usual_mapping(["header.order_number", "total", "mystery", "1"]) == {
        "header.order_number": {"field": "order.number"},
        "total": {"field": "order.total"},
    }


class TestReason:
    def test_it_is_said_in_the_readers_language(self):
        reason = Reason(text="%(n)s orders", values={"n": "2"})

        assert str(reason) == "2 orders"
        assert reason.said(translate=lambda text: text.replace("orders", "comenzi")) == "2 comenzi"

    def test_a_sentence_without_values_is_left_as_it_is(self):
        assert str(Reason(text="100 % sure")) == "100 % sure"
        assert not Reason()
        assert Reason().said(translate=lambda text: "never asked") == ""
