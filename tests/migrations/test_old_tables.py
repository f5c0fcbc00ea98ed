"""Old tables as other shops may have them: adopted too, or refused in words and left alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management.base import CommandError
from django.db import connections
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.executor import MigrationExecutor

from tests.migrations.databases import SEED_TABLE, Database, database
from tests.migrations.schema import schema_of
from whatsapp.migrations.operations.adoption_checks import AdoptionRefusedError

ROW = (
    "INSERT INTO whatsapp_messages (phone_number, direction, message_type, message_text) "
    "VALUES ('0721000001', {direction}, 'TEXT', 'Bună')"
)


@pytest.fixture(scope="module")
def shop(host: str, _unblocked: None) -> Iterator[Database]:
    """One database for the whole module; each test has its own old table in it."""
    with database("shop", template=host) as made:
        yield made


@pytest.fixture
def old(shop: Database) -> Iterator[Database]:
    """An ERP with the seed's table, empty."""
    shop.run(SEED_TABLE)
    yield shop
    shop.run("DROP SCHEMA IF EXISTS extra CASCADE")
    shop.run("DROP TABLE whatsapp_messages CASCADE")
    for enum in shop.values("SELECT typname FROM pg_type WHERE typname LIKE 'whatsapp%'"):
        shop.run(f"DROP TYPE IF EXISTS {enum} CASCADE")
    shop.run("DELETE FROM django_migrations WHERE app = 'whatsapp'")


def adopt(made: Database) -> None:
    MigrationExecutor(connections[made.name]).migrate([("whatsapp", "0001_initial")])


def relabelled(*labels: str) -> str:
    """The seed's table with other labels in its enum of directions."""
    listed = ", ".join(f"'{label}'" for label in labels)
    return (
        f"CREATE TYPE labels AS ENUM ({listed}); ALTER TABLE whatsapp_messages ALTER direction "
        "TYPE labels USING NULL; DROP TYPE whatsapp_direction; "
        "ALTER TYPE labels RENAME TO whatsapp_direction"
    )


@pytest.mark.parametrize(
    "labels", [("sent", "received"), ("outbound", "inbound"), ("OUTGOING", "Incoming")]
)
def test_directions_in_other_words_are_understood(old: Database, labels: tuple[str, str]):
    old.run(relabelled(*labels))
    for label in labels:
        old.run(ROW.format(direction=f"'{label}'"))

    adopt(old)

    assert old.values("SELECT direction FROM whatsapp_messages ORDER BY id") == ["SENT", "RECEIVED"]


def test_a_direction_nobody_can_map_is_refused_by_its_label(old: Database):
    old.run(relabelled("SENT", "RECEIVED", "system", "never used"))
    old.run(ROW.format(direction="'SENT'"))
    old.run(ROW.format(direction="'system'"))
    before = schema_of(old), old.rows("SELECT * FROM whatsapp_messages")

    with pytest.raises(
        AdoptionRefusedError, match=r"rows with the direction 'system', .*: 1"
    ) as refused:
        adopt(old)

    assert "never used" not in str(refused.value)
    assert before == (schema_of(old), old.rows("SELECT * FROM whatsapp_messages"))
    assert old.value("SELECT count(*) FROM django_migrations WHERE app = 'whatsapp'") == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("ALTER TABLE whatsapp_messages DROP quote_id", "the column quote_id is missing"),
        (
            "CREATE VIEW sent AS SELECT id FROM whatsapp_messages WHERE direction = 'SENT'",
            "the view sent reads columns that change their type",
        ),
        (
            "ALTER TABLE whatsapp_messages DROP CONSTRAINT whatsapp_messages_order_id_fkey, "
            "ALTER order_id TYPE text",
            r"order_id is text, not bigint \(the key of orders.Order\)",
        ),
        (
            "ALTER TABLE whatsapp_messages ALTER created_at TYPE timestamp",
            "created_at is timestamp without time zone, not timestamp with time zone",
        ),
        (
            "ALTER TABLE whatsapp_messages DROP CONSTRAINT whatsapp_messages_user_id_fkey, "
            "ADD FOREIGN KEY (user_id) REFERENCES customers(id)",
            "user_id refers to the table customers, but the settings name staff.User",
        ),
        (
            "ALTER TABLE whatsapp_messages DROP CONSTRAINT whatsapp_messages_order_id_fkey; "
            + ROW.format(direction="'SENT'")
            + "; UPDATE whatsapp_messages SET order_id = 404",
            "rows whose order_id is not in orders: 1",
        ),
        (
            "ALTER TABLE whatsapp_messages DROP CONSTRAINT whatsapp_messages_pkey",
            "its primary key is not id",
        ),
        (
            "ALTER TABLE whatsapp_messages ADD uuid text",
            "its own column uuid is in the way of ours",
        ),
        (
            "ALTER TABLE whatsapp_messages ADD branch text NOT NULL",
            "its own column branch is NOT NULL without a default",
        ),
        (
            "ALTER TABLE whatsapp_messages ALTER phone_number TYPE text; "
            + ROW.format(direction="'SENT'")
            + "; UPDATE whatsapp_messages SET phone_number = repeat('0', 21)",
            "rows whose phone_number is over 20 characters: 1",
        ),
        (
            "ALTER TABLE whatsapp_messages ALTER message_text DROP NOT NULL; "
            + ROW.format(direction="'SENT'")
            + "; UPDATE whatsapp_messages SET message_text = NULL",
            "rows without message_text: 1",
        ),
    ],
)
def test_what_cannot_be_adopted_is_refused_in_words(old: Database, change: str, words: str):
    old.run(change)
    before = schema_of(old), old.rows("SELECT * FROM whatsapp_messages")

    with pytest.raises(AdoptionRefusedError, match=words):
        adopt(old)

    assert before == (schema_of(old), old.rows("SELECT * FROM whatsapp_messages"))


