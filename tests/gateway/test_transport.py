"""One request per send, and what is known when it goes wrong: judged from the server's side."""

from __future__ import annotations

import io
import os
import socket
import threading
import time
from datetime import timedelta

import pytest

from tests.gateway.conftest import answer, hang_up, reset
from whatsapp.domain.content import Outgoing, Recipient, Text
from whatsapp.domain.retry import FailureClass
from whatsapp.gateway.client import CloudApiGateway
from whatsapp.ports import Credentials, GatewayError

CREDENTIALS = Credentials(phone_number_id="555", waba_id="777", token="secret-token")
MESSAGE = Outgoing(
    recipient=Recipient(phone="+40700000001"), content=Text(body="Bună"), callback_data="u:1"
)
ACCEPTED = answer({"messages": [{"id": "wamid.OUT1"}], "contacts": [{"wa_id": "40700000001"}]})


@pytest.fixture
def configure(settings):
    def change(**values):
        settings.WHATSAPP = {**settings.WHATSAPP, **values}

    return change


@pytest.fixture
def gateway(configure, server):
    configure(GRAPH_URL=server.url, READ_TIMEOUT=timedelta(milliseconds=300))
    return CloudApiGateway()


def failure_of(gateway, **kwargs):
    with pytest.raises(GatewayError) as caught:
        gateway.send(MESSAGE, credentials=CREDENTIALS, **kwargs)
    assert "secret-token" not in f"{caught.value!r} {caught.value.failure}"
    return caught.value.failure


def test_accepted_message_is_one_request(gateway, server):
    server.steps = [ACCEPTED]

    accepted = gateway.send(MESSAGE, credentials=CREDENTIALS)

    assert (accepted.wamid, accepted.wa_id) == ("wamid.OUT1", "40700000001")
    ((head, body),) = server.requests
    assert head.startswith(b"POST /v25.0/555/messages HTTP/1.1")
    assert b"Authorization: Bearer secret-token" in head
    assert b"User-Agent: Mozilla/5.0" in head
    assert b'"biz_opaque_callback_data": "u:1"' in body


@pytest.mark.parametrize("step", [hang_up, reset])
def test_connection_lost_after_the_body_is_ambiguous_and_not_repeated(gateway, server, step):
    server.steps = [step, ACCEPTED]

    failure = failure_of(gateway)

    assert failure.failure_class is FailureClass.AMBIGUOUS
    assert len(server.requests) == 1


def test_no_answer_in_time_is_ambiguous_and_not_repeated(gateway, server):
    server.steps = [lambda _: time.sleep(0.6), ACCEPTED]

    failure = failure_of(gateway)

    assert failure.failure_class is FailureClass.AMBIGUOUS
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [b"", b"<html>502</html>", {"error": {"code": 131000}}])
def test_server_error_is_ambiguous_and_not_repeated(gateway, server, body):
    server.steps = [answer(body, status="500 Oops", headers="Retry-After: 0\r\n"), ACCEPTED]

    failure = failure_of(gateway)

    assert failure.failure_class is FailureClass.AMBIGUOUS
    assert failure.http_status == 500
    assert len(server.requests) == 1


