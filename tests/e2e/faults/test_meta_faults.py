"""Meta answers badly, late or not at all, in every way a call can go wrong."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.e2e.faults import rows
from tests.e2e.faults.judgement import assert_equals_ledger
from whatsapp.domain.retry import Priority
from whatsapp.models import Message, MessageAttempt

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(120),
    pytest.mark.alone,
]

LIMIT = 100
NEVER_TAKEN = ("server_error_before", "hang_before", "reset_before", "html_502_before")
TAKEN = ("server_error_after", "hang_after", "reset_after", "html_502_after")
SILENCED = "server_error_after, silent"  # taken, and neither the answer nor a status says so
FAULTS = dict.fromkeys((*NEVER_TAKEN, *TAKEN), 3) | {"http_429": 2, "131056": 4}


def attempts(messages: list[Message]) -> set[int]:
    ids = [message.pk for message in messages]
    return {*Message.objects.filter(pk__in=ids).values_list("attempts", flat=True)}


def uuids(messages: list[Message]) -> set[str]:
    return {str(message.uuid) for message in messages}


def test_one_call_in_twenty_goes_wrong_and_policy_alone_sends_twice(stand):
    number = rows.number(limit=LIMIT)
    replies = rows.write(100, sender=number, wake=False, priority=Priority.REPLY)
    notices = rows.write(600, sender=number, wake=False)
    lost_replies = stand.strike({SILENCED: 2}, replies)[SILENCED]
    met = stand.strike({**FAULTS, SILENCED: 3}, notices)
    for kind in ("duplicate", "early"):
        stand.simulator.fault(kind, rate=0.05)

    stand.worker()
    stand.wait_until_settled()

    story = assert_equals_ledger(stand.simulator, resent=3, held=2)
    assert story.sent == 700
    assert ({*story.resent}, {*story.held}) == (uuids(met[SILENCED]), uuids(lost_replies))
    for kind in TAKEN:
        assert attempts(met[kind]) == {1}, kind
    for kind in (*NEVER_TAKEN, "http_429", "131056", SILENCED):
        assert attempts(met[kind]) == {2}, kind
    outcomes = Counter(MessageAttempt.objects.values_list("outcome", flat=True))
    assert outcomes == {"UNCONFIRMED": 24 + 5, "WAIT": 6}
