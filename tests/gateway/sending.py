"""One message to send, a gate before it, and how it failed."""

from __future__ import annotations

import pytest

from tests.gateway.conftest import answer
from whatsapp.domain.content import Outgoing, Recipient, Text
from whatsapp.ports import Credentials, GatewayError

CREDENTIALS = Credentials(phone_number_id="555", waba_id="777", token="secret-token")
MESSAGE = Outgoing(
    recipient=Recipient(phone="+40700000001"), content=Text(body="Bună"), callback_data="u:1"
)
ACCEPTED = answer({"messages": [{"id": "wamid.OUT1"}], "contacts": [{"wa_id": "40700000001"}]})


class Gate:
    """Open as long as told; remembers when it was asked, and told."""

    def __init__(self, *answers: bool, ask=lambda: None) -> None:
        self.answers, self.ask, self.seen = list(answers), ask, []

    def __call__(self) -> bool:
        self.seen.append(self.ask())
        return self.answers.pop(0)

    def left(self) -> None:
        self.seen.append("left")


def failure_of(gateway, **kwargs):
    with pytest.raises(GatewayError) as caught:
        gateway.send(MESSAGE, credentials=CREDENTIALS, **kwargs)
    assert "secret-token" not in f"{caught.value!r} {caught.value.failure}"
    return caught.value.failure
