"""How much one user may ask; with Redis away, everybody may."""

from __future__ import annotations

import logging

import pytest

from tests.factories import ConversationFactory, UserFactory
from whatsapp.domain import rate
from whatsapp.services import rates
from whatsapp.services.shared import shared_cache

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/whatsapp"


@pytest.fixture
def limited(settings):
    def to(**limits: str) -> None:
        settings.WHATSAPP = {**settings.WHATSAPP, **limits}

    return to


def test_who_reads_too_often_is_told_how_long_to_wait(agent, limited):
    limited(THROTTLE_READ="2/d")

    answers = [agent.get(f"{ROOT}/conversations") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["error"]["code"] == "rate_limit_exceeded"
    assert 0 < int(answers[2]["Retry-After"]) <= 86400


def test_reads_searches_and_writes_are_counted_apart(agent, limited):
    limited(THROTTLE_READ="1/d", THROTTLE_SEARCH="1/d", THROTTLE_SEND="1/d")
    conversation = ConversationFactory()

    def calls() -> list[int]:
        read = agent.get(f"{ROOT}/conversations")
        search = agent.get(f"{ROOT}/conversations?search=ana")
        write = agent.post(f"{ROOT}/conversations/{conversation.pk}/read")
        return [read.status_code, search.status_code, write.status_code]

    assert calls() == [200, 200, 200]
    assert calls() == [429, 429, 429]


def test_part_of_a_text_is_a_search_too(agent, limited):
    limited(THROTTLE_SEARCH="1/d")
    part = f"{ROOT}/messages?conversation={ConversationFactory().pk}&contains=ana"

    statuses = [agent.get(part).status_code for _ in range(2)]

    assert [*statuses, agent.get(f"{ROOT}/messages").status_code] == [200, 429, 200]


def test_each_user_has_a_limit_of_their_own(client_of, limited):
    limited(THROTTLE_READ="1/d")
    clients = [client_of(UserFactory(agent=True)) for _ in range(2)]

    assert [one.get(f"{ROOT}/conversations").status_code for one in clients] == [200, 200]


def test_refused_call_changes_nothing(agent, limited):
    limited(THROTTLE_SEND="1/d")
    first, second = ConversationFactory(), ConversationFactory()
    agent.post(f"{ROOT}/conversations/{first.pk}/resolve")

    refused = agent.post(f"{ROOT}/conversations/{second.pk}/resolve")

    assert refused.status_code == 429
    second.refresh_from_db()
    assert second.status == "OPEN"


def test_empty_limit_is_none(agent, limited):
    limited(THROTTLE_READ="")

    assert {agent.get(f"{ROOT}/conversations").status_code for _ in range(5)} == {200}


def test_health_is_never_limited(anonymous, limited):
    limited(THROTTLE_READ="1/d")

    assert {anonymous.get(f"{ROOT}/health").status_code for _ in range(3)} == {200}


def test_without_redis_everybody_may_and_it_is_logged_once(agent, limited, dead_cache, caplog):
    limited(THROTTLE_READ="1/d")

    with caplog.at_level(logging.WARNING):
        statuses = [agent.get(f"{ROOT}/conversations").status_code for _ in range(3)]
        shared_cache.try_again()
        statuses.append(agent.get(f"{ROOT}/conversations").status_code)

    assert statuses == [200] * 4
    assert [line.message for line in caplog.records].count("cache away") == 1


def test_blocks_let_through_no_more_than_the_limit():
    limit = "250/d"

    passed = [rates.hit(scope="x", who="1", limit=limit) for _ in range(300)]

    assert passed.count(None) == 250


def test_processes_share_the_limit():
    limit = "250/d"
    passed = 0

    for _ in range(300):
        rates._blocks.clear()  # another process
        passed += rates.hit(scope="y", who="1", limit=limit) is None

    assert passed == 125  # in blocks of two, of which each process uses one


@pytest.mark.parametrize("text", ["600", "0/min", "600/week", "-1/s", " 5/s", "1e3/s"])
def test_rate_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="no rate"):
        rate.parse(text)
