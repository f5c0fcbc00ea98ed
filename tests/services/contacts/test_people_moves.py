"""Numbers and BSUIDs change, and change hands: the same people in any order."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
from django.db import transaction

from tests.factories import MessageFactory
from tests.services.contacts.meetings import P1, P2, P3
from tests.services.receiving.steps import T0
from whatsapp.domain.updates import Person
from whatsapp.models import Contact, ContactMerge
from whatsapp.services.contacts import people

pytestmark = pytest.mark.django_db


def meet_at(second: int, *, wa_id: str = "", bsuid: str = "") -> Contact:
    """Meta shows a person at that second."""
    with transaction.atomic():
        return people.contact_for(
            person=Person(wa_id=wa_id, bsuid=bsuid), at=T0 + timedelta(seconds=second)
        )


def moves(second: int, before: Person, after: Person) -> Contact:
    with transaction.atomic():
        return people.follow(before=before, after=after, at=T0 + timedelta(seconds=second))


def test_late_word_of_who_had_the_number_before_does_not_take_it_back():
    newer = meet_at(2, wa_id=P1, bsuid="RO.2")
    former = meet_at(1, wa_id=P1, bsuid="RO.1")

    newer.refresh_from_db()
    assert (newer.wa_id, former.wa_id) == (P1, None)
    assert former.pk != newer.pk


def test_plain_messages_say_until_when_a_number_was_theirs():
    """A message leaves no note on the contact; when it matters, it is asked itself."""
    former = meet_at(1, wa_id=P1, bsuid="RO.1")
    MessageFactory(
        received=True,
        conversation__contact=former,
        content={"from": P1, "from_user_id": "RO.1"},
        happened_at=T0 + timedelta(seconds=5),
    )

    late = meet_at(3, wa_id=P1, bsuid="RO.2")

    former.refresh_from_db()
    assert (former.wa_id, late.wa_id) == (P1, None)


def test_message_without_bsuid_from_before_the_number_changed_hands_is_its_former_owners():
    former = meet_at(1, wa_id=P1, bsuid="RO.1")
    newer = meet_at(5, wa_id=P1, bsuid="RO.2")

    assert meet_at(1, wa_id=P1).pk == former.pk
    assert meet_at(5, wa_id=P1).pk == newer.pk


def test_contact_follows_its_person_to_a_new_number():
    contact = meet_at(0, wa_id=P1)

    moved = moves(10, Person(wa_id=P1), Person(wa_id=P2))

    assert moved.pk == contact.pk
    assert (moved.phone, moved.wa_id) == (f"+{P2}", P2)
    assert meet_at(11, wa_id=P2).pk == contact.pk


def test_old_number_is_free_for_a_stranger_later_and_not_before():
    contact = meet_at(0, wa_id=P1)
    moves(10, Person(wa_id=P1), Person(wa_id=P2))

    late = meet_at(9, wa_id=P1)
    stranger = meet_at(11, wa_id=P1)

    assert late.pk == contact.pk
    assert stranger.pk != contact.pk
    contact.refresh_from_db()
    assert (contact.wa_id, stranger.wa_id) == (P2, P1)


@pytest.mark.parametrize("stranger", ["RO.0", "RO.3"])
@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_number_given_up_is_a_strangers_in_the_very_second(order, stranger):
    """Meta's times are whole seconds: all of this may bear one."""
    told = [
        lambda: meet_at(10, wa_id=P1, bsuid="RO.1"),
        lambda: moves(10, Person(wa_id=P1, bsuid="RO.1"), Person(wa_id=P2, bsuid="RO.2")),
        lambda: meet_at(10, wa_id=P2, bsuid="RO.2"),
        lambda: meet_at(10, wa_id=P1, bsuid=stranger),
    ]

    for step in order:
        told[step]()

    living = Contact.objects.filter(merged_into=None).order_by("wa_id")
    numbers = living.values_list("phone", "wa_id", "bsuid")
    assert list(numbers) == [(f"+{P1}", P1, stranger), (f"+{P2}", P2, "RO.2")]


def test_we_write_to_a_stranger_at_the_old_number():
    contact = meet_at(0, wa_id=P1)
    moves(10, Person(wa_id=P1), Person(wa_id=P2))

    assert people.contact_for_phone(phone=f"+{P1}").pk != contact.pk


def test_contact_with_the_new_number_alone_is_the_same_person():
    contact, other = meet_at(0, wa_id=P1), meet_at(0, wa_id=P2)

    moved = moves(10, Person(wa_id=P1), Person(wa_id=P2))

    other.refresh_from_db()
    assert (moved.pk, other.merged_into_id) == (contact.pk, contact.pk)
    assert (moved.wa_id, ContactMerge.objects.count()) == (P2, 1)


