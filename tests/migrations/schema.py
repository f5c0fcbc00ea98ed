"""What a database says of our tables, to be compared with what another one says."""

from __future__ import annotations

from typing import Any

from tests.migrations.databases import Database

_OURS = "c.relname LIKE 'whatsapp\\_%' AND c.relnamespace = 'public'::regnamespace"
_QUESTIONS = {
    "relations": f"SELECT relname, relkind, reloptions FROM pg_class c WHERE {_OURS}",
    "columns": f"""
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull,
               a.attidentity, a.attnum, pg_get_expr(d.adbin, d.adrelid) AS default
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE {_OURS} AND c.relkind = 'r' AND NOT a.attisdropped""",
    "indexes": f"""
        SELECT c.relname, pg_get_indexdef(i.indexrelid) AS definition, i.indisvalid
        FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE {_OURS}""",
    "constraints": f"""
        SELECT c.relname, k.conname, pg_get_constraintdef(k.oid) AS definition, k.convalidated
        FROM pg_class c JOIN pg_constraint k ON k.conrelid = c.oid WHERE {_OURS}""",
    "sequences": f"""
        SELECT c.relname, s.seqtypid::regtype::text AS type, s.seqstart, s.seqmax, s.seqcache
        FROM pg_class c JOIN pg_sequence s ON s.seqrelid = c.oid WHERE {_OURS}""",
    "types": "SELECT typname FROM pg_type WHERE typtype = 'e' AND typname LIKE 'whatsapp%'",
}


def schema_of(made: Database) -> dict[str, list[dict[str, Any]]]:
    """Read the catalogue, names included."""
    return {what: sorted(made.rows(sql), key=str) for what, sql in _QUESTIONS.items()}
