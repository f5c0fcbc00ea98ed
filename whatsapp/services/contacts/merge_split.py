"""Conversations of two contacts that were one go back to how a merge found them.

What was written after the merge stays with the contact that stayed, in a conversation of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from whatsapp.models import Conversation, ConversationNote, Message
from whatsapp.models.message import MessageQuerySet
from whatsapp.services.contacts import merge_threads
from whatsapp.services.contacts.merge_records import columns, from_json, write
from whatsapp.services.contacts.merge_threads import ARCHIVED, STATE
from whatsapp.services.shared.event_sight import note_handing

Entry = dict[str, Any]


def split(
    locked: Iterable[Conversation], *, survivor_id: int, absorbed_id: int, record: list[Entry]
) -> None:
    """Undo ``merge_threads.join``, of which ``record`` tells; all conversations are locked."""
    rows = {row.pk: row for row in locked}
    theirs = [pk for entry in record for pk in entry["messages"]]
    touched = Message.objects.filter(Q(pk__in=theirs) | Q(conversation__in=rows))
    list(touched.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    for entry in record:
        if entry["id"] in rows and entry["contact"] == absorbed_id:
            other = _other_side(entry, record)
            _Parting(
                entry=entry,
                other=other,
                back=rows[entry["id"]],
                home=rows[other["id"]] if other else None,
                holding=rows[entry["kept"] or entry["id"]],
                survivor_id=survivor_id,
                absorbed_id=absorbed_id,
            ).run()
    merge_threads.give(message_ids=theirs, contact_id=absorbed_id)


def _other_side(entry: Entry, record: list[Entry]) -> Entry | None:
    """The survivor's conversation with which this one was made one, if any."""
    for one in record:
        if one["id"] and (one["id"] == entry["kept"] or one["kept"] == entry["id"]):
            return one
    return None


@dataclass(kw_only=True, slots=True)
class _Parting:
    """One conversation goes ``back``; ``home`` is the survivor's, ``holding`` has it all now."""

    entry: Entry
    other: Entry | None
    back: Conversation
    home: Conversation | None
    holding: Conversation
    survivor_id: int
    absorbed_id: int

    def run(self) -> None:
        now = columns(self.holding, STATE)
        unread = merge_threads.unread(self._messages(theirs=True))
        self._move(theirs=self.holding.pk != self.back.pk)
        was = from_json(Conversation, self.entry["state"])
        was["unread_count"] = min(was["unread_count"], unread)
        self._write(self.back, {**was, "contact_id": self.absorbed_id})
        if self.home is not None:
            now["unread_count"] = max(0, now["unread_count"] - unread)
            state = self._state_of_home(now)
            self._write(self.home, {**state, "contact_id": self.survivor_id})

    def _write(self, row: Conversation, values: dict[str, Any]) -> None:
        whose = values["assigned_to_id"]
        note_handing(conversation_id=row.pk, was_with=row.assigned_to_id, is_with=whose)
        write(row, values)

    def _move(self, *, theirs: bool) -> None:
        """Move theirs back, or leave them where they are and move the survivor's home."""
        messages, notes = self._messages(theirs=theirs), self._notes(theirs=theirs)
        goal = self.back
        if not theirs:
            if self.home is None and (messages.exists() or notes.exists()):
                self.home = Conversation.objects.create(
                    number_id=self.back.number_id,
                    contact_id=self.survivor_id,
                    status=ARCHIVED,
                    assigned_to_id=self.holding.assigned_to_id,  # who saw it there
                )
            if self.home is None:
                return
            goal = self.home
        messages.update(conversation=goal)
        notes.update(conversation=goal)

    def _messages(self, *, theirs: bool) -> MessageQuerySet:
        rows, ids = Message.objects.filter(conversation=self.holding), self.entry["messages"]
        return rows.filter(pk__in=ids) if theirs else rows.exclude(pk__in=ids)

    def _notes(self, *, theirs: bool) -> QuerySet[ConversationNote]:
        rows, ids = ConversationNote.objects.filter(conversation=self.holding), self.entry["notes"]
        return rows.filter(pk__in=ids) if theirs else rows.exclude(pk__in=ids)

    def _state_of_home(self, now: dict[str, Any]) -> dict[str, Any]:
        """As the merge found it; where more was written since, as it has become since."""
        assert self.home is not None
        size = self.home.messages.count()
        state = from_json(Conversation, self.other["state"]) if self.other else now
        if self.other is None or size > state["message_count"]:
            state = {**now, "message_count": size, **merge_threads.last_words(self.home)}
            self.home.waiting_since = now["waiting_since"]
            state |= merge_threads.waiting([self.home])
        else:
            unread = merge_threads.unread(self.home.messages.all())
            state["unread_count"] = min(state["unread_count"], unread)
        rivals = Conversation.objects.live().filter(
            number=self.home.number_id, contact=self.survivor_id
        )
        if rivals.exclude(pk=self.home.pk).exists():
            state["status"] = ARCHIVED
        return state
