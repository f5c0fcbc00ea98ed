"""However Meta delivers a history, it ends in the state that its plain delivery ends in.

Each run of the tests tries the same 100; ``make properties`` draws 2,000 anew, or ``HISTORIES``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.erp.factories import OrderFactory
from tests.factories import (
    BusinessNumberFactory,
    ContactFactory,
    ConversationFactory,
    MessageFactory,
    OutboxItemFactory,
    TemplateFactory,
)
from tests.properties.deliveries import deliver_anyhow, deliver_plainly
from tests.properties.drawing import drawn
from tests.properties.histories import BEGINNING, PEOPLE, TEMPLATE, Sent, Thing, histories
from tests.properties.state import differences, dump

LONG_AGO = datetime.fromtimestamp(BEGINNING - 3600, tz=UTC)
UUID_OF = {name: UUID(int=n) for n, name in enumerate(("lost", "read"), start=1)}
OURS = (
    Sent(wamid="wamid.OUT1"),
    Sent(wamid="wamid.OUT2", callback=f"{UUID_OF['read']}:1"),
    # its answer was never seen
    Sent(wamid="wamid.OUT3", callback=f"{UUID_OF['lost']}:1"),
    Sent(wamid="wamid.THEIRS"),
)


@pytest.mark.timeout(600)  # of which a failure takes most, until it is small
class AnyDelivery(TestCase):
    """One number, a few messages of ours, one template; the people come with the history."""

    @classmethod
    def setUpTestData(cls) -> None:
        thread = ConversationFactory(
            number=BusinessNumberFactory(),
            contact=ContactFactory(phone="+40700000001", wa_id="40700000001", profile_name="Ana"),
            last_message_at=LONG_AGO,
            last_inbound_at=None,
            message_count=3,
        )
        known = {"conversation": thread, "happened_at": LONG_AGO}
        notice = OrderFactory().pk
        MessageFactory(external_message_id="wamid.OUT1", order_id=notice, **known)
        MessageFactory(external_message_id="wamid.OUT2", uuid=UUID_OF["read"], **known)
        lost = MessageFactory(
            external_message_id=None,
            uuid=UUID_OF["lost"],
            delivery_status="UNCONFIRMED",
            order_id=OrderFactory().pk,
            sent_at=None,
            **known,
        )
        OutboxItemFactory(message=lost, state="UNCONFIRMED")
        TemplateFactory(
            meta_id=str(TEMPLATE["id"]), name=TEMPLATE["name"], language=TEMPLATE["language"]
        )

    @given(history=histories(sent=OURS), dice=st.randoms(use_true_random=False))
    @settings(
        **drawn(usually=100),
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],  # to explain takes long
        suppress_health_check=[HealthCheck.too_slow],
    )
    def test_any_delivery_ends_in_the_same_state(self, history: list[Thing], dice: Random) -> None:
        with _undone():
            deliver_plainly(history)
            expected = dump()

        deliver_anyhow(history, dice=dice)

        assert differences(expected, dump()) == {}


@contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_people_of_the_histories_are_told_apart() -> None:
    """Else fewer conversations would be tried than it seems."""
    assert len({(person.wa_id, person.bsuid) for person in PEOPLE}) == len(PEOPLE)
