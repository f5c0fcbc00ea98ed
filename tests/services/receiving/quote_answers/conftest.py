"""A quote that a customer has got, and what the ERP hears of it."""

from __future__ import annotations

import pytest

from tests.services.papers import writes_to_us
from tests.services.receiving.quote_answers.quotes import leave
from whatsapp import signals
from whatsapp.services import documents


@pytest.fixture
def told():
    """What the ERP hears."""
    heard = []

    def listen(*, signal, sender, **said):
        heard.append(said)

    signals.quote_answered.connect(listen)
    yield heard
    signals.quote_answered.disconnect(listen)


@pytest.fixture
def sent(quote):
    """The quote, sent inside the window and accepted by Meta."""
    writes_to_us()
    return leave(documents.send_quote(quote_id=quote.pk))
