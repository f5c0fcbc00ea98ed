"""How texts are searched: without diacritics, by Romanian stems, in blocks of ids.

The bodies of the functions are parsed now, not when they run, so that they mean the same under any
search path: a dump restores its indexes under an empty one.
"""

from django.db import migrations

_EXTENSIONS = (
    "CREATE EXTENSION IF NOT EXISTS unaccent",
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
)
_CONFIGURATIONS = """
    CREATE TEXT SEARCH CONFIGURATION whatsapp (COPY = simple);
    ALTER TEXT SEARCH CONFIGURATION whatsapp
        ALTER MAPPING FOR asciiword, word WITH unaccent, romanian_stem;
    ALTER TEXT SEARCH CONFIGURATION whatsapp ALTER MAPPING FOR numword WITH unaccent, simple;
    CREATE TEXT SEARCH CONFIGURATION whatsapp_plain (COPY = simple);
    ALTER TEXT SEARCH CONFIGURATION whatsapp_plain
        ALTER MAPPING FOR asciiword, word, numword WITH unaccent, simple;
"""
_NO_CONFIGURATIONS = """
    DROP TEXT SEARCH CONFIGURATION whatsapp;
    DROP TEXT SEARCH CONFIGURATION whatsapp_plain;
"""
# Signs go, so that C-2026-00012, a.b and an address are words as people look for them; 8,000
# letters are searched, since PostgreSQL refuses a row with more words than a tsvector holds.
# The blocks are of 2,048 and of 131,072 ids; no text has a word that begins with ~.
_WORDS = """
    CREATE FUNCTION whatsapp_words(id bigint, body text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_tsvector('whatsapp'::regconfig, replace(replace(replace(replace(replace(
            left(body, 8000), '-', ' '), '.', ' '), '/', ' '), '+', ' '), '<', ' '))
        || array_to_tsvector(ARRAY['~' || (id >> 11), '~~' || (id >> 17)])
"""
_FOLD = """
    CREATE FUNCTION whatsapp_fold(body text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN lower(unaccent('unaccent'::regdictionary, body))
"""
_PERSON = """
    CREATE FUNCTION whatsapp_person(name text, username text, phone text, wa_id text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN lower(unaccent('unaccent'::regdictionary, ' ' || coalesce(name, '') || ' '
        || coalesce(username, '') || ' ' || coalesce(phone, '') || ' ' || coalesce(wa_id, '')))
"""


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0020_stats")]

    operations = [
        # left on the way back: others may use them
        *(migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in _EXTENSIONS),
        migrations.RunSQL(_CONFIGURATIONS, _NO_CONFIGURATIONS),
        migrations.RunSQL(_WORDS, "DROP FUNCTION whatsapp_words"),
        migrations.RunSQL(_FOLD, "DROP FUNCTION whatsapp_fold"),
        migrations.RunSQL(_PERSON, "DROP FUNCTION whatsapp_person"),
    ]
