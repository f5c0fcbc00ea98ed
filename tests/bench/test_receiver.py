"""The receiver takes messages as Meta's door does, and notes when the last byte was there."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import certificate, stand_in
from bench.stand_in import StandIn

BODY = json.dumps({"to": "+40720000001", "biz_opaque_callback_data": "uuid:1"}).encode()
PATH = "/v25.0/555/messages"


@pytest.fixture(scope="module")
def receiver() -> Iterator[StandIn]:
    with stand_in.running() as running:
        yield running


@pytest.fixture
def line(receiver: StandIn) -> Iterator[http.client.HTTPConnection]:
    receiver.reset(latency=0)
    line = http.client.HTTPConnection(receiver.url.removeprefix("http://"), timeout=5)
    yield line
    line.close()


def test_answer_names_the_recipient_and_a_new_wamid(line):
    answers = []
    for _ in range(2):
        line.request("POST", PATH, BODY)
        answers.append(json.loads(line.getresponse().read()))

    assert [answer["contacts"][0]["wa_id"] for answer in answers] == ["40720000001"] * 2
    assert len({answer["messages"][0]["id"] for answer in answers}) == 2


def test_message_arrives_with_the_last_byte_of_its_body(receiver, line):
    line.putrequest("POST", PATH)
    line.putheader("Content-Length", str(len(BODY)))
    line.endheaders()
    time.sleep(0.05)
    nothing_yet = receiver.report()["total"]
    body_left_at = time.monotonic()
    line.send(BODY)
    line.getresponse().read()

    seen = receiver.arrivals()

    assert nothing_yet == 0
    assert seen.callbacks == ["uuid:1"]
    assert body_left_at <= seen.times[0] <= time.monotonic()


def test_answer_waits_for_the_latency_and_the_arrival_does_not(receiver, line):
    receiver.reset(latency=100)
    started = time.monotonic()
    line.request("POST", PATH, BODY)
    line.getresponse().read()

    took = time.monotonic() - started

    assert took >= 0.1
    assert receiver.arrivals().times[0] < started + 0.1


def test_two_requests_in_one_packet_are_two_messages(receiver, line):
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\n\r\n".encode()
    line.connect()
    line.sock.sendall((head + BODY) * 2)
    while receiver.report()["total"] < 2:
        time.sleep(0.01)

    assert receiver.report()["doubled_attempts"] == 1


def test_https_is_served_with_a_certificate_that_clients_can_trust(tmp_path: Path):
    made = certificate.make(tmp_path)
    with stand_in.running(certificate=made) as receiver:
        trusted = ssl.create_default_context(cafile=made.certificate)
        line = http.client.HTTPSConnection(
            receiver.url.removeprefix("https://"), timeout=5, context=trusted
        )
        receiver.reset(latency=0)
        line.request("POST", PATH, BODY)
        status = line.getresponse().status
        line.close()

        assert status == 200
        assert receiver.arrivals().callbacks == ["uuid:1"]
