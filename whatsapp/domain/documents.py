"""The papers of a shop that are sent as files, and what a customer may answer to a quote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class DocumentKind(StrEnum):
    """What the ERP can make a file of. An invoice is that of an order, by the order's id."""

    ORDER = "order"
    INVOICE = "invoice"
    QUOTE = "quote"
    SUPPLIER_ORDER = "supplier_order"


class QuoteAnswerKind(StrEnum):
    """What the buttons under a quote say."""

    ACCEPTED = "accepted"
    QUESTION = "question"


_REPLY = re.compile(r"quote:(?P<token>[0-9a-f]{32}):(?P<answer>accepted|question)")


@dataclass(frozen=True, kw_only=True, slots=True)
class QuoteReply:
    """What comes back of a button: which message it stood under, and what it says.

    ``token`` is known to nobody but whoever got that message.
    """

    token: UUID
    answer: QuoteAnswerKind


def reply_id(reply: QuoteReply) -> str:
    """Write it as a button carries it; it fits the payload of a template's quick reply (128)."""
    return f"quote:{reply.token.hex}:{reply.answer.value}"


def read_reply(tapped: str) -> QuoteReply | None:
    """Read what a tapped button carried; None for a button of another kind."""
    found = _REPLY.fullmatch(tapped)
    if found is None:
        return None
    return QuoteReply(token=UUID(found["token"]), answer=QuoteAnswerKind(found["answer"]))
