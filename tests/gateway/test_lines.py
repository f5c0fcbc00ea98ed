"""Lines to Meta: kept alive, lent to one at a time, closed in the end, through a proxy."""

from __future__ import annotations

import os
import threading
import time

import pytest

from tests.gateway.conftest import answer, reset
from tests.gateway.sending import ACCEPTED, CREDENTIALS, MESSAGE, Gate, failure_of
from whatsapp.domain.retry import FailureClass
from whatsapp.gateway.client import CloudApiGateway
from whatsapp.gateway.lines import Lines


def slow_answer(connection):
    """A step that takes its time."""
    time.sleep(0.1)
    ACCEPTED(connection)


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


def test_line_is_taken_up_by_another_thread(gateway, server):
    server.steps = [ACCEPTED, ACCEPTED]
    gateway.send(MESSAGE, credentials=CREDENTIALS)

    other = threading.Thread(target=lambda: gateway.send(MESSAGE, credentials=CREDENTIALS))
    other.start()
    other.join(5)

    assert len(server.requests) == 2
    assert server.connections == 1


def test_line_that_lies_idle_under_another_is_closed_in_the_end(server):
    ends = []

    def answer_first(connection):
        wait_for(lambda: len(server.requests) == 2)
        ACCEPTED(connection)
        ends.append(connection.recv(1))  # nothing more comes: the line used last is taken first
        return True

    def answer_last(connection):
        wait_for(lambda: len(server.requests) == 2)
        slow_answer(connection)

    server.steps = [answer_first, answer_last, ACCEPTED, ACCEPTED]
    lines = Lines(longest_idle=0.3)

    def post():
        lines.post(f"{server.url}/x", body=b"{}", headers={}, gate=Gate(True))

    calls = [threading.Thread(target=post) for _ in range(2)]
    for call in calls:
        call.start()
    for call in calls:
        call.join(5)
    time.sleep(0.15)
    post()
    before = list(ends)
    time.sleep(0.15)
    post()

    wait_for(lambda: ends == [b""])
    assert before == []
    assert server.connections == 2


def test_two_at_once_have_a_line_each(gateway, server):
    server.steps = [slow_answer, slow_answer]
    calls = [
        threading.Thread(target=lambda: gateway.send(MESSAGE, credentials=CREDENTIALS))
        for _ in range(2)
    ]

    for call in calls:
        call.start()
    for call in calls:
        call.join(5)

    assert len(server.requests) == 2
    assert server.connections == 2


def test_answer_that_closes_the_line_opens_a_new_one(gateway, server):
    closing = answer({"messages": [{"id": "wamid.OUT1"}]}, headers="Connection: close\r\n")
    server.steps = [closing, ACCEPTED]

    gateway.send(MESSAGE, credentials=CREDENTIALS)
    gateway.send(MESSAGE, credentials=CREDENTIALS)

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


@pytest.fixture
def proxy(server, monkeypatch):
    """The server as a proxy that wants to know who we are."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, server.url.replace("//", "//ana:secret@"))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    return server


def test_send_goes_through_a_proxy(configure, proxy):
    configure(GRAPH_URL="http://graph.example")
    proxy.steps = [ACCEPTED]

    CloudApiGateway().send(MESSAGE, credentials=CREDENTIALS, gate=Gate(True))

    ((head, _),) = proxy.requests
    assert head.startswith(b"POST http://graph.example/v25.0/555/messages")
    assert b"Host: graph.example\r\n" in head
    assert b"Basic YW5hOnNlY3JldA==" in head


def test_secure_send_asks_a_proxy_for_a_tunnel(configure, proxy):
    configure(GRAPH_URL="https://graph.example")
    proxy.steps = [answer(b"", status="403 Forbidden")]
    gate = Gate()

    failure = failure_of(CloudApiGateway(), gate=gate)

    ((head, _),) = proxy.requests
    assert head.startswith(b"CONNECT graph.example:443")
    assert b"Basic YW5hOnNlY3JldA==" in head
    assert failure.failure_class is FailureClass.NOT_SENT
    assert gate.seen == []


def test_netrc_never_replaces_the_token(gateway, server, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.steps = [ACCEPTED]

    gateway.send(MESSAGE, credentials=CREDENTIALS)

    assert b"Authorization: Bearer secret-token" in server.requests[0][0]


def wait_for(condition):
    until = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)
