"""People as Meta shows them, and as they move."""

from __future__ import annotations

P1, P2, P3 = "40712000001", "40712000002", "40712000003"
