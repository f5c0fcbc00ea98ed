"""Note how long matters took: from the customer's first word to when they were closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from whatsapp.services.shared.speech import asks, hour

_NOTE = f"""
WITH done AS (
    INSERT INTO whatsapp_resolutions (conversation_id, number_id, user_id, began_at, resolved_at)
    SELECT thread.id, thread.number_id, coalesce(thread.assigned_to_id, %(by_id)s), began.at,
        greatest(began.at, coalesce(%(at)s, thread.last_message_at))
    FROM whatsapp_conversations AS thread CROSS JOIN LATERAL (
        SELECT min(asked.happened_at) AS at FROM whatsapp_messages AS asked
        WHERE asked.conversation_id = thread.id AND {asks(row="asked")}
        AND greatest(asked.happened_at, asked.created_at) > coalesce((
            SELECT max(last.resolved_at) FROM whatsapp_resolutions AS last
            WHERE last.conversation_id = thread.id
        ), '-infinity')
    ) AS began
    WHERE thread.id = ANY(%(ids)s) AND began.at IS NOT NULL
    RETURNING resolved_at
)
INSERT INTO whatsapp_stats_marks (hour) SELECT DISTINCT {hour(moment="resolved_at")} FROM done
"""


def note(
    *, conversation_ids: Sequence[int], at: datetime | None = None, by_id: int | None = None
) -> None:
    """Note that these were resolved, in the transaction that did it.

    Without ``at`` the matter ended with the last message: what nobody spoke of any more was
    resolved by it. Where the customer has said nothing since the last time, nothing is noted.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, {"ids": list(conversation_ids), "at": at, "by_id": by_id})
