"""What a transactional test finds was left by nobody but the migrations."""

from __future__ import annotations

from threading import Event, Thread

import pytest
from django.db import connection, transaction

from cypher_erp.staff.models import User
from tests.factories import UserFactory
from tests.locks import wait_until_somebody_waits
from tests.plugins.emptying import put_back
from whatsapp.models import NoticeRule

pytestmark = pytest.mark.django_db(transaction=True)


def test_rows_that_were_added_go_and_those_of_the_migrations_come_back():
    rules = list(NoticeRule.objects.order_by("pk").values())
    UserFactory(agent=True)
    NoticeRule.objects.first().delete()
    NoticeRule.objects.update(name="changed")

    put_back()

    assert not User.objects.exists()
    assert list(NoticeRule.objects.order_by("pk").values()) == rules


def test_row_that_a_server_still_writes_is_waited_for():
    written = Event()

    def write_slowly() -> None:
        with transaction.atomic():
            UserFactory()
            written.set()
            wait_until_somebody_waits()
        connection.close()

    writer = Thread(target=write_slowly)
    writer.start()
    written.wait(10)
    put_back()
    writer.join(10)

    assert not User.objects.exists()
