"""The same key from callers of one moment: one message, and nobody waits for long."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Timer

import pytest
from django.core.files.base import ContentFile
from django.db import connection, transaction

from tests.factories import ConversationFactory
from tests.sending import PDF
from tests.services.shared.keyed import send
from whatsapp.domain.content import MediaKind
from whatsapp.models import IdempotencyKey, Media, Message, OutboxItem
from whatsapp.services import messages


@pytest.mark.django_db(transaction=True)
def test_callers_of_one_moment_get_the_one_message():
    conversation = ConversationFactory()
    start = Barrier(8)

    def call(_: int) -> int:
        try:
            start.wait()
            return send(conversation).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        got = set(pool.map(call, range(8)))

    assert got == {Message.objects.get().pk}
    assert OutboxItem.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_waits_for_a_send_that_is_rolled_back_takes_its_place():
    conversation = ConversationFactory()
    inserted, waiting = Event(), Event()

    def give_up() -> None:
        try:
            with transaction.atomic():
                send(conversation)
                inserted.set()
                waiting.wait(timeout=10)
                transaction.set_rollback(True)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(give_up)
        inserted.wait(timeout=10)
        Timer(0.3, waiting.set).start()
        message = send(conversation)
        first.result(timeout=10)

    assert Message.objects.get() == message
    assert IdempotencyKey.objects.get().result == {"message": message.pk}


def test_file_is_read_and_kept_before_any_transaction_of_ours(conversation):
    depths = []

    class Watched(ContentFile):
        def chunks(self, *args):
            depths.append(len(connection.savepoint_ids))
            return super().chunks(*args)

    before = len(connection.savepoint_ids)
    messages.send_media(
        kind=MediaKind.DOCUMENT,
        file=Watched(PDF, name="a.pdf"),
        conversation_id=conversation.pk,
        idempotency_key="k-1",
    )

    assert set(depths) == {before}


@pytest.mark.django_db(transaction=True)
def test_files_of_one_moment_become_one_message_with_its_file():
    conversation = ConversationFactory()
    start = Barrier(4)

    def call(_: int) -> int:
        try:
            start.wait()
            return messages.send_media(
                kind=MediaKind.DOCUMENT,
                file=ContentFile(PDF, name="a.pdf"),
                conversation_id=conversation.pk,
                idempotency_key="k-1",
            ).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        got = set(pool.map(call, range(4)))

    assert got == {Message.objects.get().pk}
    kept = Media.objects.get().file
    assert kept.storage.exists(kept.name)
