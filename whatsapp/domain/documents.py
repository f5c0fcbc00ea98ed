"""The papers of a shop that are sent as files: the port that makes them, and answers to quotes.

The host imports its part from ``whatsapp.ports``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class DocumentKind(StrEnum):
    """What the ERP can make a file of. An invoice is that of an order, by the order's id."""

    ORDER = "order"
    INVOICE = "invoice"
    QUOTE = "quote"
    SUPPLIER_ORDER = "supplier_order"


@dataclass(frozen=True, kw_only=True, slots=True)
class QuoteRecord:
    """A quote of the ERP, binding until ``valid_until`` (None: open-ended).

    ``version`` (at most 64 characters) is another as soon as anything is that its paper shows, so
    that nobody accepts by an old button what they have not seen; '' where the ERP has no such.
    """

    id: int
    number: str
    customer_id: int
    total: Decimal
    currency: str = "RON"
    valid_until: date | None = None
    is_open: bool = True  # may still be sent; not one that was answered, or has run out
    url: str = ""  # the ERP's page of the quote, for agents
    version: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A file that the ERP made; ``title`` says what it is, in its own language.

    ``version`` is that of the quote it shows, read with the very rows that were printed.
    """

    filename: str
    title: str
    content: bytes = field(repr=False)
    version: str = ""


class DocumentMaker(Protocol):
    """The ERP's papers as PDF."""

    def may_see(self, kind: DocumentKind, document_id: int, *, user_id: int) -> bool:
        """Whether the ERP lets this user see what the paper is of; asked beside our permissions."""
        ...

    def make(self, kind: DocumentKind, document_id: int, *, language: str) -> Document | None:
        """Make the paper of an order, its invoice, a quote or an order to a supplier.

        In a language of ``domain.formats.LANGUAGES``. None when the ERP has none such; a
        WhatsAppError says in words why it may not be given. Called outside transactions of ours.
        """
        ...


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
