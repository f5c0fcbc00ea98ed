"""Whatever Meta shows, in whatever order: the same people in the end, and never two in one.

A person is who bears a BSUID, or one that Meta says it became. What is right:

- Shown together, number and BSUID are one person's in that second. A move says that the old number
  was theirs just before its second, and the new one is just after it.
- Somebody's number is the one that was shown with them last; it is theirs if nobody was shown with
  it later. Of two who were shown with it in one second it is theirs who has not left it.
- What bears a BSUID is in that person's thread. A word without one is whose the number was, as far
  as was known when it came, and stays there; but where no number changes hands, and who moves says
  from which number, it is in its person's thread in any order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import groupby

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.factories import BusinessNumberFactory
from tests.properties.drawing import drawn
from tests.properties.people import MOST, NUMBERS, Told, Word, histories, person_of, steady
from tests.services.receiving.steps import T0
from whatsapp.domain.updates import IdentityUpdate, InboundMessage, Person
from whatsapp.models import Contact, Message
from whatsapp.models.webhook_event import EventOutcome
from whatsapp.services import inbox
from whatsapp.services.contacts import identities, people

# Their telling


def tell(history: Iterable[Told], *, batch: int) -> dict[Told, int]:
    """Take the words in, messages so many at a time; say in whose thread each is in the end."""
    history = list(history)
    for by, group in groupby(history, key=lambda told: told.by):
        some = list(group)
        for start in range(0, len(some), batch):
            _TELL[by](some[start : start + batch])
    owners = dict(Message.objects.values_list("external_message_id", "contact"))
    conversations = Message.objects.values_list("external_message_id", "conversation__contact")
    assert owners == dict(conversations)
    return {told: owners[told.wamid] for told in history if told.by == "message"}


def _by_messages(some: list[Told]) -> None:
    with transaction.atomic():
        outcomes = inbox.receive(updates=[message(told) for told in some], now=timezone.now())
    assert set(outcomes) == {EventOutcome.APPLIED}


def _by_updates(some: list[Told]) -> None:
    for told in some:
        at, _, bsuid, to_wa_id, to_bsuid = told.word
        update = IdentityUpdate(
            phone_number_id="555000000000001",
            before=Person(bsuid=bsuid),
            person=Person(wa_id=to_wa_id, bsuid=to_bsuid),
            happened_at=T0 + timedelta(seconds=at),
        )
        with transaction.atomic():
            assert people.note_identity(update=update) is EventOutcome.APPLIED


_TELL = {"message": _by_messages, "update": _by_updates}


def message(told: Told) -> InboundMessage:
    at, wa_id, bsuid, to_wa_id, to_bsuid = told.word
    shown = {"from": wa_id, "from_user_id": bsuid}
    return InboundMessage(
        wamid=told.wamid,
        phone_number_id="555000000000001",
        person=Person(wa_id=wa_id, bsuid=bsuid),
        happened_at=T0 + timedelta(seconds=at),
        message_type="SYSTEM" if told.word.is_move else "TEXT",
        text="Bună",
        content={name: value for name, value in shown.items() if value},
        becomes=Person(wa_id=to_wa_id, bsuid=to_bsuid) if told.word.is_move else None,
    )


# What is right


def true_numbers(history: Iterable[Told]) -> dict[str, str]:
    """Who has which number."""
    claims: dict[tuple[str, str], int] = {}  # of a person on a number: when it was shown last
    for person, wa_id, at in _shown(history):
        claims[person, wa_id] = max(at, claims.get((person, wa_id), at))
    newest = {
        person: max((at, wa_id) for (one, wa_id), at in claims.items() if one == person)[1]
        for person, _ in claims
    }
    owners: dict[str, str] = {}
    for wa_id in {wa_id for _, wa_id in claims}:
        last = max(at for (_, one), at in claims.items() if one == wa_id)
        tied = [person for (person, one), at in claims.items() if (one, at) == (wa_id, last)]
        if stayed := [person for person in tied if newest[person] == wa_id]:
            owners[max(stayed)] = wa_id
    return owners


def _shown(history: Iterable[Told]) -> Iterator[tuple[str, str, int]]:
    """Person, number and time, in thirds of a second: just before a move, at it, just after it."""
    for told in history:
        word = told.word
        person = person_of(word)
        if person and word.wa_id:
            yield person, word.wa_id, 3 * word.at - word.is_move
        if person and word.to_wa_id:
            yield person, word.to_wa_id, 3 * word.at + 1


@pytest.mark.django_db
@pytest.mark.timeout(600)
class TestAnyOrder(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        BusinessNumberFactory()

    @settings(**drawn(usually=50))
    @given(data=st.data(), history=histories())
    def test_newest_words_say_who_has_which_number(self, data, history):
        told = tell(data.draw(st.permutations(history)), batch=data.draw(st.integers(1, MOST)))

        bsuids = {b for each in history for b in (each.word.bsuid, each.word.to_bsuid) if b}
        found = {bsuid: identities.by_bsuid(bsuid=bsuid) for bsuid in bsuids}
        persons = {bsuid[:4]: contact for bsuid, contact in found.items()}
        assert len({contact.pk for contact in found.values()}) == len(persons)
        assert {name: one.bsuid for name, one in persons.items()} == {
            name: max(b for b in bsuids if b[:4] == name) for name in persons
        }
        numbers = {name: one.wa_id for name, one in persons.items() if one.wa_id}
        assert numbers == true_numbers(history)
        assert all(one.phone == (f"+{one.wa_id}" if one.wa_id else None) for one in found.values())
        for each, contact_id in told.items():
            if each.word.names_bsuid:
                assert contact_id == persons[person_of(each.word)].pk

    @settings(**drawn(usually=50))
    @given(data=st.data(), history=steady())
    def test_where_no_number_changes_hands_the_threads_are_the_same_too(self, data, history):
        told = tell(data.draw(st.permutations(history)), batch=data.draw(st.integers(1, MOST)))

        linked = Linked()
        for each in history:
            linked.join(filter(None, each.word[1:]))
        expected, found = defaultdict(set), defaultdict(set)
        for each, contact_id in told.items():
            expected[linked.name(each.word.wa_id or each.word.bsuid)].add(each)
            found[contact_id].add(each)
        assert sorted(map(sorted, found.values())) == sorted(map(sorted, expected.values()))

    def test_word_that_was_repeated_holds_until_it_was_last_said(self):
        first, second = NUMBERS[:2]
        repeated = [Word(3, first, "RO.00"), Word(6, first, "RO.00"), Word(8, second, "RO.00")]
        tell(map(Told, repeated, range(3)), batch=3)

        tell([Told(Word(5, first, "RO.10"), 3)], batch=1)

        known = dict(Contact.objects.values_list("bsuid", "wa_id"))
        assert known == {"RO.00": second, "RO.10": None}

    def test_number_that_a_third_word_gave_away_is_not_had_back_by_a_first(self):
        first, second = NUMBERS[:2]
        given_away = [Word(5, first, "RO.10"), Word(6, first, "RO.00"), Word(7, second, "RO.00")]
        tell(map(Told, given_away, range(3)), batch=1)

        tell([Told(Word(4, first, "RO.10"), 3)], batch=1)

        known = dict(Contact.objects.values_list("bsuid", "wa_id"))
        assert known == {"RO.00": second, "RO.10": None}

    def test_number_of_a_newcomer_in_a_batch_is_no_newer_than_their_word(self):
        old, left, other = NUMBERS
        batch = [
            Word(0, old, "RO.00"),
            Word(0, left, "RO.20", old, "RO.21"),
            Word(0, old, "RO.00"),
            Word(0, other, "RO.21"),
        ]

        tell(map(Told, batch, range(4)), batch=4)

        known = dict(Contact.objects.filter(merged_into=None).values_list("bsuid", "wa_id"))
        assert known == {"RO.00": None, "RO.21": old}


class Linked:
    """Identifiers that are one person's, since some word names them together."""

    def __init__(self) -> None:
        self._into: dict[str, str] = {}

    def join(self, names: Iterable[str]) -> None:
        first, *others = names
        for other in others:
            if self.name(first) != self.name(other):
                self._into[self.name(other)] = self.name(first)

    def name(self, one: str) -> str:
        return self.name(self._into[one]) if one in self._into else one
