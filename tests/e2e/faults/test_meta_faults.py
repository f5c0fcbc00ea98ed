"""Meta answers badly, late or not at all, or its webhooks do not reach us."""

from __future__ import annotations

import pytest

from tests.e2e.faults import rows
from tests.e2e.faults.judgement import assert_equals_ledger
from whatsapp.domain.retry import Priority
from whatsapp.models import Message, MessageAttempt, OutboxItem

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(120),
    pytest.mark.alone,
]

LIMIT = 100
NEVER_TAKEN = ("server_error_before", "hang_before", "reset_before", "html_502_before")
TAKEN = ("server_error_after", "hang_after", "reset_after", "html_502_after")
ASKED_TO_WAIT = ("http_429", "131056")


def attempts(messages: list[Message]) -> set[int]:
    ids = [message.pk for message in messages]
    return {*Message.objects.filter(pk__in=ids).values_list("attempts", flat=True)}


def test_one_call_in_twenty_goes_wrong_and_each_message_is_taken_once(stand):
    number = rows.number(limit=LIMIT)
    messages = rows.write(600, sender=number, wake=False)
    kinds = dict.fromkeys((*NEVER_TAKEN, *TAKEN), 3) | {"http_429": 2, "131056": 4}
    met = stand.strike(kinds, messages)

    stand.worker()
    stand.wait_until_settled()

    assert assert_equals_ledger(stand.simulator).sent == 600
    assert sum(fault["hits"] for fault in stand.simulator.clear_faults()) == 30
    for kind in TAKEN:
        assert attempts(met[kind]) == {1}, kind
    for kind in (*NEVER_TAKEN, *ASKED_TO_WAIT):
        assert attempts(met[kind]) == {2}, kind
    outcomes = MessageAttempt.objects.values_list("outcome", flat=True)
    assert {name: [*outcomes].count(name) for name in {*outcomes}} == {"UNCONFIRMED": 24, "WAIT": 6}


def test_what_was_taken_in_silence_is_sent_again_by_policy_alone(stand):
    number = rows.number(limit=LIMIT)
    notices = rows.write(400, sender=number, wake=False)
    replies = rows.write(100, sender=number, wake=False, priority=Priority.REPLY)
    silenced = stand.strike({"server_error_after": 5}, notices)["server_error_after"]
    silenced += stand.strike({"server_error_after": 5}, replies)["server_error_after"]
    for message in silenced:
        stand.simulator.fault("silent", next=1, to=message.phone_number)

    stand.worker()
    stand.wait_until_settled()

    twice = assert_equals_ledger(stand.simulator, resent=5, held=5).resent
    held = OutboxItem.objects.filter(state="HELD")
    assert {*twice} == {str(message.uuid) for message in silenced[:5]}
    assert {*held.values_list("message_id", flat=True)} == {m.pk for m in silenced[5:]}
