"""What happens to quotes."""

from __future__ import annotations

from django.db import transaction

from cypher_erp.quotes.models import Quote


def add_up(*, quote_id: int) -> None:
    """Set a quote's totals from its lines."""
    with transaction.atomic():
        quote = Quote.objects.select_for_update().get(pk=quote_id)
        quote.add_up(quote.lines.all())
        quote.save(update_fields=["net_total", "vat_total", "total", "updated_at"])
