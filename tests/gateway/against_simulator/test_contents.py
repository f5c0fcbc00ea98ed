"""Every content we can send, by our reading of Meta's pages, taken by the simulator."""

from __future__ import annotations

import io

import pytest

from tests.gateway.against_simulator.sending import PHONE, outgoing
from whatsapp.domain import template as rules
from whatsapp.domain.content import (
    Button,
    Buttons,
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
    Row,
    Section,
    TemplateCall,
    Text,
)

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


@pytest.mark.parametrize(
    "content",
    [
        Text(body="Bună ziua, ținem legătura", preview_url=True),
        MediaMessage(kind=MediaKind.IMAGE, link="https://shop.example/a.png", caption="Poza"),
        MediaMessage(
            kind=MediaKind.DOCUMENT, link="https://shop.example/f.pdf", filename="factura.pdf"
        ),
        Buttons(body="A sosit?", buttons=(Button(id="y", title="Da"), Button(id="n", title="Nu"))),
        ListMenu(
            body="Când?",
            button="Alege",
            sections=(Section(rows=(Row(id="1", title="Luni"),)),),
        ),
        Buttons(
            body="A sosit?",
            buttons=(Button(id="y", title="Da"),),
            header=Header(kind=MediaKind.IMAGE, link="https://shop.example/a.png"),
        ),
        ListMenu(
            body="Când?",
            button="Alege",
            header=Header(text="Livrare"),
            footer="Magazin",
            sections=(
                Section(title="Azi", rows=(Row(id="1", title="Dimineața", description="8–12"),)),
                Section(title="Mâine", rows=(Row(id="2", title="Seara"),)),
            ),
        ),
        LinkButton(body="Urmăriți coletul", title="Deschide", url="https://shop.example/c/1"),
        LocationRequest(body="Unde livrăm?"),
        MediaMessage(kind=MediaKind.VIDEO, link="https://shop.example/a.mp4", caption="Filmul"),
        MediaMessage(kind=MediaKind.AUDIO, link="https://shop.example/a.ogg", voice=True),
        MediaMessage(kind=MediaKind.STICKER, link="https://shop.example/a.webp"),
        Location(latitude=44.43, longitude=26.1, name="Depozit"),
        Location(latitude=0.0, longitude=0.0),
        ContactCards(contacts=(ContactCard(name=CardName(formatted_name="Depozit")),)),
        ContactCards(
            contacts=(
                ContactCard(
                    name=CardName(formatted_name="Ana Pop", first_name="Ana", last_name="Pop"),
                    phones=(CardPhone(phone="+40700000002", type="WORK", wa_id="40700000002"),),
                    emails=(CardEmail(email="ana@shop.example"),),
                    urls=(CardUrl(url="https://shop.example", type="WORK"),),
                    addresses=(CardAddress(street="Unirii 1", city="București", zip="030167"),),
                    org=CardOrganization(company="Magazin", title="Vânzări"),
                    birthday="1990-05-01",
                ),
            )
        ),
    ],
)
def test_each_kind_of_content_is_accepted(gateway, simulator, credentials, content):
    simulator.inbound_text(PHONE, "Bună")

    accepted = gateway.send(outgoing(content), credentials=credentials)

    (entry,) = simulator.ledger(callback="u:1")
    assert accepted.wamid == entry["wamid"]
    assert accepted.wa_id == "40700000001"


def test_reply_reaction_receipt_and_typing_are_accepted(gateway, simulator, credentials):
    wamid = simulator.inbound_text(PHONE, "Bună")["id"]

    gateway.mark_read(wamid, credentials=credentials)
    gateway.mark_read(wamid, credentials=credentials, typing=True)
    gateway.send(outgoing(Text(body="Da?"), reply_to_wamid=wamid), credentials=credentials)
    gateway.send(outgoing(Reaction(message_id=wamid, emoji="👍")), credentials=credentials)

    assert len(simulator.ledger(callback="u:1")) == 2


def test_template_with_a_named_parameter_is_accepted(gateway, simulator, credentials):
    simulator.template("hello", "Bună, {{customer}}, comanda pleacă.", parameter_format="NAMED")
    parameter = {"type": "text", "parameter_name": "customer", "text": "Ana"}
    call = TemplateCall(
        name="hello",
        language="ro",
        components=({"type": "body", "parameters": [parameter]},),
    )

    accepted = gateway.send(outgoing(call), credentials=credentials)

    assert accepted.wamid.startswith("wamid.")


HEADERS = {
    "DOCUMENT": {"header.document": "https://shop.example/f.pdf", "header.filename": "factura.pdf"},
    "IMAGE": {"header.image": "https://shop.example/a.png"},
    "LOCATION": {
        "header.latitude": "44.43",
        "header.longitude": "26.10",
        "header.name": "Depozit",
        "header.address": "Str. Lungă 1",
    },
}


@pytest.mark.parametrize("kind", HEADERS)
@pytest.mark.parametrize("positional", [False, True])
def test_template_with_header_and_buttons_is_accepted(
    gateway, simulator, credentials, kind, positional
):
    name = "{{1}}" if positional else "{{customer}}"
    components = (
        {"type": "HEADER", "format": kind},
        {"type": "BODY", "text": f"Bună, {name}, aveți aici cele cerute."},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "QUICK_REPLY", "text": "Mulțumesc"},
                {"type": "URL", "text": "Vedeți", "url": "https://shop.example/{{1}}"},
            ],
        },
    )
    form = "POSITIONAL" if positional else "NAMED"
    simulator.template("papers", components=list(components), parameter_format=form)
    values = rules.check_parameters(
        components=components,
        parameter_format=form,
        parameters={
            name.strip("{}"): "Ana",
            "button.0": "order:42:thanks",
            "button.1": "c/42",
            **HEADERS[kind],
        },
    )
    call = TemplateCall(
        name="papers",
        language="ro",
        components=rules.call_components(
            components=components, parameter_format=form, parameters=values
        ),
    )

    gateway.send(outgoing(call), credentials=credentials)

    [shown] = simulator.chat("40700000001")["messages"]
    assert shown["text"] == "Bună, Ana, aveți aici cele cerute."
    assert [button.get("id") or button["url"] for button in shown["buttons"]] == [
        "order:42:thanks",
        "https://shop.example/c/42",
    ]


def test_reaction_is_shown_and_taken_back(gateway, simulator, credentials):
    wamid = simulator.inbound_text(PHONE, "Bună")["id"]

    gateway.send(outgoing(Reaction(message_id=wamid, emoji="👍")), credentials=credentials)
    shown = simulator.chat("40700000001")["messages"][0]["reaction"]
    gateway.send(outgoing(Reaction(message_id=wamid, emoji="")), credentials=credentials)

    assert shown == "👍"
    assert simulator.chat("40700000001")["messages"][0]["reaction"] == ""


def test_header_file_of_ours_is_shown(gateway, simulator, credentials):
    simulator.inbound_text(PHONE, "Bună")
    media_id = gateway.upload_media(
        file=io.BytesIO(PNG),
        size=len(PNG),
        mime_type="image/png",
        filename="a.png",
        credentials=credentials,
    )
    question = Buttons(
        body="Acesta?",
        buttons=(Button(id="y", title="Da"),),
        header=Header(kind=MediaKind.IMAGE, media_id=media_id),
    )

    gateway.send(outgoing(question), credentials=credentials)

    shown = simulator.chat("40700000001")["messages"][-1]
    assert (shown["media"], shown["media_type"]) == (f"/_sim/media/{media_id}", "image")
