"""A send that is held back, or reaches nobody: no byte of it has left."""

from __future__ import annotations

import socket
import time
from datetime import timedelta

import pytest

from tests.gateway.sending import ACCEPTED, CREDENTIALS, MESSAGE, Gate, failure_of
from whatsapp.domain.retry import FailureClass
from whatsapp.gateway.client import CloudApiGateway


def test_refused_connection_means_nothing_was_sent(configure):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    configure(GRAPH_URL=f"http://127.0.0.1:{port}")
    gate = Gate()

    failure = failure_of(CloudApiGateway(), gate=gate)

    assert failure.failure_class is FailureClass.NOT_SENT
    assert gate.seen == []


def test_unknown_host_means_nothing_was_sent(configure):
    configure(GRAPH_URL="http://graph.invalid")

    assert failure_of(CloudApiGateway()).failure_class is FailureClass.NOT_SENT


def test_broken_handshake_means_nothing_was_sent(configure, server):
    impatient = timedelta(milliseconds=300)
    configure(GRAPH_URL=server.url.replace("http:", "https:"), CONNECT_TIMEOUT=impatient)
    gate = Gate()

    failure = failure_of(CloudApiGateway(), gate=gate)

    assert failure.failure_class is FailureClass.NOT_SENT
    assert gate.seen == []


def test_gate_is_asked_once_before_the_first_byte_and_told_after_the_last(gateway, server):
    server.steps = [ACCEPTED]

    def look():
        time.sleep(0.1)
        return len(server.requests)

    gate = Gate(True, ask=look)

    gateway.send(MESSAGE, credentials=CREDENTIALS, gate=gate)

    assert gate.seen == [0, "left"]
    assert len(server.requests) == 1


def test_of_a_held_back_message_no_byte_leaves(gateway, server):
    server.steps = [ACCEPTED]
    gate = Gate(False)

    failure = failure_of(gateway, gate=gate)

    assert failure.failure_class is FailureClass.NOT_SENT
    assert failure.details == "held back"
    assert "left" not in gate.seen
    time.sleep(0.05)
    assert server.requests == []
    assert server.steps == [ACCEPTED]


def test_line_of_a_held_back_message_is_not_used_again(gateway, server):
    server.steps = [ACCEPTED]
    failure_of(gateway, gate=Gate(False))

    accepted = gateway.send(MESSAGE, credentials=CREDENTIALS)

    assert accepted.wamid == "wamid.OUT1"
    assert server.connections == 2


def test_error_of_the_gate_itself_sends_nothing(gateway, server):
    def broken():
        raise LookupError

    with pytest.raises(LookupError):
        gateway.send(MESSAGE, credentials=CREDENTIALS, gate=Gate(ask=broken))

    time.sleep(0.05)
    assert server.requests == []
