"""Who speaks in a thread, as SQL: a customer who asks, a person of the shop who answers.

Reactions and deletions ask nothing. Notices and automatic replies (no user) are no answers; what
was written in the phone app is one.
"""

from __future__ import annotations

from whatsapp.models.message import PHONE_APP, SILENT, MessageType

_QUIET = ", ".join(f"'{kind}'" for kind in SILENT)


def asks(*, row: str) -> str:
    """Whether a row is a customer's word that wants an answer."""
    return f"({row}.direction = 'RECEIVED' AND {row}.message_type NOT IN ({_QUIET}))"


def answers(*, row: str) -> str:
    """Whether a row is a person's answer."""
    on_phone = f"{row}.content ->> 'origin' = '{PHONE_APP}'"
    return (
        f"({row}.direction = 'SENT' AND ({row}.user_id IS NOT NULL"
        f" OR ({on_phone} AND {row}.message_type <> '{MessageType.REVOKE.value}')))"
    )


def hour(*, moment: str) -> str:
    """The hour in UTC in which a moment lies, whatever the session's zone."""
    return f"date_bin('1 hour', {moment}, '2000-01-01 00:00+00')"
