"""What happens to quotes: sent, then accepted."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from cypher_erp.quotes.errors import QuoteMoveError
from cypher_erp.quotes.models import Quote, QuoteLine, QuoteStatus


def is_open(quote: Quote) -> bool:
    """Whether the customer may still get it, and accept it: not answered, and not run out."""
    return quote.status in {QuoteStatus.DRAFT, QuoteStatus.SENT} and not has_run_out(quote)


def has_run_out(quote: Quote) -> bool:
    """Whether its last day is over, by the shop's calendar."""
    last = quote.valid_until_date
    return last is not None and last < timezone.localdate()


def mark_sent(*, quote_id: int) -> None:
    """Record that the customer has it: a draft becomes SENT, any other stays as it is."""
    drafts = Quote.objects.filter(pk=quote_id, status=QuoteStatus.DRAFT)
    drafts.update(status=QuoteStatus.SENT, updated_at=timezone.now())


def version_of(quote: Quote) -> str:
    """Name what the paper of a quote shows: another word as soon as anything of it is another.

    Not the time of the last change, which sending and moving a quote change, too.
    """
    lines = [
        [line.code, line.name, line.unit, *map(_plain, _figures(line))]
        for line in quote.lines.all()
    ]
    totals = map(_plain, (quote.net_total, quote.vat_total, quote.total))
    shown = [quote.customer_id, str(quote.valid_until_date), quote.notes, *totals, lines]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


def _figures(line: QuoteLine) -> tuple[Decimal, Decimal, Decimal]:
    return line.quantity, line.unit_price, line.vat_rate


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def accept(*, quote_id: int, version: str = "") -> Quote:
    """Let the customer accept a quote that was sent; QuoteMoveError says why it may not be.

    ``version`` is that of the paper they saw, if it is known. One that was accepted before stays
    accepted.
    """
    with transaction.atomic():
        quote = Quote.objects.select_for_update().get(pk=quote_id)
        if quote.status == QuoteStatus.ACCEPTED:
            return quote
        has_changed = bool(version) and version != version_of(quote)
        if quote.status != QuoteStatus.SENT or has_run_out(quote) or has_changed:
            raise QuoteMoveError(
                number=quote.number,
                status=quote.status,
                has_run_out=has_run_out(quote),
                has_changed=has_changed,
            )
        quote.status = QuoteStatus.ACCEPTED
        quote.save(update_fields=["status", "updated_at"])
        return quote


def add_up(*, quote_id: int) -> None:
    """Set a quote's totals from its lines."""
    with transaction.atomic():
        quote = Quote.objects.select_for_update().get(pk=quote_id)
        quote.add_up(quote.lines.all())
        quote.save(update_fields=["net_total", "vat_total", "total", "updated_at"])
