"""Every kind of message: what Meta would refuse is refused here, by the field's name."""

from __future__ import annotations

import json
import math

import pytest

from tests.domain.contents import CARD, LINK, YES, buttons
from whatsapp.domain import content as contents
from whatsapp.domain.content import (
    Button,
    CardAddress,
    CardEmail,
    CardName,
    CardOrganization,
    CardPhone,
    CardUrl,
    ContactCard,
    ContactCards,
    Header,
    LinkButton,
    ListMenu,
    Location,
    LocationRequest,
    MediaKind,
    MediaMessage,
    Reaction,
    Recipient,
    Row,
    Section,
    TemplateCall,
    Text,
)
from whatsapp.errors import ValidationError

MONDAY = Row(id="1", title="Luni")


def menu(*sections, **more):
    return ListMenu(**{"body": "Când?", "button": "Alege", "sections": sections, **more})


def rows(count, *, start=0):
    return tuple(Row(id=str(n), title=f"Ora {n}") for n in range(start, start + count))


def cards(**more):
    return ContactCards(contacts=(ContactCard(name=CardName(formatted_name="Ana"), **more),))


REFUSED = {
    "blank text": (lambda: Text(body=" \n"), "text"),
    "long text": (lambda: Text(body="x" * 4097), "text"),
    "text with a NUL": (lambda: Text(body="a\0b"), "text"),
    "half a letter": (lambda: Text(body="a\ud83d"), "text"),
    "number for a text": (lambda: Text(body=5), "text"),
    "caption with a NUL": (
        lambda: MediaMessage(kind=MediaKind.IMAGE, media_id="9", caption="a\0"),
        "caption",
    ),
    "blank id": (lambda: MediaMessage(kind=MediaKind.IMAGE, media_id=" "), "media_id"),
    "words for an id": (
        lambda: MediaMessage(kind=MediaKind.IMAGE, media_id="not an id/\n"),
        "media_id",
    ),
    "words for an id above": (
        lambda: Header(kind=MediaKind.IMAGE, media_id="a/b"),
        "header.media_id",
    ),
    "no file": (lambda: MediaMessage(kind=MediaKind.IMAGE), "media_id"),
    "two files": (lambda: MediaMessage(kind=MediaKind.IMAGE, media_id="9", link=LINK), "media_id"),
    "plain http": (lambda: MediaMessage(kind=MediaKind.IMAGE, link="http://shop.ro/a"), "link"),
    "half a link": (lambda: MediaMessage(kind=MediaKind.IMAGE, link="https://"), "link"),
    "blank in a link": (lambda: MediaMessage(kind=MediaKind.IMAGE, link=LINK + " x"), "link"),
    "broken host": (lambda: MediaMessage(kind=MediaKind.IMAGE, link="https://[::1"), "link"),
    "long caption": (
        lambda: MediaMessage(kind=MediaKind.VIDEO, link=LINK, caption="x" * 1025),
        "caption",
    ),
    "audio with words": (
        lambda: MediaMessage(kind=MediaKind.AUDIO, media_id="9", caption="x"),
        "caption",
    ),
    "sticker with words": (
        lambda: MediaMessage(kind=MediaKind.STICKER, media_id="9", caption="x"),
        "caption",
    ),
    "picture with a name": (
        lambda: MediaMessage(kind=MediaKind.IMAGE, media_id="9", filename="a.png"),
        "filename",
    ),
    "long name": (
        lambda: MediaMessage(kind=MediaKind.DOCUMENT, media_id="9", filename="x" * 241),
        "filename",
    ),
    "film as voice": (lambda: MediaMessage(kind=MediaKind.VIDEO, link=LINK, voice=True), "voice"),
    "north in words": (lambda: Location(latitude="sus", longitude=0), "latitude"),
    "north of nothing": (lambda: Location(latitude=None, longitude=0), "latitude"),
    "far north": (lambda: Location(latitude=90.1, longitude=0), "latitude"),
    "no number": (lambda: Location(latitude=math.nan, longitude=0), "latitude"),
    "endless east": (lambda: Location(latitude=0, longitude=math.inf), "longitude"),
    "long place": (lambda: Location(latitude=0, longitude=0, name="x" * 1025), "name"),
    "long address": (lambda: Location(latitude=0, longitude=0, address="x" * 1025), "address"),
    "reaction to nothing": (lambda: Reaction(message_id="", emoji="👍"), "message"),
    "word as a reaction": (lambda: Reaction(message_id="w", emoji="mulțumesc"), "emoji"),
    "sign as a reaction": (lambda: Reaction(message_id="w", emoji=":)"), "emoji"),
    "two reactions": (lambda: Reaction(message_id="w", emoji="👍👍"), "emoji"),
    "blank reaction": (lambda: Reaction(message_id="w", emoji="\u3000"), "emoji"),
    "row of reactions": (lambda: Reaction(message_id="w", emoji="👍" * 17), "emoji"),
    "no contact": (lambda: ContactCards(contacts=()), "contacts"),
    "many contacts": (lambda: ContactCards(contacts=(CARD,) * 258), "contacts"),
    "nameless contact": (
        lambda: ContactCards(contacts=(CARD, ContactCard(name=CardName(formatted_name=" ")))),
        "contacts.1.name.formatted_name",
    ),
    "empty phone": (lambda: cards(phones=(CardPhone(phone=""),)), "contacts.0.phones.0.phone"),
    "empty email": (lambda: cards(emails=(CardEmail(email=""),)), "contacts.0.emails.0.email"),
    "empty url": (lambda: cards(urls=(CardUrl(url=""),)), "contacts.0.urls.0.url"),
    "birthday without dashes": (lambda: cards(birthday="20000101"), "contacts.0.birthday"),
    "birthday that is no day": (lambda: cards(birthday="2000-02-30"), "contacts.0.birthday"),
    "half a letter in a card": (
        lambda: cards(addresses=(CardAddress(city="a\ud83d"),)),
        "contacts.0.addresses.0.city",
    ),
    "birthday in words": (lambda: cards(birthday="1 mai 1990"), "contacts.0.birthday"),
    "blank question": (lambda: buttons(body=""), "body"),
    "long question": (lambda: buttons(body="x" * 1025), "body"),
    "blank footer": (lambda: buttons(footer="  "), "footer"),
    "long footer": (lambda: buttons(footer="x" * 61), "footer"),
    "four buttons": (
        lambda: buttons(*(Button(id=str(n), title=str(n)) for n in range(4))),
        "buttons",
    ),
    "same titles": (lambda: buttons(YES, Button(id="n", title="Da")), "buttons"),
    "same ids": (lambda: buttons(YES, Button(id="y", title="Nu")), "buttons"),
    "long title": (lambda: buttons(YES, Button(id="n", title="x" * 21)), "buttons.1.title"),
    "long id": (lambda: buttons(Button(id="x" * 257, title="Da")), "buttons.0.id"),
    "empty header": (lambda: Header(), "header"),
    "header of both": (lambda: Header(text="x", link=LINK), "header"),
    "blank header": (lambda: Header(text="  "), "header.text"),
    "long header": (lambda: Header(text="x" * 61), "header.text"),
    "text with a kind": (lambda: Header(text="x", kind=MediaKind.IMAGE), "header.kind"),
    "file without a kind": (lambda: Header(media_id="9"), "header.kind"),
    "audio above": (lambda: Header(kind=MediaKind.AUDIO, media_id="9"), "header.kind"),
    "http above": (lambda: Header(kind=MediaKind.IMAGE, link="http://a.ro/"), "header.link"),
    "named picture above": (
        lambda: Header(kind=MediaKind.IMAGE, media_id="9", filename="a"),
        "header.filename",
    ),
    "no section": (lambda: menu(), "sections"),
    "empty section": (lambda: menu(Section(rows=())), "sections.0.rows"),
    "eleven rows": (lambda: menu(Section(rows=rows(11))), "sections.0.rows"),
    "eleven rows in all": (
        lambda: menu(Section(title="A", rows=rows(6)), Section(title="B", rows=rows(5, start=6))),
        "rows",
    ),
    "blank section of one": (lambda: menu(Section(title=" ", rows=rows(1))), "sections.0.title"),
    "eleven sections": (
        lambda: menu(*(Section(title="A", rows=rows(1, start=n)) for n in range(11))),
        "sections",
    ),
    "nameless section of two": (
        lambda: menu(Section(title="A", rows=rows(1)), Section(rows=rows(1, start=1))),
        "sections.1.title",
    ),
    "long section": (lambda: menu(Section(title="x" * 25, rows=rows(1))), "sections.0.title"),
    "same rows": (lambda: menu(Section(rows=(MONDAY, MONDAY))), "sections"),
    "long row": (
        lambda: menu(Section(rows=(MONDAY, Row(id="2", title="x" * 25)))),
        "sections.0.rows.1.title",
    ),
    "long row id": (
        lambda: menu(Section(rows=(Row(id="x" * 201, title="Luni"),))),
        "sections.0.rows.0.id",
    ),
    "long description": (
        lambda: menu(Section(rows=(Row(id="1", title="Luni", description="x" * 73),))),
        "sections.0.rows.0.description",
    ),
    "long label": (lambda: menu(Section(rows=(MONDAY,)), button="x" * 21), "button"),
    "picture above a list": (
        lambda: menu(Section(rows=(MONDAY,)), header=Header(kind=MediaKind.IMAGE, media_id="9")),
        "header.kind",
    ),
    "nameless link": (lambda: LinkButton(body="x", title="", url=LINK), "link_button.title"),
    "link to a script": (
        lambda: LinkButton(body="x", title="Da", url="javascript:alert(1)"),
        "link_button.url",
    ),
    "request without words": (lambda: LocationRequest(body=""), "body"),
    "nobody": (lambda: Recipient(), "recipient"),
}


