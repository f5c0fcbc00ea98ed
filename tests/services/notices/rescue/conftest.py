"""A shop whose notices have a fallback."""

from __future__ import annotations

import pytest

from tests.services.notices.shop import approved, rule_of, shipping_number


@pytest.fixture(autouse=True)
def number():
    number = shipping_number()
    approved("plain")
    rule_of(fallback_template="plain")
    return number


@pytest.fixture
def meta(settings):
    from whatsapp import testing

    settings.WHATSAPP = {**settings.WHATSAPP, "GATEWAY": "whatsapp.testing.RecordingGateway"}
    return testing.gateway()
