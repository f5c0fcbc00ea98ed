"""Every kind of message: kept, read, and told in words."""

from __future__ import annotations

import pytest

from tests.domain.contents import CARD, LINK, buttons
from whatsapp.domain import content as contents
from whatsapp.domain.content import (
    ContactCards,
    Header,
    LinkButton,
    Location,
    LocationRequest,
    MediaKind,
    MediaMessage,
    Reaction,
    TemplateCall,
    Text,
)
from whatsapp.errors import ValidationError


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (
            buttons(header=Header(text="Comanda 42"), footer="Magazin"),
            "Comanda 42\n\nA sosit?\n\nMagazin",
        ),
        (buttons(header=Header(kind=MediaKind.IMAGE, media_id="9")), "A sosit?"),
        (LinkButton(body="Urmăriți", title="Aici", url=LINK), "Urmăriți"),
        (LocationRequest(body="Unde livrăm?"), "Unde livrăm?"),
        (MediaMessage(kind=MediaKind.DOCUMENT, media_id="9", filename="f.pdf"), "f.pdf"),
        (MediaMessage(kind=MediaKind.IMAGE, media_id="9"), ""),
        (Location(latitude=44.43, longitude=26.1), "44.43000, 26.10000"),
        (Location(latitude=44.43, longitude=26.1, address="Unirii 1"), "Unirii 1"),
        (ContactCards(contacts=(CARD, CARD)), "Ana Pop, Ana Pop"),
        (TemplateCall(name="a", language="ro", rendered="Bună"), "Bună"),
        (Reaction(message_id="w", emoji="👍"), "👍"),
    ],
)
def test_content_has_a_text_for_people(content, text):
    assert content.text == text


@pytest.mark.parametrize("stored", [{}, {"kind": "hologram"}])
def test_row_without_a_known_kind_is_refused(stored):
    with pytest.raises(ValidationError) as caught:
        contents.from_json(stored)

    assert caught.value.details == {"field": "content"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Vedeți https://shop.example/c/1 azi", True),
        ("HTTP://SHOP.EXAMPLE", True),
        ("shop.example", False),  # Meta previews only what says http
        ("https:// fără adresă", False),
        ("Bună!", False),
    ],
)
def test_link_is_what_whatsapp_could_preview(text, expected):
    assert contents.has_link(text) is expected


@pytest.mark.parametrize(
    "emoji",
    [
        "ℹ️",
        "ℹ",
        "©️",
        "Ⓜ️",
        "1️⃣",
        "🇷🇴",
        "👍🏽",
        "👩🏽‍❤️‍💋‍👨🏿",
        "🏴\U000e0067\U000e0062\U000e007f",
        "🫩",
    ],
)
def test_one_emoji_is_a_reaction_however_many_signs_it_is_made_of(emoji):
    assert Reaction(message_id="w", emoji=emoji).emoji == emoji


def test_place_may_be_given_as_text_and_is_kept_as_numbers():
    place = Location(latitude="44.5", longitude=26)

    assert place == Location(latitude=44.5, longitude=26.0)
    assert contents.to_json(place)["latitude"] == 44.5


IMAGE_BY_LINK = {"type": "header", "parameters": [{"type": "image", "image": {"link": LINK}}]}
IMAGE_BY_ID = {"type": "header", "parameters": [{"type": "image", "image": {"id": "9"}}]}
WORDS = {"type": "body", "parameters": [{"type": "text", "text": "link"}]}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (MediaMessage(kind=MediaKind.IMAGE, link=LINK), True),
        (MediaMessage(kind=MediaKind.IMAGE, media_id="9"), False),
        (buttons(header=Header(kind=MediaKind.IMAGE, link=LINK)), True),
        (buttons(header=Header(text=LINK)), False),
        (TemplateCall(name="t", language="ro", components=(WORDS, IMAGE_BY_LINK)), True),
        (TemplateCall(name="t", language="ro", components=(IMAGE_BY_ID,)), False),
        (Text(body=LINK), False),
        (LinkButton(body="x", title="Da", url=LINK), False),
    ],
)
def test_file_that_meta_fetches_is_known(content, expected):
    assert contents.is_fetched(contents.to_json(content)) is expected
