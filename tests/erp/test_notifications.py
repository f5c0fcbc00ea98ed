"""One open notification for each key and reader."""

import pytest
from django.db import IntegrityError, transaction

from cypher_erp.notifications.models import Notification
from cypher_erp.notifications.services import mark_read, notify
from tests.erp.factories import NotificationFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("has_reader", [True, False])
def test_second_notice_of_a_key_renews_the_first(has_reader):
    readers = [UserFactory().pk] if has_reader else []
    notify(key="sla:7", subject="Waits 2 h", body="", user_ids=readers)

    notify(key="sla:7", subject="Waits 3 h", body="", level="critical", user_ids=readers)

    notification = Notification.objects.get()
    assert (notification.subject, notification.level) == ("Waits 3 h", "critical")


def test_notice_after_the_first_was_read_is_a_new_one():
    notify(key="sla:7", subject="Waits 2 h", body="")
    mark_read(notification_ids=[Notification.objects.get().pk])

    notify(key="sla:7", subject="Waits again", body="")

    is_open = {row.subject: row.read_at is None for row in Notification.objects.all()}
    assert is_open == {"Waits 2 h": False, "Waits again": True}


def test_renewing_one_readers_notice_leaves_the_others_alone():
    ana, mihai = UserFactory.create_batch(2)
    notify(key="sla:7", subject="Waits 2 h", body="", user_ids=[ana.pk, mihai.pk])

    notify(key="sla:7", subject="Waits 3 h", body="", user_ids=[mihai.pk])

    rows = dict(Notification.objects.values_list("user_id", "subject"))
    assert rows == {ana.pk: "Waits 2 h", mihai.pk: "Waits 3 h"}


def test_database_refuses_a_second_open_one_for_all():
    NotificationFactory(key="token", user=None)

    with pytest.raises(IntegrityError), transaction.atomic():
        NotificationFactory(key="token", user=None)

    assert Notification.objects.count() == 1


def test_marking_twice_counts_once():
    notification = NotificationFactory()

    first = mark_read(notification_ids=[notification.pk])
    second = mark_read(notification_ids=[notification.pk])

    assert (first, second) == (1, 0)
