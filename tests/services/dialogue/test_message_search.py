"""Finding what was said: by stems, without diacritics, newest first, however common the word."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.erp.factories import OrderFactory
from tests.factories import MessageFactory
from whatsapp.errors import ValidationError
from whatsapp.models import Message
from whatsapp.services.dialogue import message_search

pytestmark = pytest.mark.django_db


def say(text: str, **values) -> int:
    return MessageFactory(message_text=text, **values).pk


def found(text: str, *, rows=None, limit=50, before=None) -> list[int]:
    rows = Message.objects.all() if rows is None else rows
    return [
        row.pk for row in message_search.newest(rows=rows, text=text, limit=limit, before=before)
    ]


def say_at(pk: int, text: str, *, like: Message) -> int:
    return MessageFactory(pk=pk, message_text=text, conversation=like.conversation).pk


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("Unde este comandă?", "comanda"),
        ("Unde este comanda?", "comandă"),
        ("COMANDA MEA", "comandă mea"),
        ("Livrarea este mâine", "livrare"),
        ("Facturile sunt pe email", "factura"),
        ("Ştefan a plătit", "ștefan"),  # the cedilla of old keyboards
        ("Ștefan a plătit", "stefan"),
        ("Hol van a rendelésem?", "rendelesem"),
        ("Kőrösi út", "körösi"),
        ("A fost confirmată C-2026-00123.", "C-2026-00123"),
        ("A fost confirmată C-2026-00123.", "#c-2026-00123"),
        ("AWB 4567891230/RO", "4567891230"),
        ("scrie la ana@shop.ro", "ana"),
        ("vezi https://shop.ro/bec-led", "bec led"),
        ("am zis ok.mersi", "mersi"),
        ("sună la +40722123456", "40722123456"),
        ("prețul e <b>12</b> lei", "lei pretul"),
        ("Am un motocultor", "motocu"),  # still typing
        ("O garnitură și un motocultor", "garnitura motoc"),
        ("Suma este 1234", "suma 1234"),
        ("cafea ☕ bună", "☕ cafea"),
    ],
)
def test_words_are_found_however_they_are_written(said, asked):
    message = say(said)
    say("Bună ziua!")

    assert found(asked) == [message]


@pytest.mark.parametrize(
    "asked",
    [
        "comanda factura",  # both, not one of them
        "anda",
        "comanda 12",
        "!!! ???",
        "comanda & !bec",
        "' | 'bec",
        "comanda:* | bec",
        "~0",
        "x" * 10_000,
        "a\x00b",
        "%_%",
    ],
)
def test_what_was_not_said_is_not_found(asked):
    say("Unde este comanda mea 1234?")

    assert found(asked) == []


def test_a_word_that_is_there_is_not_the_beginning_of_others_on_any_page():
    longer = [say("Un motocultor") for _ in range(3)]
    assert found("moto") == longer[::-1]

    whole = say("Am o moto", pk=longer[0] - 1)

    assert found("moto") == [whole]
    assert found("moto", before=whole) == []


def test_operators_in_the_text_are_words_like_others():
    message = say("comanda bec")

    assert found("comanda & (bec | lampa:*)") == []
    assert found("!comanda <-> bec") == [message]


def test_one_letter_finds_that_letter_alone():
    alone, _inside = say("vitamina C costă 20"), say("costă")

    assert found("c costa") == [alone]


def test_newest_come_first_and_pages_follow():
    first, second, third = (say("comanda") for _ in range(3))

    assert found("comanda", limit=2) == [third, second]
    assert found("comanda", limit=2, before=second) == [first]
    assert found("comanda", before=first) == []


def test_hits_far_apart_are_all_found_in_order():
    like = MessageFactory(message_text="altceva")
    places = (7, 2_047, 2_048, 16_000, 131_071, 131_072, 1_048_576, 3_000_000)
    made = [say_at(place, "comanda", like=like) for place in places]
    say_at(3_000_001, "altceva", like=like)

    assert found("comanda") == made[::-1]
    assert found("comanda", limit=3) == made[:-4:-1]
    assert found("comanda", before=131_072) == made[4::-1]


def test_order_is_found_in_what_was_sent_about_it():
    order, other = OrderFactory(), OrderFactory()
    about = say("A plecat spre dumneavoastră.", order=order)
    say("A plecat spre dumneavoastră.", order=other)
    told = say(f"Unde e {order.number}?")
    letter, year, place = order.number.split("-")

    assert found(order.number) == [told, about]
    assert found(f"comanda {letter.lower()}-{year}-{int(place)}") == [about]


def test_only_the_rows_given_are_searched():
    here, there = say("comanda"), say("comanda")
    rows = Message.objects.filter(pk=here)

    assert found("comanda", rows=rows) == [here]
    assert found("comanda", rows=Message.objects.exclude(pk=here)) == [there]


def test_rare_word_is_found_by_two_statements_behind_many_others(django_assert_num_queries):
    first = say("bec")
    for n in range(1, 4):
        say_at(first + n * 200_000, "altceva", like=Message.objects.get(pk=first))

    with django_assert_num_queries(2):
        assert found("bec") == [first]


def test_hits_that_are_not_of_the_rows_hide_no_other():
    like = MessageFactory(message_text="altceva")
    here = say_at(2_000, "comanda", like=like)
    others = [say_at(3_000_000 + n, "comanda", like=like) for n in range(30)]
    rows = Message.objects.exclude(pk__in=others)

    assert found("comanda", rows=rows, limit=1) == [here]


def test_status_moves_no_entry_of_the_index():
    message = MessageFactory(message_text="comanda")
    with connection.cursor() as cursor:
        cursor.execute("SELECT ctid FROM whatsapp_messages WHERE id = %s", [message.pk])
        Message.objects.filter(pk=message.pk).update(delivery_status="READ")
        cursor.execute(
            "SELECT pg_stat_get_xact_tuples_hot_updated('whatsapp_messages'::regclass),"
            " pg_stat_get_xact_tuples_updated('whatsapp_messages'::regclass)"
        )
        hot, updated = cursor.fetchone()

    assert (hot, updated) == (updated, 1)


def test_text_of_any_length_is_stored_and_its_beginning_is_found():
    message = say("comanda " + " ".join(f"cuvant{n}" for n in range(150_000)))

    assert found("comanda") == [message]


def test_part_of_a_word_is_found_in_a_conversation():
    message = MessageFactory(message_text="Motocultorul ȘI lampa")
    rows = Message.objects.filter(conversation=message.conversation_id)

    def parts(text):
        return [row.pk for row in message_search.containing(rows=rows, text=text)]

    assert parts("cultorul si") == [message.pk]
    assert parts("100%") == parts("_") == []


def test_part_of_a_word_is_refused_in_too_many_messages():
    MessageFactory.create_batch(3)

    with pytest.raises(ValidationError, match="More than 2 messages"):
        message_search.containing(rows=Message.objects.all(), text="ana", most=2)
