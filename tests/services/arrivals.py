"""Files that customers' messages brought."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.utils import timezone

from tests.factories import MessageFactory
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.models import Media

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")
BUSY = Failure(failure_class=FailureClass.AMBIGUOUS, code=131000, title="Something went wrong")


def expected(kind: str = "IMAGE", *, data: bytes | None = None, **fields) -> Media:
    """A file that a customer's message brought, still at Meta."""
    message = MessageFactory(received=True, message_type=kind)
    return Media.objects.create(
        message=message,
        number=message.number,
        media_id="9001",
        mime_type="image/jpeg",
        sha256=hashlib.sha256(data).hexdigest() if data else "",
        next_attempt_at=timezone.now() - timedelta(seconds=1),
        **fields,
    )
