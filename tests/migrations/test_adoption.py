"""An ERP with ten thousand old messages gets the schema of an empty one, and keeps every row."""

from __future__ import annotations

from tests.migrations.databases import Database
from tests.migrations.old_rows import as_adopted
from tests.migrations.schema import schema_of

SEED_COLUMNS = (
    "id, customer_id, user_id, phone_number, direction, message_type, message_text, order_id, "
    "quote_id, external_message_id, delivery_status, read_at, created_at"
)


def test_every_value_of_every_row_is_kept(adopted: Database):
    old = adopted.rows("SELECT * FROM old_rows ORDER BY id")

    rows = adopted.rows(f"SELECT {SEED_COLUMNS} FROM whatsapp_messages ORDER BY id")

    assert len(old) == 9_990
    assert rows == as_adopted(old)


def test_the_schema_is_that_of_an_empty_database_names_included(adopted: Database, empty: Database):
    schema = schema_of(adopted)

    assert schema == schema_of(empty)
    assert len(schema["columns"]) > 150
    assert schema["types"] == []


def test_pages_of_messages_leave_room_for_statuses(empty: Database):
    options = {row["relname"]: row["reloptions"] for row in schema_of(empty)["relations"]}

    assert options["whatsapp_messages"] == ["fillfactor=70"]
    assert options["whatsapp_outbox"] == ["fillfactor=70"]
    assert options["whatsapp_conversations"] == ["fillfactor=80"]


def test_ids_go_on_after_the_highest_ever_given(adopted: Database, empty: Database):
    insert = (
        "INSERT INTO whatsapp_messages (direction, message_type, message_text) "
        "VALUES ('SENT', 'TEXT', '') RETURNING id"
    )

    taken, first = adopted.value(insert), empty.value(insert)
    for made, row in ((adopted, taken), (empty, first)):
        made.run("DELETE FROM whatsapp_messages WHERE id = %(id)s", id=row)

    assert adopted.value("SELECT max(id) FROM old_rows") == 9_999
    assert taken == 10_001  # 10,000 was deleted before
    assert first == 1


def test_a_repeated_wamid_stays_on_the_newest_and_is_noted_on_the_others(adopted: Database):
    repeated = adopted.rows(
        "SELECT external_message_id AS wamid, max(id) AS newest, count(*) AS rows FROM old_rows "
        "WHERE external_message_id <> '' GROUP BY 1 HAVING count(*) > 1"
    )

    holders = adopted.rows(
        "SELECT external_message_id AS wamid, id FROM whatsapp_messages "
        "WHERE external_message_id LIKE 'wamid.twice.%'"
    )
    notes = adopted.rows(
        "SELECT content->'adopted'->>'external_message_id' AS wamid, "
        "(content->'adopted'->>'kept_by')::bigint AS newest, count(*) + 1 AS rows "
        "FROM whatsapp_messages WHERE content IS NOT NULL GROUP BY 1, 2"
    )

    assert {(row["wamid"], row["newest"]) for row in repeated} <= {
        (row["wamid"], row["id"]) for row in holders
    }
    assert sorted(notes, key=str) == sorted(repeated, key=str)


def test_each_row_has_a_uuid_of_its_own_and_happened_when_it_was_written(adopted: Database):
    assert adopted.value("SELECT count(DISTINCT uuid) FROM whatsapp_messages") == 9_990
    assert adopted.value(
        "SELECT count(*) FROM whatsapp_messages WHERE happened_at = created_at"
    ) == (9_990)


def test_nothing_adopted_waits_to_be_sent(adopted: Database):
    pending = "SELECT count(*) FROM whatsapp_messages WHERE delivery_status = 'PENDING'"

    assert adopted.value(pending) > 1_000
    assert adopted.value("SELECT count(*) FROM whatsapp_outbox") == 0


def test_keys_to_the_erp_are_kept_and_enforced(adopted: Database):
    keys = adopted.rows(
        "SELECT confrelid::regclass::text AS target, convalidated FROM pg_constraint "
        "WHERE conrelid = 'whatsapp_messages'::regclass AND contype = 'f'"
    )

    assert {row["target"] for row in keys} >= {"customers", "users", "orders", "quotes"}
    assert all(row["convalidated"] for row in keys)


def test_what_the_erp_reads_by_its_old_columns_is_still_there(adopted: Database):
    found = adopted.value(
        "SELECT count(*) FROM whatsapp_messages WHERE customer_id = 1 AND direction = 'RECEIVED'"
    )

    assert found == adopted.value(
        "SELECT count(*) FROM old_rows WHERE customer_id = 1 AND direction = 'RECEIVED'"
    )
    assert found > 0
