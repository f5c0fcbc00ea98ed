"""Who may answer, and who is asked next."""

from __future__ import annotations

import pytest

from tests.factories import ConversationFactory, UserFactory
from whatsapp.services.dialogue import agents

pytestmark = pytest.mark.django_db


def test_only_active_people_with_the_permission_answer():
    agent, boss = UserFactory(agent=True), UserFactory(supervisor=True)
    UserFactory()
    UserFactory(agent=True, is_active=False)

    assert {user.pk for user in agents.answering()} == {agent.pk, boss.pk}


def test_the_one_with_the_fewest_active_conversations_is_suggested():
    busy, free = UserFactory(agent=True), UserFactory(agent=True)
    ConversationFactory(assigned_to=busy, status="ASSIGNED")
    for _ in range(3):
        ConversationFactory(assigned_to=free, status="RESOLVED")

    assert agents.suggest() == free.pk


def test_nobody_is_suggested_where_nobody_answers():
    assert agents.suggest() is None