@pytest.mark.parametrize(("make", "field"), REFUSED.values(), ids=REFUSED.keys())
def test_what_meta_would_refuse_names_its_field(make, field):
    with pytest.raises(ValidationError) as caught:
        make()

    assert caught.value.details["field"] == field


FULL = (
    Text(body="x" * 4096, preview_url=True),
    TemplateCall(name="hello", language="ro", components=({"type": "body"},), rendered="Bună"),
    MediaMessage(kind=MediaKind.DOCUMENT, link=LINK, caption="x" * 1024, filename="f" * 240),
    MediaMessage(kind=MediaKind.AUDIO, media_id="9", voice=True),
    MediaMessage(kind=MediaKind.IMAGE, upload=7, caption="Poza"),
    buttons(
        Button(id="a" * 256, title="x" * 20),
        Button(id="b", title="B"),
        Button(id="c", title="C"),
        body="x" * 1024,
        footer="x" * 60,
        header=Header(kind=MediaKind.DOCUMENT, media_id="9", filename="f.pdf"),
    ),
    menu(
        Section(title="x" * 24, rows=rows(4)),
        Section(
            title="B", rows=(*rows(5, start=4), Row(id="x" * 200, title="D", description="x" * 72))
        ),
        header=Header(text="x" * 60),
        footer="Magazin",
    ),
    LinkButton(body="Urmăriți coletul", title="x" * 20, url="http://shop.example/c?id=1"),
    LocationRequest(body="Unde livrăm?"),
    Reaction(message_id="wamid.1", emoji="👩🏽‍❤️‍💋‍👩🏼"),
    Reaction(message_id="wamid.1", emoji="1️⃣"),
    Reaction(message_id="wamid.1", emoji=""),
    Location(latitude=-90, longitude=180, name="Pol", address="Sud"),
    ContactCards(
        contacts=(
            CARD,
            ContactCard(
                name=CardName(formatted_name="Ion Pop", first_name="Ion", last_name="Pop"),
                phones=(CardPhone(phone="+40700000001", type="WORK", wa_id="40700000001"),),
                emails=(CardEmail(email="ion@shop.example"),),
                urls=(CardUrl(url="https://shop.example"),),
                addresses=(CardAddress(city="Cluj", country_code="RO"),),
                org=CardOrganization(company="Magazin"),
                birthday="1990-05-01",
            ),
        )
    ),
)


@pytest.mark.parametrize("content", FULL, ids=lambda content: type(content).__name__)
def test_content_at_its_limits_comes_back_from_its_row(content):
    stored = json.loads(json.dumps(contents.to_json(content)))

    assert contents.from_json(stored) == content
