"""Whatever Meta shows, in whatever order: the same people in the end, and never two in one.

The same means: of what is shown together, the newest word on a BSUID and the newest word on a
number say who has the number; and what bears a BSUID is that person's. A word without a BSUID
is whose the number was, as far as was known when it came: it stays there.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.factories import BusinessNumberFactory
from tests.services.receiving import T0
from whatsapp.domain.updates import InboundMessage, Person
from whatsapp.models import Contact, Message
from whatsapp.models.webhook_event import EventOutcome
from whatsapp.services import inbox

NUMBERS = [f"4071200000{n}" for n in range(3)]
BSUIDS = [f"RO.{n}" for n in range(3)]

Word = tuple[int, str, str]  # second, number, BSUID; one of them may be ''


@st.composite
def histories(draw) -> list[Word]:
    """Words at seconds of their own: a number, a BSUID or both, whoever has them by then."""
    pairs = st.tuples(st.sampled_from(["", *NUMBERS]), st.sampled_from(["", *BSUIDS])).filter(any)
    return [(at, *pair) for at, pair in enumerate(draw(st.lists(pairs, max_size=9)))]


@st.composite
def steady(draw) -> list[Word]:
    """As above, but no number ever changes hands."""
    who = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3)), max_size=9))
    return [
        (at, NUMBERS[n] if shown & 1 else "", BSUIDS[n] if shown & 2 else "")
        for at, (n, shown) in enumerate(who)
    ]


def tell(words: list[Word], *, batch: int) -> dict[Word, int]:
    """Take the words in as messages, so many at a time; say whose each is in the end."""
    numbered = list(enumerate(words))
    for start in range(0, len(words), batch):
        some = [message(*word, wamid=f"wamid.{n}") for n, word in numbered[start : start + batch]]
        with transaction.atomic():
            outcomes = inbox.receive(updates=some, now=timezone.now())
        assert set(outcomes) == {EventOutcome.APPLIED}
    owners = dict(Message.objects.values_list("external_message_id", "contact"))
    conversations = dict(
        Message.objects.values_list("external_message_id", "conversation__contact")
    )
    assert owners == conversations
    return {word: owners[f"wamid.{n}"] for n, word in numbered}


def message(at: int, wa_id: str, bsuid: str, *, wamid: str) -> InboundMessage:
    shown = {"from": wa_id, "from_user_id": bsuid}
    return InboundMessage(
        wamid=wamid,
        phone_number_id="555000000000001",
        person=Person(wa_id=wa_id, bsuid=bsuid),
        happened_at=T0 + timedelta(seconds=at),
        message_type="TEXT",
        text="Bună",
        content={name: value for name, value in shown.items() if value},
    )


def true_owners(words: list[Word]) -> dict[str, str]:
    """Who has which number, by BSUID: the newest word on both sides."""
    by_bsuid: dict[str, str] = {}
    by_number: dict[str, str] = {}
    for _, wa_id, bsuid in sorted(words):
        if wa_id and bsuid:
            by_bsuid[bsuid], by_number[wa_id] = wa_id, bsuid
    return {bsuid: wa_id for bsuid, wa_id in by_bsuid.items() if by_number[wa_id] == bsuid}


@pytest.mark.django_db
class TestAnyOrder(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        BusinessNumberFactory()

    @settings(max_examples=100, deadline=None)
    @given(data=st.data(), history=histories())
    def test_newest_words_say_who_has_which_number(self, data, history):
        told = tell(data.draw(st.permutations(history)), batch=data.draw(st.integers(1, 9)))

        living = Contact.objects.filter(merged_into=None)
        known = dict(living.exclude(bsuid=None).values_list("bsuid", "wa_id"))
        assert {one: wa_id for one, wa_id in known.items() if wa_id} == true_owners(history)
        assert set(known) == {bsuid for _, _, bsuid in history} - {""}

        bsuids = defaultdict(set)
        for (_, _, bsuid), contact_id in told.items():
            bsuids[contact_id].add(bsuid)
        assert all(len(found - {""}) <= 1 for found in bsuids.values())
        named = {bsuid: pk for (_, _, bsuid), pk in told.items() if bsuid}
        assert named == dict(living.exclude(bsuid=None).values_list("bsuid", "pk"))

    @settings(max_examples=60, deadline=None)
    @given(data=st.data(), history=steady())
    def test_where_no_number_changes_hands_the_threads_are_the_same_too(self, data, history):
        told = tell(data.draw(st.permutations(history)), batch=data.draw(st.integers(1, 9)))

        linked = {wa_id: bsuid for _, wa_id, bsuid in history if wa_id and bsuid}
        expected = defaultdict(set)
        for word in history:
            expected[word[2] or linked.get(word[1], word[1])].add(word)
        found = defaultdict(set)
        for word, contact_id in told.items():
            found[contact_id].add(word)
        assert sorted(map(sorted, found.values())) == sorted(map(sorted, expected.values()))

    def test_word_that_was_repeated_holds_until_it_was_last_said(self):
        first, second = NUMBERS[:2]
        tell([(3, first, "RO.0"), (6, first, "RO.0"), (8, second, "RO.0")], batch=3)

        with transaction.atomic():
            late = message(5, first, "RO.1", wamid="wamid.late")
            inbox.receive(updates=[late], now=timezone.now())

        known = dict(Contact.objects.values_list("bsuid", "wa_id"))
        assert known == {"RO.0": second, "RO.1": None}

    def test_number_that_a_third_word_gave_away_is_not_had_back_by_a_first(self):
        first, second = NUMBERS[:2]
        tell([(5, first, "RO.1"), (6, first, "RO.0"), (7, second, "RO.0")], batch=1)

        with transaction.atomic():
            late = message(4, first, "RO.1", wamid="wamid.late")
            inbox.receive(updates=[late], now=timezone.now())

        known = dict(Contact.objects.values_list("bsuid", "wa_id"))
        assert known == {"RO.0": second, "RO.1": None}
