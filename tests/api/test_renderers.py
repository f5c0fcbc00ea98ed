"""Our JSON says what DRF's says."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils.functional import lazystr
from django.utils.safestring import mark_safe
from rest_framework.exceptions import ErrorDetail
from rest_framework.renderers import JSONRenderer as OfDRF
from rest_framework.utils.serializer_helpers import ReturnDict, ReturnList

from whatsapp.api.renderers import JSONRenderer
from whatsapp.domain.lifecycle import Direction

AT = datetime(2026, 11, 27, 8, 15, 9, 120_000, tzinfo=UTC)
VALUES = [
    *(None, True, 0, -7, 2**70, 1.5, 1e300, "", 'Bună ziua, 🌷 „Iris”\n\t\\"', "</script>"),
    *([], {}, (1, 2), {"a": [{"b": None}]}, {"ș": 1}, {Direction.SENT: 1}, {1: 2}),
    *(AT, AT.replace(microsecond=0), date(2026, 11, 27), UUID(int=7), Decimal("12.50")),
    *(Direction.SENT, mark_safe("<b>"), lazystr("leneș"), ErrorDetail("No.", code="no")),
    *(ReturnDict({"id": 1}, serializer=None), ReturnList([1], serializer=None)),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_value_is_written_as_drf_writes_it(value):
    ours = JSONRenderer().render({"value": value})

    assert json.loads(ours) == json.loads(OfDRF().render({"value": value}))


def test_answer_without_data_is_empty():
    assert JSONRenderer().render(None) == b""


def test_client_may_have_it_indented():
    media_type = "application/json; indent=2"

    assert JSONRenderer().render({"a": 1}, media_type) == OfDRF().render({"a": 1}, media_type)


def test_what_is_no_json_is_an_error_not_an_empty_answer():
    with pytest.raises(TypeError):
        JSONRenderer().render({"value": object()})
