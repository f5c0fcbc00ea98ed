"""What is the plain view's own, as a Django view; what it answers is in ``test_doors``."""

from __future__ import annotations

import os

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import path

from tests import webhook_bodies as bodies
from whatsapp.models import WebhookEvent
from whatsapp.services.events import thread_commit
from whatsapp.webhooks.view import webhook

urlpatterns = [path("hook", webhook)]
pytestmark = [pytest.mark.urls(__name__)]  # a host may serve it anywhere, without our middleware

RAW = bodies.body(bodies.messages(bodies.text("wamid.A")))


def post(client: Client):
    return client.post(
        "/hook",
        data=RAW,
        content_type="application/json",
        headers={"X-Hub-Signature-256": bodies.sign(RAW)},
    )


@pytest.mark.django_db
def test_csrf_protection_does_not_stop_meta():
    assert post(Client(enforce_csrf_checks=True)).status_code == 200
    assert WebhookEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_rows_are_committed_before_the_answer_whatever_the_hosts_default(settings):
    connection.settings_dict["ATOMIC_REQUESTS"] = True

    try:
        answer = post(Client())
    finally:
        connection.settings_dict["ATOMIC_REQUESTS"] = False

    assert answer.status_code == 200
    connection.close()  # what is not committed is gone
    assert WebhookEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_database_that_only_reads_is_answered_503():
    with connection.cursor() as cursor:
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")

        try:
            answer = post(Client())
        finally:
            cursor.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")

    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "webhook_processing"
    assert WebhookEvent.objects.count() == 0


@pytest.mark.django_db
def test_rows_are_the_callers_while_it_holds_a_transaction():
    with transaction.atomic():
        assert post(Client()).status_code == 200
        assert WebhookEvent.objects.count() == 1
        transaction.set_rollback(True)

    assert WebhookEvent.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_forked_process_commits_over_a_connection_of_its_own():
    assert post(Client()).status_code == 200

    child = os.fork()
    if child == 0:
        connection.connection = None  # the parent's
        other = RAW.replace(b"wamid.A", b"wamid.B")
        thread_commit.record(body=other)
        os._exit(0)
    _, ended = os.waitpid(child, 0)

    assert ended == 0
    assert WebhookEvent.objects.count() == 2
    assert post(Client()).status_code == 200
