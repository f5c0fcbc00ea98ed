"""Whatever is signed is kept and answered 200, at either door."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from whatsapp.gateway.updates import split
from whatsapp.models import WebhookEvent

pytestmark = pytest.mark.django_db(transaction=True)

PAYLOADS = [
    path.read_bytes() for path in sorted((Path(__file__).parents[1] / "payloads").glob("*.json"))
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
KNOWN = st.sampled_from(["entry", "changes", "value", "field", "messages", "statuses", "id"])
SHAPED = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KNOWN, inner, max_size=4),
    max_leaves=15,
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A body of Meta's with a piece cut out and another put in."""
    raw = draw(st.sampled_from(PAYLOADS))
    start, length = draw(st.integers(0, len(raw))), draw(st.integers(0, 40))
    return raw[:start] + draw(st.binary(max_size=20)) + raw[start + length :]


RAWS = (
    st.binary(max_size=300)
    | (VALUES | SHAPED).map(lambda value: json.dumps(value).encode())
    | damaged()
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(raws=st.lists(RAWS, min_size=1, max_size=6))
def test_arbitrary_signed_bytes_are_kept_item_by_item(door, raws):
    WebhookEvent.objects.all().delete()

    answers = door.post_all(raws)

    assert {answer.status for answer in answers} == {200}
    stored = WebhookEvent.objects.values_list("idempotency_key", flat=True)
    assert sorted(stored) == sorted({item.key for raw in raws for item in split(raw)})
