"""What the ERP announces about orders, inside the transaction that makes it true.

``send(sender=Order, order_ids=[1, 2], occurrence="")``: one signal for a whole import. A receiver
that raises undoes the move: an order and what follows from it commit together or not at all.
"""

from django.dispatch import Signal

order_confirmed = Signal()
order_shipped = Signal()
order_delivered = Signal()
order_cancelled = Signal()
