"""A text under a key."""

from __future__ import annotations

from whatsapp.models import Conversation, Message
from whatsapp.services import messages


def send(conversation: Conversation, text: str = "Bună ziua!", **envelope) -> Message:
    envelope = {"idempotency_key": "k-1", **envelope}
    return messages.send_text(text=text, conversation_id=conversation.pk, **envelope)
