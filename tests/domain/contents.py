"""Messages of some kinds, for tests of contents."""

from __future__ import annotations

from whatsapp.domain.content import Button, Buttons, CardName, ContactCard

YES = Button(id="y", title="Da")
LINK = "https://shop.example/a.png"
CARD = ContactCard(name=CardName(formatted_name="Ana Pop"))


def buttons(*given, **more):
    return Buttons(**{"body": "A sosit?", "buttons": given or (YES,), **more})