def test_a_view_by_that_name_is_no_table_to_adopt(fresh: Database):
    fresh.run("CREATE VIEW whatsapp_messages AS SELECT 1 AS id")

    with pytest.raises(AdoptionRefusedError, match="it is no ordinary table"):
        adopt(fresh)


def test_all_that_is_in_the_way_is_named_at_once(old: Database):
    old.run("ALTER TABLE whatsapp_messages DROP quote_id, DROP read_at, ADD uuid uuid")

    with pytest.raises(AdoptionRefusedError) as refused:
        adopt(old)

    assert str(refused.value).count("\n  - ") == 3


def test_keys_and_indexes_by_other_names_become_ours(old: Database, empty_initial: dict):
    old.run(
        'ALTER TABLE whatsapp_messages RENAME CONSTRAINT whatsapp_messages_pkey TO "PK_5f3c";'
        'CREATE INDEX "IDX_91aa" ON whatsapp_messages (phone_number);'
        "ALTER TABLE whatsapp_messages ADD UNIQUE (external_message_id),"
        " ADD CHECK (delivery_status <> 'CANCELLED')"
    )

    adopt(old)

    assert schema_of(old) == empty_initial


def test_an_identity_of_integers_becomes_ours(old: Database, empty_initial: dict):
    old.run(
        "ALTER TABLE whatsapp_messages ALTER id DROP DEFAULT;"
        "DROP SEQUENCE whatsapp_messages_id_seq;"
        "ALTER TABLE whatsapp_messages ALTER id TYPE integer,"
        " ALTER id ADD GENERATED ALWAYS AS IDENTITY, ALTER direction SET DEFAULT 'SENT'"
    )

    adopt(old)

    assert schema_of(old) == empty_initial


@pytest.fixture(scope="module")
def empty_initial(host: str, _unblocked: None) -> dict:
    """What our first migration makes where there was no table."""
    with database("initial", template=host) as made:
        adopt(made)
        return schema_of(made)


def test_a_column_of_the_erp_stays(old: Database):
    old.run("ALTER TABLE whatsapp_messages ADD branch text, ADD seen bool NOT NULL DEFAULT true")
    old.run(ROW.format(direction="'SENT'"))

    adopt(old)

    assert old.rows("SELECT branch, seen FROM whatsapp_messages") == [
        {"branch": None, "seen": True}
    ]


def test_an_enum_that_another_table_uses_stays(old: Database):
    old.run("CREATE SCHEMA extra; CREATE TABLE extra.log (direction whatsapp_direction)")

    adopt(old)

    assert old.values("SELECT typname FROM pg_type WHERE typtype = 'e'") == ["whatsapp_direction"]


def test_rows_are_never_dropped_by_migrating_back(old: Database):
    old.run(ROW.format(direction="'SENT'"))
    adopt(old)

    with pytest.raises(IrreversibleError, match="whatsapp_messages has rows"):
        MigrationExecutor(connections[old.name]).migrate([("whatsapp", None)])

    assert old.value("SELECT count(*) FROM whatsapp_messages") == 1


def test_tables_of_the_old_module_are_put_aside(fresh: Database, empty: Database):
    fresh.run(
        "CREATE TABLE whatsapp_conversations (id serial PRIMARY KEY, phone text UNIQUE);"
        "CREATE INDEX whatsapp_conv_recent ON whatsapp_conversations (phone);"
        "INSERT INTO whatsapp_conversations (phone) VALUES ('0721000001'), ('0721000002')"
    )

    fresh.migrate()

    aside = "whatsapp_conversations_before_django"
    assert fresh.value(f"SELECT count(*) FROM {aside}") == 2
    assert fresh.values(
        "SELECT relname FROM pg_class WHERE relname LIKE '%before_django' ORDER BY 1"
    ) == [
        "whatsapp_conv_recent_before_django",
        "whatsapp_conversations_before_django",
        "whatsapp_conversations_id_seq_before_django",
        "whatsapp_conversations_phone_key_before_django",
        "whatsapp_conversations_pkey_before_django",
    ]
    fresh.run(f"DROP TABLE {aside}")
    assert schema_of(fresh) == schema_of(empty)


def test_what_was_put_aside_before_is_never_overwritten(fresh: Database):
    fresh.run("CREATE TABLE whatsapp_media (id int); CREATE TABLE whatsapp_media_before_django ()")

    with pytest.raises(CommandError, match="whatsapp_media is in the way"):
        fresh.migrate()

    assert fresh.values("SELECT count(*) FROM whatsapp_media") == [0]
    assert fresh.value("SELECT to_regclass('whatsapp_contacts')") is None
