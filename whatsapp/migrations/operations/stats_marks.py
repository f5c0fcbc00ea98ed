"""Triggers that mark the hours whose messages change: once per statement, never per row.

By construction every road writes them, the ERP's own SQL too. They only add rows without a key,
so nobody waits for anybody. A question or an answer that comes, goes or moves says where.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

_Sql = str | tuple[str, dict[str, Any] | list[Any] | tuple[Any, ...] | None]  # as RunSQL has it

_HOUR = "date_bin('1 hour', {row}.created_at, '2000-01-01 00:00+00')"
_SPEAKS = (
    "({row}.direction = 'RECEIVED' OR {row}.user_id IS NOT NULL"
    " OR {row}.content ->> 'origin' = 'phone_app')"
)
_PLACE = f"{_HOUR}, {{row}}.conversation_id, {{row}}.happened_at"

# of the row: what makes it a question or an answer, and when
_TURN = (
    "({row}.conversation_id, {row}.happened_at, {row}.created_at, {row}.direction, {row}.user_id,"
    " {row}.message_type)"
)

_OF_ALL = f"SELECT DISTINCT {_HOUR}, NULL::bigint, NULL::timestamptz FROM {{row}}"
_OF_SPEECH = f"SELECT {_PLACE} FROM {{row}} WHERE {_SPEAKS}"
_PLACES = ", ".join(f"({_PLACE}, {_SPEAKS})".format(row=row) for row in ("old_rows", "new_rows"))
_OF_MOVED = f"""SELECT place.hour, place.thread, place.at FROM old_rows JOIN new_rows USING (id)
    CROSS JOIN LATERAL (VALUES {_PLACES}) AS place (hour, thread, at, speaks)
    WHERE {_TURN.format(row="old_rows")} IS DISTINCT FROM {_TURN.format(row="new_rows")}
    AND (place.speaks OR old_rows.created_at <> new_rows.created_at)"""

_MARK = """
CREATE FUNCTION whatsapp_mark_{name}() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $mark$  -- a restore of data alone has none
BEGIN
    INSERT INTO whatsapp_stats_marks (hour, conversation_id, happened_at)
    {marks};
    RETURN NULL;
END
$mark$;
CREATE TRIGGER whatsapp_mark_{name} AFTER {event} ON whatsapp_messages
REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION whatsapp_mark_{name}();
"""
_UNMARK = """
DROP TRIGGER whatsapp_mark_{name} ON whatsapp_messages;
DROP FUNCTION whatsapp_mark_{name}();
"""
_EVERY_HOUR = f"""
INSERT INTO whatsapp_stats_marks (hour)
SELECT DISTINCT {_HOUR.format(row="messages")} FROM whatsapp_messages AS messages
"""


def _marks(*selections: str, row: str) -> str:
    return "\n    UNION ALL ".join(each.format(row=row) for each in selections)


_TRIGGERS = (
    ("insert", "INSERT", "NEW TABLE AS new_rows", _marks(_OF_ALL, _OF_SPEECH, row="new_rows")),
    ("delete", "DELETE", "OLD TABLE AS old_rows", _marks(_OF_ALL, _OF_SPEECH, row="old_rows")),
    (
        "update",
        "UPDATE",
        "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        f"{_OF_ALL.format(row='new_rows')}\n    UNION ALL {_OF_MOVED}",
    ),
)


def mark_changes() -> migrations.RunSQL:
    """Make the triggers, and mark every hour that there is."""
    make: list[_Sql] = [
        _MARK.format(name=name, event=event, tables=tables, marks=marks)
        for name, event, tables, marks in _TRIGGERS
    ]
    drop: list[_Sql] = [_UNMARK.format(name=name) for name, *_ in _TRIGGERS]
    return migrations.RunSQL([*make, _EVERY_HOUR], drop)
