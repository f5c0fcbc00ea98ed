"""One request per send, and what is known when it goes wrong: judged from the server's side."""

from __future__ import annotations

import json
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
from whatsapp.gateway.lines import Lines
from whatsapp.ports import Credentials, GatewayError

CREDENTIALS = Credentials(phone_number_id="555", waba_id="777", token="secret-token")
MESSAGE = Outgoing(
    recipient=Recipient(phone="+40700000001"), content=Text(body="Bună"), callback_data="u:1"
)
ACCEPTED = answer({"messages": [{"id": "wamid.OUT1"}], "contacts": [{"wa_id": "40700000001"}]})


def slow_answer(connection):
    """A step that takes its time."""
    time.sleep(0.1)
    ACCEPTED(connection)


class Gate:
    """Open as long as told; remembers when it was asked, and told."""

    def __init__(self, *answers: bool, ask=lambda: None) -> None:
        self.answers, self.ask, self.seen = list(answers), ask, []

    def __call__(self) -> bool:
        self.seen.append(self.ask())
        return self.answers.pop(0)

    def left(self) -> None:
        self.seen.append("left")


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


def test_longest_wamid_is_taken_as_it_is(gateway, server):
    server.steps = [answer({"messages": [{"id": "w" * 512}]})]

    assert gateway.send(MESSAGE, credentials=CREDENTIALS).wamid == "w" * 512


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


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        {"messages": []},
        {"messages": [{}]},
        {"messages": [{"id": "w" * 513}]},
    ],
)
def test_success_without_a_wamid_is_ambiguous(gateway, server, body):
    server.steps = [answer(body)]

    assert failure_of(gateway).failure_class is FailureClass.AMBIGUOUS


def test_early_hint_is_no_answer_and_the_real_one_is_nobody_elses(gateway, server):
    def hint(connection):
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        return answer({"messages": [{"id": "wamid.FIRST"}]})(connection)

    server.steps = [hint, ACCEPTED]

    assert failure_of(gateway).failure_class is FailureClass.AMBIGUOUS
    assert gateway.send(MESSAGE, credentials=CREDENTIALS).wamid == "wamid.OUT1"


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


def in_pieces(whole, *, every):
    """A step that lets go of an answer a byte at a time, some seconds apart."""

    def step(connection):
        for at in range(len(whole)):
            connection.sendall(whole[at : at + 1])
            time.sleep(every)

    return step


@pytest.mark.parametrize(
    "whole", [b"HTTP/1.1 200 OK\r\nX: " + b"x" * 99, b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 99]
)
def test_answer_that_drips_is_given_up_in_time(gateway, server, whole):
    server.steps = [in_pieces(whole, every=0.05), ACCEPTED]
    begun = time.monotonic()

    failure = failure_of(gateway)

    assert failure.failure_class is FailureClass.AMBIGUOUS
    assert 0.3 <= time.monotonic() - begun < 0.6
    assert len(server.requests) == 1


def test_answer_in_pieces_leaves_the_line_its_whole_patience(gateway, server):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b'1e\r\n{"messages": [{"id": "wamid.1"\r\n3\r\n}]}\r\n0\r\n\r\n'

    def late_answer(connection):
        time.sleep(0.2)
        ACCEPTED(connection)

    server.steps = [in_pieces(head + body, every=0.0025), late_answer]

    first = gateway.send(MESSAGE, credentials=CREDENTIALS)
    second = gateway.send(MESSAGE, credentials=CREDENTIALS)

    assert (first.wamid, second.wamid) == ("wamid.1", "wamid.OUT1")
    assert server.connections == 1


@pytest.mark.parametrize("head", [b"Content-Length: 2000000\r\n", b""])
def test_answer_without_end_is_ambiguous(gateway, server, head):
    def flood(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + b" " * 2_000_000)
        return True

    server.steps = [flood]

    failure = failure_of(gateway)

    assert failure.failure_class is FailureClass.AMBIGUOUS
    assert failure.details == "AnswerTooLargeError"


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


def test_read_receipt(gateway, server):
    server.steps = [answer({"success": True})]

    gateway.mark_read("wamid.IN1", credentials=CREDENTIALS)

    assert json.loads(server.requests[0][1]) == {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.IN1",
    }


def test_typing_indicator(gateway, server):
    server.steps = [answer({"success": True})]

    gateway.mark_read("wamid.IN1", credentials=CREDENTIALS, typing=True)

    assert json.loads(server.requests[0][1])["typing_indicator"] == {"type": "text"}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"success": False}, FailureClass.AMBIGUOUS),
        ({"error": {"message": "Hm"}}, FailureClass.AMBIGUOUS),
        ({"error": {"code": 131009}}, FailureClass.FATAL_MESSAGE),
    ],
)
def test_success_that_is_none_is_a_failure(gateway, server, body, kind):
    server.steps = [answer(body)]

    with pytest.raises(GatewayError) as caught:
        gateway.mark_read("wamid.IN1", credentials=CREDENTIALS)

    assert caught.value.failure.failure_class is kind


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
