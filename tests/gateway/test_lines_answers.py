"""One request per send, and what is known when it goes wrong: judged from the server's side."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest

from tests.gateway.conftest import answer, hang_up, reset
from tests.gateway.sending import ACCEPTED, CREDENTIALS, MESSAGE, failure_of
from whatsapp.domain.retry import FailureClass
from whatsapp.ports import Credentials, GatewayError


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
    assert 0.3 <= time.monotonic() - begun < 3  # all of it would take six seconds
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
