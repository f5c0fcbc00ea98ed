"""What is veiled is not there to be found: by no word, no part of one, in no spelling."""

from __future__ import annotations

import pytest

from tests.erp.factories import OrderFactory
from tests.factories import ContactFactory, ConversationFactory, MessageFactory, UserFactory
from whatsapp.models import Conversation, Message
from whatsapp.services.dialogue import conversation_search, message_search
from whatsapp.services.shared import visibility

pytestmark = pytest.mark.django_db

SPELLINGS = [
    "0722123456",
    "0722 123 456",
    "0722.123.456",
    "0722-123-456",
    "+40722123456",
    "+40 722 123 456",
    "0040722123456",
    "0040 722 123 456",
    "40722123456",
    "https://wa.me/40722123456",
    "https://api.whatsapp.com/send?phone=40722123456",
]
GUESSES = [
    *SPELLINGS,
    *(
        "0722",
        "123",
        "456",
        "123 456",
        "722123",
        "2123",
        "123456",
        "0722 123",
        "7²2",
        "phone 40722",
    ),
    *("Ana 456", "Ana 0722123456", "wa me 40722123456"),
]


@pytest.fixture
def reads(db):
    """How somebody reads a text who may not see phone numbers."""
    found = visibility.reads(user=UserFactory())
    assert found is not None
    return found


def wrong(guess: str) -> str:
    """The same guess of another number; what both find, no digit has told."""
    return guess.replace("12", "98").replace("3456", "7654").replace("456", "654")


def messages(text: str, *, reads, limit: int = 50, **where) -> list[int]:
    rows = Message.objects.filter(**where)
    return [row.pk for row in message_search.newest(rows=rows, text=text, limit=limit, reads=reads)]


def talks(text: str, *, reads) -> set[int]:
    rows = Conversation.objects.all()
    found = conversation_search.matching(rows=rows, words=text, reads=reads)
    return set(found.values_list("pk", flat=True))


def parts(text: str, *, reads) -> list[int]:
    rows = Message.objects.all()
    found = message_search.containing(rows=rows, text=text, reads=reads)
    return list(found.values_list("pk", flat=True))


@pytest.mark.parametrize("said", SPELLINGS)
def test_guess_finds_no_more_than_a_wrong_guess(said, reads):
    contact = ContactFactory(
        phone="+40722123456", wa_id="40722123456", profile_name="Ana 0722123456", username="ana"
    )
    conversation = ConversationFactory(contact=contact)
    MessageFactory(conversation=conversation, message_text=f"Ana: sunați la {said} azi")

    for guess in GUESSES:
        for find in (messages, talks, parts):
            right = find(guess, reads=reads)
            assert right == find(wrong(guess), reads=reads), f"{find.__name__}: {guess}"


def test_same_guess_finds_for_who_may_see_numbers(reads):
    message = MessageFactory(message_text="sunați la 0722 123 456 azi")

    assert messages("0722 123 456", reads=None) == [message.pk]
    assert talks("0722 123 456", reads=None) == {message.conversation_id}
    assert parts("2 123 4", reads=None) == [message.pk]


@pytest.mark.parametrize(
    "asked",
    ["sunati", "0722", "C-2026-00042", "c-2026-42", "1234567890123", "27.11.2026", "azi 12"],
)
def test_what_is_shown_is_found(asked, reads):
    order = OrderFactory(number="C-2026-00042")
    message = MessageFactory(
        message_text="Sunați la 0733456789 azi pentru C-2026-00042 din 27.11.2026, 12 becuri,"
        " AWB 1234567890123, cod 0722",
        order=order,
    )

    assert messages(asked, reads=reads) == [message.pk]
    assert talks(asked, reads=reads) == {message.conversation_id}


@pytest.mark.parametrize("asked", ["C-2026-00042", "AWB 123456789", "sunați la", "azi"])
def test_part_of_what_is_shown_is_found(asked, reads):
    message = MessageFactory(
        message_text="Sunați la 0733456789 azi pentru C-2026-00042, AWB 1234567890123"
    )

    assert parts(asked, reads=reads) == [message.pk]


def test_shown_digits_of_a_number_may_be_found(reads):
    message = MessageFactory(message_text="sunați la +40 722 123 456")

    assert messages("722", reads=reads) == [message.pk]  # it reads +40 722 ••• •56
    assert messages("123", reads=reads) == []


def test_message_about_an_order_is_found_by_its_number_whatever_is_veiled_in_it(reads):
    order = OrderFactory(number="C-2026-00042")
    message = MessageFactory(message_text="Sunați la 0722 123 456", order=order)

    assert messages("2026-00042", reads=reads) == [message.pk]


def test_what_is_passed_over_hides_nothing_behind_it(reads, monkeypatch):
    monkeypatch.setattr(message_search, "_GULP", 3)
    first = MessageFactory(message_text="cod 123 și cod 456")
    same = {"conversation": first.conversation}
    for n in range(7):
        MessageFactory(message_text=f"sunați la 0722 123 45{n}", **same)
    last = MessageFactory(message_text="cod 123", **same)

    assert messages("123", reads=reads) == [last.pk, first.pk]
    assert messages("123", reads=reads, limit=1) == [last.pk]
    rows = Message.objects.all()
    older = message_search.newest(rows=rows, text="123", limit=5, before=last.pk, reads=reads)
    assert [row.pk for row in older] == [first.pk]


def test_beginning_of_a_word_is_looked_for_as_if_what_is_veiled_were_not_there(reads):
    begun = MessageFactory(message_text="modelul a123x")
    MessageFactory(message_text="a sunat de la tel0722 123 456")

    assert messages("modelul a123", reads=reads) == [begun.pk]
    assert messages("a1", reads=reads) == [begun.pk]


def test_texts_without_numbers_cost_no_query_more(reads, django_assert_num_queries):
    MessageFactory(message_text="Unde este comanda C-2026-00042?")

    with django_assert_num_queries(3):  # the words, the hits, their rows
        assert len(messages("comanda", reads=reads)) == 1
