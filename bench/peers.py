"""What our sender is compared with: one Celery task per message, as packages of today send.

Two Celery apps for two workers. `plain` is what one finds in the packages: a new connection to
Meta for each message, and Celery's own handling of the database, which closes the connection after
each task. `tuned` is the best that one task per message can be: both connections are kept.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

import requests
from celery import Celery

URL = f"{os.environ['WHATSAPP_GRAPH_URL']}/v25.0/{os.environ['WHATSAPP_PHONE_NUMBER_ID']}/messages"
HEADERS = {"Authorization": f"Bearer {os.environ['WHATSAPP_ACCESS_TOKEN']}"}
TIMEOUT = 20.0

session = requests.Session()  # one in each process of the pool: it is used after the fork only

# Neither is the app of the process that fills their queues
plain = Celery("plain", broker=os.environ["REDIS_URL"], set_as_current=False)
plain.conf.update(task_default_queue="bench_plain", task_ignore_result=True)

tuned = Celery("tuned", broker=os.environ["REDIS_URL"], set_as_current=False)
tuned.conf.update(
    task_default_queue="bench_tuned", task_ignore_result=True, CELERY_DB_REUSE_MAX=100_000
)


@plain.task(name="bench.plain")
def send_plainly(message_id: int) -> None:
    from whatsapp.models import Message

    message = Message.objects.get(pk=message_id)
    _note(message, requests.post(URL, json=_body(message), headers=HEADERS, timeout=TIMEOUT))
    message.save()


@tuned.task(name="bench.tuned")
def send_tuned(message_id: int) -> None:
    from whatsapp.models import Message

    message = Message.objects.get(pk=message_id)
    _note(message, session.post(URL, json=_body(message), headers=HEADERS, timeout=TIMEOUT))
    message.save(update_fields=["external_message_id", "delivery_status", "sent_at"])


def _body(message: Any) -> dict[str, object]:
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": message.phone_number,
        "biz_opaque_callback_data": f"{message.uuid}:1",
        "type": "text",
        "text": {"body": message.message_text},
    }


def _note(message: Any, answer: requests.Response) -> None:
    answer.raise_for_status()
    message.external_message_id = answer.json()["messages"][0]["id"]
    message.delivery_status = "SENT"
    message.sent_at = datetime.now(tz=UTC)
