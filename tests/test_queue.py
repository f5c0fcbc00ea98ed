"""Wake-ups as they leave for the real broker."""

import contextvars
import time

import pytest
from celery.signals import before_task_publish
from django.db import transaction

from whatsapp import queue

REQUEST = contextvars.ContextVar("REQUEST", default="nobody's")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def left():
    """The task names that left, each with whose context it left in."""
    seen = []

    def note(headers=None, **_):
        seen.append((headers["task"], REQUEST.get()))

    before_task_publish.connect(note)
    yield seen
    before_task_publish.disconnect(note)


def wait_for(seen: list, count: int) -> None:
    until = time.monotonic() + 5
    while len(seen) < count and time.monotonic() < until:
        time.sleep(0.01)


def test_wake_up_leaves_in_the_context_of_the_request_that_asked_for_it(left):
    for count, request in enumerate(("first", "second"), start=1):
        token = REQUEST.set(request)
        with transaction.atomic():
            queue.enqueue(queue.PROCESS_WEBHOOK_EVENTS)
        REQUEST.reset(token)
        wait_for(left, count)

    assert left == [
        (queue.PROCESS_WEBHOOK_EVENTS, "first"),
        (queue.PROCESS_WEBHOOK_EVENTS, "second"),
    ]


def test_nothing_leaves_for_what_was_rolled_back(left):
    with transaction.atomic():
        queue.enqueue(queue.FETCH_MEDIA)
        transaction.set_rollback(True)
    with transaction.atomic():
        queue.enqueue(queue.UPLOAD_MEDIA)
    wait_for(left, 1)

    assert [name for name, _ in left] == [queue.UPLOAD_MEDIA]