def test_answer_cut_short_is_ambiguous(gateway, server):
    def cut(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{")
        return True

    server.steps = [cut, ACCEPTED]

    assert failure_of(gateway).failure_class is FailureClass.AMBIGUOUS
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", {"messages": []}, {"messages": [{}]}])
def test_success_without_a_wamid_is_ambiguous(gateway, server, body):
    server.steps = [answer(body)]

    assert failure_of(gateway).failure_class is FailureClass.AMBIGUOUS


def test_too_many_requests_waits_as_told(gateway, server):
    server.steps = [answer(b"", status="429 Slow", headers="Retry-After: 9\r\n"), ACCEPTED]

    failure = failure_of(gateway)

    assert failure.failure_class is FailureClass.SLOW_NUMBER
    assert failure.retry_after == timedelta(seconds=9)
    assert len(server.requests) == 1


def test_redirect_is_not_followed(gateway, server):
    server.steps = [answer(b"", status="307 Go", headers=f"Location: {server.url}/x\r\n"), ACCEPTED]

    assert failure_of(gateway).failure_class is FailureClass.FATAL_ACCOUNT
    assert len(server.requests) == 1


def test_refused_connection_means_nothing_was_sent(configure):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    configure(GRAPH_URL=f"http://127.0.0.1:{port}")
    asked = []

    failure = failure_of(CloudApiGateway(), may_depart=lambda: asked.append(1) or True)

    assert failure.failure_class is FailureClass.NOT_SENT
    assert asked == []


def test_unknown_host_means_nothing_was_sent(configure):
    configure(GRAPH_URL="http://graph.invalid")

    assert failure_of(CloudApiGateway()).failure_class is FailureClass.NOT_SENT


def test_broken_handshake_means_nothing_was_sent(configure, server):
    impatient = timedelta(milliseconds=300)
    configure(GRAPH_URL=server.url.replace("http:", "https:"), CONNECT_TIMEOUT=impatient)
    asked = []

    failure = failure_of(CloudApiGateway(), may_depart=lambda: asked.append(1) or True)

    assert failure.failure_class is FailureClass.NOT_SENT
    assert asked == []


def test_gate_is_asked_once_after_the_headers_and_before_the_body(gateway, server):
    server.steps = [ACCEPTED]
    seen = []

    def may_depart():
        time.sleep(0.1)
        seen.append(len(server.requests))
        return True

    gateway.send(MESSAGE, credentials=CREDENTIALS, may_depart=may_depart)

    assert seen == [0]
    assert len(server.requests) == 1


def test_held_back_message_never_leaves(gateway, server):
    server.steps = [ACCEPTED]

    failure = failure_of(gateway, may_depart=lambda: False)

    assert failure.failure_class is FailureClass.NOT_SENT
    assert failure.details == "held back"
    wait_for(lambda: server.requests)
    ((head, body),) = server.requests
    assert head.startswith(b"POST")
    assert body == b""
    assert server.steps == [ACCEPTED]


def test_connection_of_a_held_back_message_is_not_used_again(gateway, server):
    server.steps = [ACCEPTED]
    failure_of(gateway, may_depart=lambda: False)

    accepted = gateway.send(MESSAGE, credentials=CREDENTIALS, may_depart=lambda: True)

    assert accepted.wamid == "wamid.OUT1"
    assert server.connections == 2


def test_error_of_the_gate_itself_sends_nothing(gateway, server):
    def broken():
        raise LookupError

    with pytest.raises(LookupError):
        gateway.send(MESSAGE, credentials=CREDENTIALS, may_depart=broken)

    wait_for(lambda: server.requests)
    assert server.requests[0][1] == b""


def test_connection_is_kept_alive(gateway, server):
    server.steps = [ACCEPTED, ACCEPTED, ACCEPTED]

    for _ in range(3):
        gateway.send(MESSAGE, credentials=CREDENTIALS)

    assert len(server.requests) == 3
    assert server.connections == 1


def test_connection_closed_while_idle_is_opened_anew(gateway, server):
    def answer_and_close(connection):
        ACCEPTED(connection)
        return True

    server.steps = [answer_and_close, ACCEPTED]
    gateway.send(MESSAGE, credentials=CREDENTIALS)
    time.sleep(0.05)

    gateway.send(MESSAGE, credentials=CREDENTIALS)

    assert len(server.requests) == 2
    assert server.connections == 2


def test_connection_closed_just_as_the_body_leaves_is_ambiguous_and_not_repeated(gateway, server):
    server.steps = [ACCEPTED, reset, ACCEPTED]
    gateway.send(MESSAGE, credentials=CREDENTIALS)

    failure = failure_of(gateway)

    assert failure.failure_class is FailureClass.AMBIGUOUS
    assert len(server.requests) == 2
    assert server.connections == 1


def test_each_thread_has_its_own_connection(gateway, server):
    server.steps = [ACCEPTED, ACCEPTED]
    gateway.send(MESSAGE, credentials=CREDENTIALS)

    other = threading.Thread(target=lambda: gateway.send(MESSAGE, credentials=CREDENTIALS))
    other.start()
    other.join(5)

    assert len(server.requests) == 2
    assert server.connections == 2


def test_connection_is_not_carried_over_a_fork(gateway, server):
    server.steps = [ACCEPTED, ACCEPTED]
    gateway.send(MESSAGE, credentials=CREDENTIALS)

    child = os.fork()
    if child == 0:
        try:
            gateway.send(MESSAGE, credentials=CREDENTIALS)
        finally:
            os._exit(0)
    os.waitpid(child, 0)

    assert len(server.requests) == 2
    assert server.connections == 2


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


def test_gate_is_asked_through_a_proxy_too(configure, server, monkeypatch):
    configure(GRAPH_URL="http://graph.example")
    monkeypatch.setenv("HTTP_PROXY", server.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    failure = failure_of(CloudApiGateway(), may_depart=lambda: False)

    assert failure.details == "held back"
    wait_for(lambda: server.requests)
    assert server.requests[0][0].startswith(b"POST http://graph.example/v25.0/555/messages")
    assert server.requests[0][1] == b""


def test_netrc_never_replaces_the_token(gateway, server, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.steps = [ACCEPTED]

    gateway.send(MESSAGE, credentials=CREDENTIALS)

    assert b"Authorization: Bearer secret-token" in server.requests[0][0]


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "ăî"])
def test_token_that_cannot_be_one_holds_the_account(gateway, server, token):
    credentials = Credentials(phone_number_id="555", token=token)

    with pytest.raises(GatewayError) as caught:
        gateway.send(MESSAGE, credentials=credentials)

    assert caught.value.failure.failure_class is FailureClass.FATAL_ACCOUNT
    assert server.requests == []


def wait_for(condition):
    until = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)