def test_new_number_of_somebody_with_another_bsuid_is_recycled():
    contact, other = meet_at(0, wa_id=P1, bsuid="RO.1"), meet_at(0, wa_id=P2, bsuid="RO.2")

    moved = moves(10, Person(wa_id=P1, bsuid="RO.1"), Person(wa_id=P2))

    other.refresh_from_db()
    assert (moved.pk, moved.wa_id, other.wa_id) == (contact.pk, P2, None)
    assert not ContactMerge.objects.exists()


def test_new_number_that_somebody_showed_later_stays_theirs():
    moved_at = 10
    contact, other = meet_at(0, wa_id=P1, bsuid="RO.1"), meet_at(20, wa_id=P2, bsuid="RO.2")

    moved = moves(moved_at, Person(wa_id=P1, bsuid="RO.1"), Person(wa_id=P2))

    other.refresh_from_db()
    assert moved.pk == contact.pk
    assert (moved.bsuid, other.wa_id) == ("RO.1", P2)


def test_unknown_person_who_moves_is_not_taken_for_who_had_the_new_number():
    other = meet_at(0, wa_id=P2, bsuid="RO.2")

    moved = moves(10, Person(wa_id=P1, bsuid="RO.1"), Person(wa_id=P2))

    other.refresh_from_db()
    assert moved.pk != other.pk
    assert (moved.bsuid, moved.wa_id) == ("RO.1", P2)
    assert (other.bsuid, other.wa_id) == ("RO.2", None)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_numbers_that_follow_each_other_are_one_persons_in_any_order(order):
    steps = [
        lambda: moves(5, Person(wa_id=P1, bsuid="RO.1"), Person(wa_id=P2, bsuid="RO.2")),
        lambda: moves(10, Person(wa_id=P2), Person(wa_id=P3)),
        lambda: meet_at(15, wa_id=P3),
    ]

    for step in order:
        steps[step]()

    one = Contact.objects.get(merged_into=None)
    assert (one.bsuid, one.wa_id) == ("RO.2", P3)


@pytest.mark.parametrize("heard_at", [3, 9])
def test_number_someone_left_is_another_persons_only_if_heard_since(heard_at):
    by_number, moved_on = meet_at(heard_at, wa_id=P1), meet_at(8, wa_id=P2, bsuid="RO.1")

    late = meet_at(6, wa_id=P1, bsuid="RO.1")

    living = set(Contact.objects.filter(merged_into=None).values_list("pk", "wa_id"))
    if heard_at < 6:
        assert living == {(late.pk, P2)}
    else:
        assert living == {(by_number.pk, P1), (moved_on.pk, P2)}


def test_new_bsuid_is_followed_and_the_old_one_still_known():
    contact = meet_at(0, wa_id=P1, bsuid="RO.1")

    moved = moves(10, Person(bsuid="RO.1"), Person(bsuid="RO.2"))

    assert (moved.pk, moved.bsuid) == (contact.pk, "RO.2")
    assert meet_at(9, bsuid="RO.1").pk == contact.pk
    assert meet_at(11, bsuid="RO.2").pk == contact.pk
    moved.refresh_from_db()
    assert moved.bsuid == "RO.2"


def test_person_who_wrote_under_the_new_bsuid_first_is_one_person():
    contact, early = meet_at(0, bsuid="RO.1"), meet_at(11, wa_id=P2, bsuid="RO.2")

    moved = moves(10, Person(bsuid="RO.1"), Person(bsuid="RO.2"))

    early.refresh_from_db()
    assert (moved.pk, early.merged_into_id) == (contact.pk, contact.pk)
    assert (moved.bsuid, moved.wa_id) == ("RO.2", P2)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_bsuids_that_follow_each_other_are_one_person_in_any_order(order):
    steps = [
        lambda: meet_at(0, bsuid="RO.1"),
        lambda: moves(10, Person(bsuid="RO.1"), Person(bsuid="RO.2")),
        lambda: meet_at(15, bsuid="RO.2"),
        lambda: moves(20, Person(bsuid="RO.2"), Person(bsuid="RO.3")),
    ]

    for step in order:
        steps[step]()

    one = Contact.objects.get(merged_into=None)
    assert one.bsuid == "RO.3"
    assert {meet_at(30, bsuid=f"RO.{n}").pk for n in (1, 2, 3)} == {one.pk}


def test_bsuid_that_comes_back_is_the_one_that_counts():
    moves(10, Person(bsuid="RO.1"), Person(bsuid="RO.2"))

    back = moves(20, Person(bsuid="RO.2"), Person(bsuid="RO.1"))
    repeated = moves(10, Person(bsuid="RO.1"), Person(bsuid="RO.2"))

    assert (back.bsuid, repeated.bsuid, repeated.pk) == ("RO.1", "RO.1", back.pk)


def test_older_word_on_a_bsuid_does_not_bring_back_the_number_that_was_left():
    contact = moves(2, Person(wa_id="40712000001"), Person(wa_id="40712000002"))

    meet_at(0, wa_id="40712000001", bsuid="RO.1")

    contact.refresh_from_db()
    assert (contact.bsuid, contact.wa_id) == ("RO.1", "40712000002")
