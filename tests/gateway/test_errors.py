from __future__ import annotations

import json
from datetime import timedelta

import pytest

from whatsapp.domain.retry import FailureClass as F
from whatsapp.gateway import errors

# Law: only these prove that the message was not taken, and may be tried again at once
SAFE_CODES = {4, 17, 341, 613, 80007, 130429, 131056, 131057}
AMBIGUOUS_CODES = {1, 2, 131000, 131016, 133004}


def graph_error(code, **more):
    return json.dumps({"error": {"message": f"(#{code}) Demo", "code": code, **more}}).encode()


def classify(body=b"", *, http_status=400, headers=None):
    return errors.classify(http_status=http_status, body=body, headers=headers or {})


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        *((code, F.SLOW_ACCOUNT) for code in (4, 17, 341, 613, 80007)),
        (130429, F.SLOW_NUMBER),
        (131056, F.SLOW_PAIR),
        (131057, F.REFUSED),
        *((code, F.AMBIGUOUS) for code in AMBIGUOUS_CODES),
        *((code, F.FATAL_ACCOUNT) for code in (0, 3, 10, 33, 190, 200, 299, 368)),
        *((code, F.FATAL_ACCOUNT) for code in (131005, 131031, 131042, 131045, 131048, 133010)),
        *((code, F.FATAL_MESSAGE) for code in (100, 131008, 131009, 131021, 131026, 131053)),
        *((code, F.FATAL_MESSAGE) for code in (130403, 130472, 130497, 131062, 131215, 137000)),
        *((code, F.TEMPLATE_PROBLEM) for code in (132000, 132001, 132012, 132016, 2388299)),
        *((code, F.TEMPLATE_RESTS) for code in (132015, 134101)),
        (131047, F.WINDOW_CLOSED),
        (131049, F.CAPPED),
        (131050, F.OPTED_OUT),
    ],
)
def test_meta_code_decides_whatever_the_http_status(code, expected):
    found = {classify(graph_error(code), http_status=s).failure_class for s in (400, 403, 500)}

    assert found == {expected}


def test_only_what_proves_not_taken_is_retried_at_once():
    safe = {F.NOT_SENT, F.REFUSED, F.SLOW_NUMBER, F.SLOW_ACCOUNT, F.SLOW_PAIR}

    assert {code for code, found in errors.CLASSES.items() if found in safe} == SAFE_CODES
    assert {c for c, found in errors.CLASSES.items() if found is F.AMBIGUOUS} == AMBIGUOUS_CODES


@pytest.mark.parametrize(
    ("body", "http_status", "expected"),
    [
        (b"", 500, F.AMBIGUOUS),
        (b"<html><h1>502 Bad Gateway</h1></html>", 502, F.AMBIGUOUS),
        (b'{"error": {"code"', 503, F.AMBIGUOUS),
        (b"[" * 100_000, 504, F.AMBIGUOUS),
        (b"", 408, F.AMBIGUOUS),
        (b"", 429, F.SLOW_NUMBER),
        (b"Too many", 429, F.SLOW_NUMBER),
        (b"", 401, F.FATAL_ACCOUNT),
        (b"<html>", 403, F.FATAL_ACCOUNT),
        (b"", 407, F.FATAL_ACCOUNT),
        (b"", 301, F.FATAL_ACCOUNT),
        (b"", 404, F.FATAL_ACCOUNT),
        (b"<html><h1>Not found</h1></html>", 404, F.FATAL_ACCOUNT),
        (b'{"error": "text"}', 400, F.FATAL_ACCOUNT),
        (b'{"error": {"code": null}}', 400, F.FATAL_ACCOUNT),
        (b"", 103, F.AMBIGUOUS),
        (b'{"success": false}', 200, F.AMBIGUOUS),
        (b'{"error": {"message": "Hm"}}', 200, F.AMBIGUOUS),
        (b"null", 413, F.FATAL_MESSAGE),
    ],
)
def test_without_a_code_the_http_class_decides(body, http_status, expected):
    failure = classify(body, http_status=http_status)

    assert failure.failure_class is expected
    assert failure.code is None
    assert failure.http_status == http_status


