"""Faults on demand: each does to the caller what its name says."""

import http.client
import json
import time

import pytest

from tests.simulator.bodies import PHONE, call_of, code_of, send, text_to, wamid_of
from tests.simulator_process import ACCESS_TOKEN, NUMBER_ID


@pytest.fixture(autouse=True)
def _open_window(sim):
    sim.inbound_text(PHONE, "Bună")
    sim.template("hello", "Comanda {{1}} a plecat astăzi din depozitul nostru.")


def raw_send(sim, *, timeout: float = 5.0) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", sim.port, timeout=timeout)
    try:
        connection.request(
            "POST",
            f"/v25.0/{NUMBER_ID}/messages",
            json.dumps(text_to()),
            {"Authorization": f"Bearer {ACCESS_TOKEN}"},
        )
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("130429", 400, 130429),
        ("131056", 400, 131056),
        ("131000", 500, 131000),
        ("131016", 500, 131016),
        ("token_expired", 401, 190),
        ("server_error_before", 500, 131000),
    ],
)
def test_a_refusal_takes_nothing_and_strikes_as_often_as_asked(sim, kind, status, code):
    sim.fault(kind, next=2)

    answers = [send(sim, text_to()) for _ in range(3)]

    assert [code_of(answer) for answer in answers[:2]] == [(status, code)] * 2
    assert answers[2][0] == 200
    assert len(sim.ledger()) == 1


def test_http_429_says_when_to_come_back(sim):
    sim.fault("http_429", next=1, retry_after=3)

    status, _, headers = raw_send(sim)

    assert (status, headers["retry-after"]) == (429, "3")
    assert sim.ledger() == []


def test_a_server_error_after_accepting_still_brings_the_statuses(sim, receiver):
    sim.fault("server_error_after", next=1)

    assert send(sim, text_to())[0] == 500

    (row,) = sim.ledger()
    sim.wait_for(lambda: len(receiver.statuses(row["wamid"])) == 3)


@pytest.mark.parametrize(("kind", "accepted"), [("reset_before", 0), ("reset_after", 1)])
def test_a_connection_is_reset(sim, kind, accepted):
    sim.fault(kind, next=1)

    with pytest.raises(ConnectionResetError):
        raw_send(sim)

    assert len(sim.ledger()) == accepted
    assert sim.requests()[-1]["status"] == 0


def test_a_call_hangs_after_it_was_accepted(sim):
    sim.fault("hang_after", next=1, seconds=30)

    with pytest.raises(TimeoutError):
        raw_send(sim, timeout=0.3)

    assert len(sim.ledger()) == 1
    assert send(sim, text_to())[0] == 200


def test_a_proxy_answers_with_html(sim):
    sim.fault("html_502_before", next=1)

    status, body, headers = raw_send(sim)

    assert (status, headers["content-type"]) == (502, "text/html")
    assert body.startswith(b"<html>")
    assert sim.ledger() == []


def test_a_fault_can_be_for_one_phone_alone(sim):
    sim.fault("131056", to="+40712000009")

    spared = send(sim, text_to())
    struck = send(sim, call_of("hello", "SO-1", to="+40712000009"))

    assert spared[0] == 200
    assert code_of(struck) == (400, 131056)


def test_a_rate_strikes_about_that_often_and_is_counted(sim):
    sim.fault("131000", rate=0.3)

    refused = sum(send(sim, text_to())[0] == 500 for _ in range(100))

    (fault,) = sim.clear_faults()
    assert 10 < refused < 50
    assert fault["hits"] == refused
    assert len(sim.ledger()) == 100 - refused
    assert send(sim, text_to())[0] == 200


def test_an_accepted_message_fails_with_any_code(sim, receiver):
    sim.fault("failed", code=131026, next=1)

    wamid = wamid_of(send(sim, text_to()))

    sim.wait_until_idle()
    (failed,) = receiver.statuses(wamid)
    assert (failed["status"], failed["errors"][0]["code"]) == ("failed", 131026)


@pytest.mark.parametrize(
    ("phone", "status", "code"),
    [("+40791131056", 400, 131056), ("+40792000429", 429, 4), ("+40792000501", 500, 131000)],
)
def test_magic_numbers_break_the_call(sim, phone, status, code):
    assert code_of(send(sim, call_of("hello", "SO-1", to=phone))) == (status, code)


def test_a_magic_number_fails_later(sim, receiver):
    wamid = wamid_of(send(sim, call_of("hello", "SO-1", to="+40790131026")))

    sim.wait_until_idle()
    (failed,) = receiver.statuses(wamid)
    assert failed["errors"][0]["code"] == 131026


def test_a_status_can_come_before_the_answer_of_its_own_send(sim, receiver):
    sim.fault("early", next=1)

    wamid = wamid_of(send(sim, text_to()))

    assert [s["status"] for s in receiver.statuses(wamid)][:1] == ["sent"]
    sim.wait_until_idle()
    assert [s["status"] for s in receiver.statuses(wamid)] == ["sent", "delivered", "read"]


def test_latency_delays_the_answer_not_the_arrival(sim):
    sim.settings(latency_ms=200)
    started = time.monotonic()

    send(sim, text_to())

    assert time.monotonic() - started >= 0.2
    assert sim.ledger()[0]["arrived_monotonic"] - started < 0.15


def test_a_fault_that_is_none_is_refused(sim):
    with pytest.raises(AssertionError, match="not a valid Kind"):
        sim.fault("gremlins")
    with pytest.raises(AssertionError, match="needs a code"):
        sim.fault("failed")


def test_faults_can_be_for_other_calls(sim):
    sim.fault("server_error_before", endpoint="templates", next=1)

    failed = sim.graph("GET", "777000000000001/message_templates")

    assert failed[0] == 500
    assert send(sim, text_to())[0] == 200
    assert sim.graph("GET", "777000000000001/message_templates")[0] == 200


def test_a_message_that_was_sent_can_still_fail(sim, receiver):
    sim.settings(delivered_after=-1)
    wamid = wamid_of(send(sim, text_to()))
    sim.wait_for(lambda: receiver.statuses(wamid))

    sim.control("POST", "fail", {"wamid": wamid, "code": 131049})

    sim.wait_until_idle()
    assert [s["status"] for s in receiver.statuses(wamid)] == ["sent", "failed"]
