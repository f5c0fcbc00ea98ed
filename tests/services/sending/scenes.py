"""Messages that wait, a sender at work, and how Meta fails."""

from __future__ import annotations

from django.core.files.base import ContentFile

from tests.factories import BusinessNumberFactory, ConversationFactory, OutboxItemFactory
from tests.sending import PDF
from whatsapp.domain.content import MediaKind
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.models import Conversation, Message
from whatsapp.services import delivery, messages


def failure(kind: FailureClass, code: int | None = None) -> Failure:
    return Failure(failure_class=kind, code=code, title=kind.value)


def waiting(count: int = 1, **fields: object) -> list[Message]:
    """Messages to as many people, in one number's queue."""
    return [OutboxItemFactory(**fields).message for _ in range(count)]


def run() -> None:
    delivery.send_due(number_id=BusinessNumberFactory().pk)


def invoice(*, conversation: Conversation | None = None, **more: object) -> Message:
    return messages.send_media(
        kind=MediaKind.DOCUMENT,
        file=ContentFile(PDF, name="factura.pdf"),
        conversation_id=(conversation or ConversationFactory()).pk,
        **more,
    )
