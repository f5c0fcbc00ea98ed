"""Which customers a gradual roll-out reaches."""

from __future__ import annotations

from hashlib import sha256


def in_rollout(*, customer_id: int, percent: int) -> bool:
    """Tell whether this customer is among the first ``percent`` of a hundred.

    Stable over time and processes; a higher percentage keeps everybody it had.
    """
    place = int.from_bytes(sha256(str(customer_id).encode()).digest()[:8], "big") % 100
    return place < percent
