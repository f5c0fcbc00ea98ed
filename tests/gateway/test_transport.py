"""The rare calls, over ``requests``: judged from the server's side."""

from __future__ import annotations

import io
import socket
import time
from datetime import timedelta

import pytest

from tests.gateway.conftest import answer, hang_up
from whatsapp.domain.retry import FailureClass
from whatsapp.gateway.client import CloudApiGateway
from whatsapp.ports import Credentials, GatewayError

CREDENTIALS = Credentials(phone_number_id="555", waba_id="777", token="secret-token")


@pytest.fixture
def configure(settings):
    def change(**values):
        settings.WHATSAPP = {**settings.WHATSAPP, **values}

    return change


def test_large_upload_may_take_longer_than_the_connect_timeout(configure, server):
    configure(GRAPH_URL=server.url, CONNECT_TIMEOUT=timedelta(milliseconds=200))
    server.delay = 0.002
    server.steps = [answer({"id": "900"})]
    data = b"x" * 16_000_000
    started_at = time.monotonic()

    media_id = CloudApiGateway().upload_media(
        file=io.BytesIO(data),
        size=len(data),
        mime_type="video/mp4",
        filename="v.mp4",
        credentials=CREDENTIALS,
    )

    assert media_id == "900"
    assert len(server.requests[0][1]) > len(data)
    assert time.monotonic() - started_at > 0.2


def test_netrc_never_replaces_the_token(configure, server, monkeypatch, tmp_path):
    configure(GRAPH_URL=server.url)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.steps = [answer({"display_phone_number": "+40 700"})]

    CloudApiGateway().check_health(credentials=CREDENTIALS)

    assert b"Authorization: Bearer secret-token" in server.requests[0][0]


def test_refused_connection_says_that_meta_could_not_be_reached(configure):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    configure(GRAPH_URL=f"http://127.0.0.1:{port}")

    with pytest.raises(GatewayError) as caught:
        CloudApiGateway().check_health(credentials=CREDENTIALS)

    assert caught.value.failure.failure_class is FailureClass.NOT_SENT


def test_connection_lost_after_the_request_is_not_repeated(configure, server):
    configure(GRAPH_URL=server.url)
    server.steps = [hang_up, answer({"display_phone_number": "+40 700"})]

    with pytest.raises(GatewayError) as caught:
        CloudApiGateway().check_health(credentials=CREDENTIALS)

    assert caught.value.failure.failure_class is FailureClass.AMBIGUOUS
    assert len(server.requests) == 1
