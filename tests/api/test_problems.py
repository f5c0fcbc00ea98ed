"""From an exception to an answer, where no endpoint raises it today."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework.exceptions import NotAcceptable, Throttled
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from whatsapp import errors
from whatsapp.api.problems import handle
from whatsapp.errors import WhatsAppError

EVERY_ERROR = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, WhatsAppError)
]


def answer(error: Exception):
    return handle(error, {"request": Request(APIRequestFactory().get("/"))})


@pytest.mark.parametrize("kind", EVERY_ERROR)
def test_error_of_ours_answers_with_its_code_and_status(kind):
    response = answer(kind("So it is.", details={"field": "x"}))

    assert response.status_code == kind.http_status
    assert response.data["error"]["code"] == kind.code
    assert response.data["error"]["request_id"] != ""


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "permission_denied"),
        (NotAcceptable(), 406, "not_acceptable"),
    ],
)
def test_frameworks_own_refusals_have_our_codes(error, status, code):
    response = answer(error)

    assert (response.status_code, response.data["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    "error",
    [
        errors.RateLimitExceededError("Slow down.", retry_after=timedelta(seconds=4.2)),
        Throttled(wait=4.2),
    ],
)
def test_who_should_wait_is_told_how_long_in_whole_seconds(error):
    response = answer(error)

    assert (response.status_code, response["Retry-After"]) == (429, "5")
    assert response.data["error"]["code"] == "rate_limit_exceeded"


def test_service_that_blames_several_arguments_names_each():
    error = errors.ValidationError("Cannot be changed.", details={"fields": ["name", "language"]})

    response = answer(error)

    assert response.data["error"]["message"] == "Please correct: name, language."
    assert response.data["error"]["details"] == {
        "fields": {"name": ["Cannot be changed."], "language": ["Cannot be changed."]}
    }


def test_half_letters_in_details_are_written_as_unknown_ones():
    told = {"names": ["a\ud800"], "fields": {"\udfff": "\0", "ț": 1}, "code": None}

    data = answer(errors.MessageSendError("\ud800", details=told)).data["error"]

    assert data["message"] == "\ufffd"
    assert data["details"] == {
        "names": ["a\ufffd"],
        "fields": {"\ufffd": "\ufffd", "ț": 1},
        "code": None,
    }


def test_fault_of_the_whole_request_has_no_field_to_correct():
    response = answer(errors.ValidationError("Nothing fits."))

    assert response.data["error"]["message"] == "The request is not valid."
    assert response.data["error"]["details"] == {"fields": {"request": ["Nothing fits."]}}
