"""Our reading of Meta's pages against the simulator's, which shares no code with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from whatsapp.gateway.client import CloudApiGateway
from whatsapp.ports import Credentials


@pytest.fixture
def credentials(simulator):
    return Credentials(
        phone_number_id="555000000000001",
        waba_id="777000000000001",
        token=simulator.access_token,
    )


@pytest.fixture
def gateway(settings, simulator):
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "GRAPH_URL": simulator.graph_url,
        "READ_TIMEOUT": timedelta(seconds=1),
    }
    return CloudApiGateway()
