"""Who waits for a lock waits alone: the others go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection

from tests.e2e.faults import rows
from tests.e2e.faults.judgement import assert_equals_ledger
from tests.e2e.faults.stand import CUSTOMER
from whatsapp.models import Contact

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(120),
    pytest.mark.alone,
]

LIMIT = 100


@contextmanager
def locked(contact: Contact) -> Iterator[None]:
    """As by a process that was paused while it took in what the customer wrote."""
    known = connection.get_connection_params()
    address = {
        key: known[key] for key in ("host", "port", "user", "password", "dbname") if key in known
    }
    with psycopg.connect(**address) as other:
        other.execute("SELECT 1 FROM whatsapp_contacts WHERE id = %s FOR UPDATE", [contact.pk])
        yield
        other.rollback()


def test_paused_processor_of_one_customer_does_not_keep_the_others_messages_from_leaving(stand):
    number = rows.number(limit=LIMIT)
    stand.worker()
    stand.wait_for(lambda: Contact.objects.filter(phone=CUSTOMER).exists(), what="a customer")

    with locked(Contact.objects.get(phone=CUSTOMER)):
        for _ in range(12):  # more wake-ups than the worker has threads
            stand.simulator.inbound_text(CUSTOMER, "Alo?")
            stand.simulator.wait_until_idle()
        rows.write(500, sender=number)
        stand.wait_for(lambda: stand.taken() == 500, what="the others got theirs", timeout=10)
    stand.wait_until_settled()

    assert assert_equals_ledger(stand.simulator).sent == 500
