"""One wamid once: an old table never promised it."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_KEEP_ON_THE_NEWEST = """
    WITH ranked AS (
        SELECT id, external_message_id AS wamid,
               max(id) OVER (PARTITION BY external_message_id) AS newest
        FROM whatsapp_messages WHERE external_message_id IS NOT NULL
    )
    UPDATE whatsapp_messages m
    SET external_message_id = NULL,
        content = jsonb_build_object('adopted', jsonb_build_object(
            'external_message_id', ranked.wamid, 'kept_by', ranked.newest))
    FROM ranked WHERE ranked.id = m.id AND ranked.id <> ranked.newest
"""


def keep_wamids_on_the_newest(_: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The row with the highest id keeps the wamid; the others note it, and who has it now."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_KEEP_ON_THE_NEWEST)
