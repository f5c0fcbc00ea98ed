"""What tests of sends share, whatever door they come by."""

from __future__ import annotations

from whatsapp.models import Message, OutboxItem

PDF = b"%PDF-1.7\n" + b"0" * 100
PARAMETERS = {"customer": "Ana", "order_number": "C-2026-00042"}  # of the template of our factory


def nothing_was_written() -> bool:
    return not Message.objects.exists() and not OutboxItem.objects.exists()
