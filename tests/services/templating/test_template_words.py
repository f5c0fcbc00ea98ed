"""Meta's verdicts in words, with what to do about them."""

import pytest
from django.utils import translation

from whatsapp.domain.template_problems import WORDS, Problem
from whatsapp.services.templating.template_words import (
    STATUSES,
    problem_in_words,
    reason_in_words,
    status_in_words,
)

CODES = (
    *("ABUSIVE_CONTENT", "INCORRECT_CATEGORY", "INVALID_FORMAT", "PROMOTIONAL", "SCAM"),
    *("TAG_CONTENT_MISMATCH", "CATEGORY_NOT_AVAILABLE"),
)


@pytest.mark.parametrize("code", CODES)
def test_every_reason_of_metas_says_what_to_do_in_both_languages(code):
    with translation.override("en"):
        english = reason_in_words(status="REJECTED", reason=code)
    with translation.override("ro"):
        romanian = reason_in_words(status="REJECTED", reason=code)

    assert code not in english
    assert english.endswith(".")
    assert romanian not in ("", english)


def test_metas_own_recommendation_is_kept_beside_ours():
    with translation.override("en"):
        words = reason_in_words(status="REJECTED", reason="INVALID_FORMAT: Rewrite line 2.")

    assert words.startswith("Something in the form is wrong")
    assert words.endswith("Meta says: Rewrite line 2.")


@pytest.mark.parametrize(
    ("status", "reason", "beginning"),
    [
        ("REJECTED", "", "Meta gave no reason."),
        ("REJECTED", "SOMETHING_NEW", "Meta gave no reason."),
        ("PAUSED", "FIRST_PAUSE: Paused.", "Customers blocked or reported it: paused for 3 hours."),
        ("PAUSED", "", "Paused because of its quality"),
        ("DISABLED", "", "Too many customers complained."),
        ("ARCHIVED", "", "Unused for a year."),
        ("APPROVED", "SCAM", ""),
        ("DRAFT", "", ""),
        ("SOMETHING_NEW", "", ""),
        ("SOMETHING_NEW", "Look at it.", "Meta says: Look at it."),
    ],
)
def test_statuses_without_a_known_reason_are_told_too(status, reason, beginning):
    with translation.override("en"):
        words = reason_in_words(status=status, reason=reason)

    assert words.startswith(beginning)
    assert bool(words) == bool(beginning)


def test_unknown_status_is_shown_as_meta_writes_it():
    assert status_in_words(status="SOMETHING_NEW") == "Something new"


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_its_romanian(status):
    with translation.override("en"):
        english = status_in_words(status=status)
    with translation.override("ro"):
        assert status_in_words(status=status) != english


@pytest.mark.parametrize("code", WORDS)
def test_every_problem_has_its_romanian_with_the_same_values(code):
    values = {name: f"<{name}>" for name in ("kind", "length", "limit", "name", "names", "words")}
    values |= {name: f"<{name}>" for name in ("count", "host", "letters")}
    problem = Problem(field="body", code=code, values=values)

    with translation.override("ro"):
        words = problem_in_words(problem=problem)

    assert words != problem.message
    assert {v for v in values.values() if v in words} == {
        v for v in values.values() if v in problem.message
    }