@pytest.mark.parametrize(
    ("more", "http_status", "expected"),
    [
        ({"is_transient": True}, 400, F.AMBIGUOUS),
        ({"is_transient": False}, 400, F.FATAL_MESSAGE),
        ({}, 404, F.FATAL_MESSAGE),
        ({}, 200, F.AMBIGUOUS),
        ({}, 500, F.AMBIGUOUS),
        ({}, 401, F.FATAL_ACCOUNT),
        ({}, 429, F.SLOW_NUMBER),
    ],
)
def test_unknown_code_falls_back_to_transience_and_http_class(more, http_status, expected):
    failure = classify(graph_error(999_999, **more), http_status=http_status)

    assert failure.failure_class is expected
    assert failure.code == 999_999


def test_http_429_is_never_ambiguous():
    assert classify(graph_error(131000), http_status=429).failure_class is F.SLOW_NUMBER
    assert classify(graph_error(131056), http_status=429).failure_class is F.SLOW_PAIR


@pytest.mark.parametrize(
    ("subcode", "expected"),
    [(33, F.FATAL_ACCOUNT), (2388024, F.TEMPLATE_PROBLEM), (1, F.AMBIGUOUS), (7, F.FATAL_MESSAGE)],
)
def test_subcode_of_a_wrong_parameter_is_the_truer_code(subcode, expected):
    failure = classify(graph_error(100, error_subcode=subcode))

    assert failure.failure_class is expected
    assert failure.code == 100


def test_failure_keeps_what_support_and_operators_ask_for():
    body = graph_error(
        131056,
        error_data={"messaging_product": "whatsapp", "details": "Demo: too many messages."},
        fbtrace_id="DEMOtrace0001",
    )

    failure = classify(body)

    assert failure.title == "(#131056) Demo"
    assert failure.details == "Demo: too many messages."
    assert failure.fbtrace_id == "DEMOtrace0001"


def test_words_for_operators_are_preferred():
    body = graph_error(100, error_user_title="Șablon greșit", error_user_msg="Explicație")

    failure = classify(body)

    assert (failure.title, failure.details) == ("Șablon greșit", "Explicație")


@pytest.mark.parametrize(
    "message",
    [
        "Malformed access token EAAGdemo1234567890abcdef",
        "Malformed access token opaque-0123456789-0123456789",
        "Bad url https://graph.facebook.com/x?access_token=secret-1&limit=2",
    ],
)
def test_tokens_that_meta_quotes_are_masked(message):
    body = json.dumps({"error": {"code": 190, "message": message}}).encode()

    failure = classify(body, http_status=401)

    assert "***" in failure.title
    assert not any(part in failure.reason for part in ("EAAG", "opaque-", "secret-1"))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("a\ud800b", "a\ufffdb (100)"),
        ("a\0b", "a\ufffdb (100)"),
        ("x" * 100_000, "x" * 999 + "… (100)"),
    ],
)
def test_strange_words_fit_a_column_and_an_answer(said, reason):
    body = json.dumps({"error": {"code": 100, "message": said}}).encode()

    assert classify(body).reason == reason


def test_ordinary_words_about_a_token_stay_readable():
    message = "Error validating access token: Session has expired on Sunday, 22-Nov-26 PST."
    body = json.dumps({"error": {"code": 190, "message": message}}).encode()

    assert classify(body, http_status=401).title == message


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Retry-After": "7"}, timedelta(seconds=7)),
        ({"retry-after": "0"}, timedelta(0)),
        ({"Retry-After": "999999999999"}, timedelta(hours=24)),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        (
            {
                "Retry-After": "Sun, 22 Nov 2026 10:00:30 GMT",
                "Date": "Sun, 22 Nov 2026 10:00:00 GMT",
            },
            timedelta(seconds=30),
        ),
        (
            {
                "Retry-After": "Sun, 22 Nov 2026 09:00:00 GMT",
                "Date": "Sun, 22 Nov 2026 10:00:00 GMT",
            },
            timedelta(0),
        ),
        ({"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"}, timedelta(hours=24)),
        ({"Retry-After": "Thu, 01 Jan 2026 00:00:00"}, timedelta(0)),
        ({"Retry-After": "Fri, 01 Jan 99999999999999999999 00:00:00 GMT"}, None),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(headers, expected):
    assert classify(http_status=429, headers=headers).retry_after == expected


def test_lost_connection_is_ambiguous_only_once_the_body_departs():
    error = ConnectionResetError("Bearer secret")

    before = errors.transport_failure(error, departed=False)
    after = errors.transport_failure(error, departed=True)

    assert before.failure_class is F.NOT_SENT
    assert after.failure_class is F.AMBIGUOUS
    assert before.details == after.details == "ConnectionResetError"
