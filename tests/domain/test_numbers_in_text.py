"""Phone numbers in texts, as people and programs write them."""

from __future__ import annotations

import re
from itertools import pairwise

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.domain.numbers_in_text import find
from whatsapp.domain.phone import digits
from whatsapp.domain.veil import veil_json, veil_text

SPELLINGS = [
    "0722123456",
    "0722 123 456",
    "0722.123.456",
    "0722-123-456",
    "0722/123456",
    "(0722) 123-456",
    "(0722) - 123 - 456",
    "07 22 12 34 56",
    "0 7 2 2 1 2 3 4 5 6",
    "0722\u00a0123\u202f456",
    "0722\u2011123\u2013456",
    "\u202a+40 722 123 456\u202c",
    "+40722123456",
    "+40 722 123 456",
    "+40.722.123.456",
    "0040722123456",
    "0040 722 123 456",
    "40722123456",
    "40 722 123 456",
    "40-722-123-456",
    "%2B40722123456",
    "０７２２ １２３ ４５６",
]


def shown(text: str) -> str:
    return veil_text(text)


def is_hidden(text: str) -> bool:
    """Whether the middle of our number is in no spelling there any more."""
    return "2123" not in digits(text) and "12345" not in digits(text)


@pytest.mark.parametrize("number", SPELLINGS)
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "Sunați la {}.",
        "Tel.{}",
        "tel:{}",
        "tel{}",
        "Nr{}!",
        "*{}*",
        "_{}_",
        "- {}",
        "-{}",
        "{}-Ana",
        "{} 10 buc",
        "{} / 0733456789",
        "0733456789, {}",
        "Comanda 2026-00042 {}",
        "27.11.2026 {}",
        "07.12.2026-{}",
        "telefon-{}",
        "Ion-{}",
        "{}\n{}",
    ],
)
def test_number_is_hidden_however_it_is_written(number, around):
    assert is_hidden(shown(around.replace("{}", number)))


def test_each_of_two_in_a_row_is_veiled_by_itself():
    assert shown("0722123456/0733456789") == "+40 722 ••• •56/+40 733 ••• •89"
    assert shown("0722 123 456 0733 456 789 10 buc") == ("+40 722 ••• •56 +40 733 ••• •89 10 buc")


def test_quantity_after_a_number_stays():
    assert shown("+40722123456 10 buc") == "+40 722 ••• •56 10 buc"
    assert shown("0722.123.456 10 buc") == "+40 722 ••• •56 10 buc"


@pytest.mark.parametrize(
    ("link", "veiled"),
    [
        ("https://wa.me/40722123456", "https://wa.me/40722••••56"),
        ("https://wa.me/40722123456?text=Hi", "https://wa.me/40722••••56?text=Hi"),
        ("wa.me/+40722123456", "wa.me/40722••••56"),
        ("https://wa.me/c/40722123456", "https://wa.me/c/40722••••56"),
        ("https://wa.me/p/999988887777666/40722123456", None),
        ("https://api.whatsapp.com/send?phone=40722123456&text=x", None),
        ("https://api.whatsapp.com/send/?text=x&phone=%2B40722123456", None),
        ("https://api.whatsapp.com/send?text=x&amp;phone=40%20722%20123%20456", None),
        ("https://web.whatsapp.com/send?phone=40-722-123-456", None),
        ("whatsapp://send?phone=+40722123456", "whatsapp://send?phone=40722••••56"),
        ("tel:+40-722-123-456", "tel:40722••••56"),
        ("TEL:0722123456", "TEL:40722••••56"),
        ("tel:%2B40722123456", "tel:40722••••56"),
        ("sms:+40722123456?body=x", "sms:40722••••56?body=x"),
        ("https://wa.me/999812345678", "https://wa.me/999•••••••78"),  # in no plan, yet a number
    ],
)
@pytest.mark.parametrize("name", ["text", "url", "link"])
def test_link_that_writes_or_calls_is_veiled_wherever_it_stands(link, veiled, name):
    answer = veil_json({name: f"{link}"})[name]

    assert is_hidden(answer)
    assert answer == veiled or veiled is None
    assert not re.search(r"\s", answer), "a link is in one piece"


@pytest.mark.parametrize(
    "link",
    [
        "https://magazin.ro/p/40722123456.pdf",
        "https://wa.me/message/ABC1234567890",
        "https://magazin.ro/c?id=1234567890123",
        "tel:112",
    ],
)
def test_address_that_is_no_number_goes_on_working(link):
    assert veil_json({"url": link}) == {"url": link}


@pytest.mark.parametrize(
    "text",
    [
        "Comanda C-2026-00042 din 27.11.2026, 1.234,50 lei, AWB 1234567890123456",
        "Comanda 00042, 00012345 și 0012345678",
        "C-0722123456",
        "0f0b7d2e-1234-4567-8901-407123456890",
        "1732737600",
        "1.0722123456",
        "RO49AAAA1B31007593840000",
        "21.5 x 30.7 x 1200 mm, 4000 buc",
        "de luni până vineri, 10.00-18.00",
        "2026-11-27T12:00:00.123456+02:00",
        "4071 2026 11 27",
        "Livrare 07.12.2026 10:30, ridicare 02.11.2026-05.11.2026 ora 12",
        "între 03/11/2026 - 07/12/2026, cel târziu 07-12-2026 10 30",
        "CMD-0722123456",
    ],
)
def test_order_numbers_and_ordinary_numbers_stay(text):
    assert shown(text) == text


_numbers = st.from_regex(r"7[2-4]\d{7}", fullmatch=True).filter(
    lambda national: phonenumbers.is_valid_number(phonenumbers.parse(f"+40{national}"))
)
_around = st.text(alphabet="abc țA,;:!?()\n", max_size=12)


@given(
    national=_numbers,
    start=st.sampled_from(["0", "+40", "0040", "40", "+40 ", "0040 ", "tel:0", "wa.me/40"]),
    gaps=st.lists(st.sampled_from(["", "", " ", ".", "-", "/", " - "]), min_size=8, max_size=8),
    before=_around,
    after=_around,
)
def test_no_spelling_of_a_romanian_mobile_tells_its_middle(national, start, gaps, before, after):
    if start == "wa.me/40":
        gaps = [""] * 8
    if start == "40":
        gaps = [gap.strip(" ") and "-" for gap in gaps]
    said = start + "".join(letter + gap for letter, gap in zip(national, [*gaps, ""], strict=True))
    text = f"{before} {said} {after}"
    answer = shown(text)

    assert national not in digits(answer)
    assert national[2:7] not in digits(answer)
    assert before in answer
    assert after in answer


@given(text=st.text(alphabet="abcdef .,-/:+()C#\n0123456789•", max_size=60))
def test_whatever_is_written_can_be_veiled_and_stays_veiled(text):
    once = shown(text)

    assert shown(once) == once
    spans = find(text, region="RO")
    assert all(one.end <= other.start for one, other in pairwise(spans))
