"""Which changes somebody is told of: those of what they see, and that they see it no more.

Where colleagues' conversations are hidden, a screen that shows one must hear when it is handed to
somebody else: what happens in it from then on is told to others. So each handing over is logged
with whose it was and whose it is, and says the same however late it is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from whatsapp.models.change import ChangeKind
from whatsapp.services.shared import change_log, visibility
from whatsapp.services.shared.change_log import Event


def note_handing(*, conversation_id: int, was_with: int | None, is_with: int | None) -> None:
    """Log that a conversation was one user's and is another's; None is nobody.

    In the transaction that hands it over. What comes to nobody is hidden from nobody.
    """
    if is_with not in (None, was_with) and visibility.limits_anybody():
        change_log.note_handing(conversation_id=conversation_id, was_with=was_with, is_with=is_with)


def seen_by(*, events: Sequence[Event], user_id: int | None) -> list[Event]:
    """Leave out what happened in conversations that the user may not see.

    That one is hidden from now on is told to who saw it until then, and to nobody else.
    """
    if not visibility.is_limited_id(user_id=user_id):
        return [event for event in events if not _is_handing(event)]
    named = {item.conversation or 0 for event in events for item in event.items}
    seen = visibility.visible_ids(user_id=user_id, conversation_ids=named)
    kept = []
    for event in events:
        if _is_handing(event):
            if event.was_with in (None, user_id) and event.is_with != user_id:
                kept.append(event)
        elif items := tuple(item for item in event.items if item.conversation in seen):
            kept.append(replace(event, items=items))
    return kept


def _is_handing(event: Event) -> bool:
    return event.kind == ChangeKind.CONVERSATION_HIDDEN.value
