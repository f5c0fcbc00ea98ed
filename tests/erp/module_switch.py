"""What is there of WhatsApp in a process, told as JSON; the environment switches the module."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress

import django


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "cypher_erp.settings"
    django.setup()
    sys.stdout.write(json.dumps(told()) + "\n")


def told() -> dict[str, object]:
    from django.contrib import admin
    from django.db import IntegrityError, connection, transaction
    from django.test import Client, RequestFactory
    from django.test.utils import CaptureQueriesContext
    from django.urls import NoReverseMatch, reverse

    from cypher_erp.celery import app
    from cypher_erp.orders import signals
    from cypher_erp.staff.models import User
    from whatsapp import queue

    app.loader.import_default_modules()
    app.finalize()
    request = RequestFactory().get("/admin/")
    request.user = User(is_staff=True, is_superuser=True, is_active=True)

    def is_reversed(name: str) -> bool:
        try:
            return bool(reverse(name))
        except NoReverseMatch:
            return False

    with transaction.atomic(), CaptureQueriesContext(connection) as announced:
        signals.order_confirmed.send(sender=None, order_ids=[10**12], occurrence="")
    with CaptureQueriesContext(connection) as asked:
        for name in sorted(set(queue.QUEUES) - {queue.SEND_DUE}):
            app.tasks[name].run()
        with suppress(IntegrityError):  # there is no such number to send for
            app.tasks[queue.SEND_DUE].run(number_id=1)
    client = Client(raise_request_exception=False)
    base = "/api/v1/whatsapp"
    return {
        "receivers": signals.order_confirmed.has_listeners(),
        "announced": [query["sql"].split()[0] for query in announced],
        "asked": [query["sql"] for query in asked] != [],
        "jobs": sorted(name for name in app.conf.beat_schedule if name.startswith("whatsapp.")),
        "apps": [each["app_label"] for each in admin.site.get_app_list(request)],
        "admin": is_reversed("admin:whatsapp_conversation_changelist"),
        "statuses": {
            path: client.get(f"{base}{path}").status_code
            for path in ("/messages", "/health", "/webhook", "/templates", "/order-notices")
        },
    }


if __name__ == "__main__":
    main()
