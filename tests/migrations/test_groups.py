"""The two groups and what they may do."""

import pytest
from django.contrib.auth.models import Group

from cypher_erp.staff.models import User
from tests.factories import UserFactory
from whatsapp.models import NoticeRule

pytestmark = pytest.mark.django_db


def test_agents_answer_but_do_not_run_the_desk():
    agent = UserFactory(agent=True)

    assert agent.has_perms(
        ["whatsapp.send_message", "whatsapp.reply_conversation", "whatsapp.add_conversationnote"]
    )
    assert not agent.has_perm("whatsapp.archive_conversation")
    assert not agent.has_perm("whatsapp.submit_template")
    assert not agent.has_perm("whatsapp.view_webhookevent")


def test_supervisors_may_do_all_that_agents_may_and_more():
    agents, supervisors = (
        set(
            Group.objects.get(name=f"WhatsApp {name}").permissions.values_list(
                "codename", flat=True
            )
        )
        for name in ("agents", "supervisors")
    )

    assert len(agents) == 13
    assert len(supervisors) == 41
    assert agents < supervisors


def test_nobody_may_write_messages_events_or_sender_state_by_hand():
    granted = set(Group.objects.values_list("permissions__codename", flat=True))

    assert (
        not {
            f"{verb}_{model}"
            for verb in ("add", "change", "delete")
            for model in ("message", "webhookevent", "senderstate", "outboxitem", "messageattempt")
        }
        & granted
    )


class TestAfterATransactionalTest:
    @pytest.mark.django_db(transaction=True)
    def test_one_test_changes_what_the_migrations_left(self):
        Group.objects.all().delete()
        NoticeRule.objects.update(is_active=False)
        UserFactory()

    @pytest.mark.django_db(transaction=True)
    def test_the_groups_and_the_rules_are_there_again_and_nobody_else(self):
        assert not User.objects.exists()
        assert not NoticeRule.objects.filter(is_active=False).exists()
        supervisors = Group.objects.get(name="WhatsApp supervisors")

        assert supervisors.permissions.count() == 41
        assert NoticeRule.objects.count() == 3
