"""Emails to customers: a row first, in the transaction that has something to say; then sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from celery import current_app
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from cypher_erp.notifications.models import CustomerMail

SEND_MAILS = "cypher_erp.send_mails"
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=2), timedelta(hours=2)
TRIES = 8  # over a day and more


def queue_mail(*, key: str, customer_id: int, address: str, subject: str, body: str) -> None:
    """Write down an email to be sent after commit; one of the same key is written once."""
    mail = CustomerMail(
        key=key, customer_id=customer_id, address=address, subject=subject[:200], body=body
    )
    CustomerMail.objects.bulk_create([mail], ignore_conflicts=True)
    transaction.on_commit(partial(current_app.send_task, SEND_MAILS, retry=False), robust=True)


def send_due(*, now: datetime, limit: int = 100) -> int:
    """Send the emails that are due, each claimed first; return how many were tried.

    The network is called outside any transaction. One that fails is tried again ever later, and
    shown with its error.
    """
    due = CustomerMail.objects.unsent().filter(next_attempt_at__lte=now, attempts__lt=TRIES)
    mails = list(due.order_by("next_attempt_at", "id")[:limit])
    return sum(_send(mail, now=now) for mail in mails)


def send_again(*, mail_id: int) -> None:
    """Try an email that was given up once more, from the beginning."""
    CustomerMail.objects.unsent().filter(pk=mail_id).update(
        attempts=0, error="", next_attempt_at=timezone.now()
    )
    transaction.on_commit(partial(current_app.send_task, SEND_MAILS, retry=False), robust=True)


def _send(mail: CustomerMail, *, now: datetime) -> bool:
    """Whoever moves the attempt's number has it; another worker finds nothing to move."""
    row = CustomerMail.objects.unsent().filter(pk=mail.pk, attempts=mail.attempts)
    wait = min(FIRST_WAIT * 2**mail.attempts, LONGEST_WAIT)
    if not row.update(attempts=F("attempts") + 1, next_attempt_at=now + wait):
        return False
    sent = CustomerMail.objects.filter(pk=mail.pk)
    try:
        send_mail(mail.subject, mail.body, None, [mail.address])
    except Exception as error:  # whatever the mail server does, it is on the row
        sent.update(error=f"{type(error).__name__}: {error}"[:500])
    else:
        sent.update(sent_at=timezone.now(), error="")
    return True
