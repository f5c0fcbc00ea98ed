"""Signals in and out. All are sent inside the transaction that makes them true.

In: the ERP announces order events, ``send(sender, order_ids=[1, 2], occurrence="")``: a list, so
that an import of ten thousand orders is one signal. ``occurrence`` tells apart events that may
happen again for one order, such as a second parcel.

Out: each carries ids and is sent only when someone listens; a receiver that fails is recorded and
does not undo our work.
"""

from __future__ import annotations

from django.dispatch import Signal

order_confirmed = Signal()
order_shipped = Signal()
order_delivered = Signal()

message_sent = Signal()  # message_ids
message_delivered = Signal()  # message_ids
message_read = Signal()  # message_ids
message_failed = Signal()  # message_ids
message_received = Signal()  # message_ids
conversation_assigned = Signal()  # conversation_ids
conversation_resolved = Signal()  # conversation_ids
sla_breached = Signal()  # conversation_ids

# kind (``ports.DocumentKind``'s value), document_id, message_id: the message is queued
document_queued = Signal()
# quote_id, answer (accepted, question), message_id, conversation_id, and the version of the quote
# that was answered, if the ERP named one: once for each answer
quote_answered = Signal()
supplier_answered = Signal()  # supplier_order_id, message_id, conversation_id
