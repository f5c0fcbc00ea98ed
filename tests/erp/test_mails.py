"""Emails to customers: written once, sent after commit, shown when they fail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail as post
from django.test import Client
from django.utils import timezone

from cypher_erp.notifications import mails, tasks
from cypher_erp.notifications.models import CustomerMail
from tests.erp.factories import CustomerFactory, UserFactory

pytestmark = pytest.mark.django_db


def queue(key="notice-1", address="ana@exemplu.ro", subject="Comanda C-1") -> CustomerMail:
    mails.queue_mail(
        key=key,
        customer_id=CustomerFactory().pk,
        address=address,
        subject=subject,
        body="Comanda a plecat.",
    )
    return CustomerMail.objects.get(key=key)


def test_one_key_is_written_once_and_nothing_leaves_before_commit():
    queue()
    queue()

    assert CustomerMail.objects.count() == 1
    assert post.outbox == []


def test_due_emails_are_sent_once(settings):
    row = queue()

    tasks.send_mails()
    tasks.send_mails()

    row.refresh_from_db()
    (sent,) = post.outbox
    assert (sent.to, sent.subject, sent.body) == (["ana@exemplu.ro"], "Comanda C-1", row.body)
    assert sent.from_email == settings.DEFAULT_FROM_EMAIL
    assert (row.sent_at is not None, row.attempts, row.error) == (True, 1, "")


def test_one_that_cannot_be_sent_is_shown_and_tried_again_later(settings):
    row = queue()
    settings.EMAIL_BACKEND = "nowhere.Backend"
    now = timezone.now()

    mails.send_due(now=now)

    row.refresh_from_db()
    assert row.sent_at is None
    assert row.error.startswith("ModuleNotFoundError")
    assert mails.send_due(now=now + timedelta(minutes=1)) == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert mails.send_due(now=now + timedelta(minutes=2)) == 1
    row.refresh_from_db()
    assert (row.sent_at is not None, row.error) == (True, "")


def test_one_that_another_worker_has_is_left_to_it():
    row = queue()
    CustomerMail.objects.update(attempts=1)

    assert not mails._send(row, now=timezone.now())
    assert post.outbox == []


def test_admin_shows_them_and_sends_again_what_was_given_up():
    row = queue()
    CustomerMail.objects.update(attempts=mails.TRIES, error="SMTPException: no")
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True, language="en"))

    page = client.get("/admin/notifications/customermail/").content.decode()
    client.post(
        "/admin/notifications/customermail/",
        {"action": "send_again", "_selected_action": [row.pk]},
    )

    assert "SMTPException: no" in page
    row.refresh_from_db()
    assert (row.attempts, row.error) == (0, "")
    assert mails.send_due(now=timezone.now()) == 1
