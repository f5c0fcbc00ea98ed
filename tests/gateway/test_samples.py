"""Samples of header files: uploaded whole, whatever breaks on the way."""

from __future__ import annotations

import io

import pytest

from whatsapp.domain.retry import FailureClass
from whatsapp.errors import ValidationError
from whatsapp.gateway.client import CloudApiGateway
from whatsapp.ports import Credentials, GatewayError

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 600  # more than one block
APP = "222000000000001"


@pytest.fixture
def gateway(settings, simulator):
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "GRAPH_URL": simulator.graph_url,
        "APP_ID": APP,
    }
    return CloudApiGateway()


@pytest.fixture
def upload(gateway, simulator):
    credentials = Credentials(
        phone_number_id="555000000000001",
        waba_id="777000000000001",
        token=simulator.access_token,
    )

    def upload(data=PNG, *, size=None, mime_type="image/png"):
        return gateway.upload_sample(
            file=io.BytesIO(data),
            size=len(data) if size is None else size,
            mime_type=mime_type,
            filename="poză.png",
            credentials=credentials,
        )

    return upload


def calls(simulator):
    """How often each step was asked for: the opening, the place to go on from, a piece."""
    seen = simulator.control("GET", "requests")["items"]
    steps = [
        (one["method"], "uploads" if one["path"].endswith("/uploads") else "piece")
        for one in seen
        if "upload" in one["path"]
    ]
    return {step: steps.count(step) for step in steps}


def is_taken(simulator, handle):
    """Whether Meta takes a template whose header names the handle."""
    header = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": [handle]}}
    body = {"type": "BODY", "text": "Comanda dumneavoastră a plecat."}
    made = {"name": "with_picture", "language": "ro", "category": "UTILITY"}
    made["components"] = [header, body]
    return simulator.graph("POST", "777000000000001/message_templates", made)[0] == 200


def fault(simulator, kind, **more):
    simulator.control("POST", "faults", {"kind": kind, "endpoint": "uploads", "next": 1, **more})


def test_whole_file_becomes_a_handle_that_meta_takes(upload, simulator):
    handle = upload()

    assert is_taken(simulator, handle)
    assert calls(simulator)[("POST", "piece")] == 1


@pytest.mark.parametrize("times", [1, 3])
def test_broken_connection_is_taken_up_where_it_broke(upload, simulator, times):
    fault(simulator, "reset_midway", next=times)

    handle = upload()

    assert is_taken(simulator, handle)
    seen = calls(simulator)
    assert (seen[("POST", "uploads")], seen[("GET", "piece")]) == (1, times)


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "empty_500_before"])
def test_lost_call_is_made_again(upload, simulator, kind):
    fault(simulator, kind)

    assert is_taken(simulator, upload())


def test_answer_that_was_lost_after_the_last_byte_is_asked_for_again(upload, simulator):
    fault(simulator, "slow", seconds=0)  # the opening
    fault(simulator, "reset_after")

    handle = upload()

    assert is_taken(simulator, handle)
    assert calls(simulator)[("POST", "uploads")] == 1


def test_session_that_expired_while_the_line_was_down_is_begun_anew(upload, simulator):
    fault(simulator, "slow", seconds=0)  # the opening
    fault(simulator, "reset_midway")
    fault(simulator, "100")  # where to go on from

    handle = upload()

    assert is_taken(simulator, handle)
    assert calls(simulator)[("POST", "uploads")] == 2


def test_line_that_stays_broken_is_given_up(upload, simulator):
    fault(simulator, "reset_before", next=None)

    with pytest.raises(GatewayError) as failure:
        upload()

    assert failure.value.failure.failure_class is FailureClass.AMBIGUOUS
    assert calls(simulator) == {("POST", "uploads"): 5}


def test_refusal_is_told_at_once(upload, simulator):
    with pytest.raises(GatewayError) as failure:
        upload(mime_type="image/gif")

    assert failure.value.failure.code == 100
    assert calls(simulator) == {("POST", "uploads"): 1}


def test_file_that_is_not_of_its_type_is_refused_once(upload, simulator):
    with pytest.raises(GatewayError):
        upload(b"%PDF-1.7 and more")

    assert calls(simulator)[("POST", "piece")] == 1


def test_without_an_app_nothing_is_called(settings, upload, simulator):
    settings.WHATSAPP = {**settings.WHATSAPP, "APP_ID": ""}

    with pytest.raises(ValidationError, match="WHATSAPP_APP_ID"):
        upload()

    assert calls(simulator) == {}
