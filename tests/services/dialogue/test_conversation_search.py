"""Finding conversations by a name, a number, or what was said in them."""

from __future__ import annotations

import pytest

from tests.erp.factories import CustomerFactory, OrderFactory
from tests.factories import ContactFactory, ConversationFactory, MessageFactory
from whatsapp.models import Conversation, Message
from whatsapp.services.dialogue import conversation_search

pytestmark = pytest.mark.django_db


def found(words: str, *, rows=None) -> set[int]:
    rows = Conversation.objects.all() if rows is None else rows
    return set(conversation_search.matching(rows=rows, words=words).values_list("pk", flat=True))


@pytest.fixture
def maria():
    """Șerban Mária, whom WhatsApp calls Mimi Ș.; and somebody else."""
    contact = ContactFactory(
        phone="+40722555444",
        wa_id="40722555444",
        profile_name="Mimi Șerban",
        username="mimi.shop",
        customer=CustomerFactory(name="Mária Șerbănescu"),
    )
    ConversationFactory(contact=ContactFactory(profile_name="Altcineva"))
    return ConversationFactory(contact=contact).pk


@pytest.mark.parametrize(
    "words",
    [
        *("Mimi", "mimi serban", "ȘERBAN MIMI", "erba", "serbanescu", "maria", "Maria serba"),
        *("0722 555 444", "+40 722-555-444", "0040722555444"[2:], "5554", "722555"),
        *("mimi.shop", "mi", "SE", "mimi%", "mi\0ser"),
    ],
)
def test_person_is_found_by_name_and_number_however_they_are_typed(maria, words):
    assert found(words) == {maria}


@pytest.mark.parametrize(
    "words",
    [
        "mimi popescu",
        "m",
        "0733555444",
        "im",
        "%",
        "_",
        "",
        "!!",
        "x" * 500,
        "zz\0x",
        "1 " * 9_000,
    ],
)
def test_others_are_not_found(maria, words):
    assert found(words) == set()


def test_contact_without_a_number_or_a_name_is_found_by_what_there_is():
    by_username = ConversationFactory(
        contact=ContactFactory(
            phone=None, wa_id=None, bsuid="RO.1", profile_name="", username="țuțu"
        )
    )

    assert found("tutu") == {by_username.pk}


def test_messages_are_not_read_for_a_number_that_nobody_wrote(maria, django_assert_num_queries):
    MessageFactory(message_text="AWB 4567891230")

    with django_assert_num_queries(4):  # words, orders, people, conversations
        assert found("722555") == {maria}


def test_what_was_said_and_what_is_about_the_order_are_found():
    order = OrderFactory()
    said = MessageFactory(message_text="Unde e comandă mea?").conversation_id
    about = MessageFactory(message_text="A plecat.", order=order).conversation_id

    assert found("comanda") == {said}
    assert found(f"#{order.number}") == {about}


def test_rows_that_other_filters_left_are_searched_to_the_end():
    old = MessageFactory(message_text="comanda", conversation__status="RESOLVED").conversation
    busy = ConversationFactory()
    Message.objects.bulk_create(
        Message(
            conversation=busy,
            contact=busy.contact,
            number=busy.number,
            direction="SENT",
            message_type="TEXT",
            message_text="comanda",
        )
        for _ in range(conversation_search.MOST_HITS)
    )

    assert found("comanda") == {busy.pk}
    assert found("comanda", rows=Conversation.objects.filter(status="RESOLVED")) == {old.pk}
