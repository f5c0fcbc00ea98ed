"""Old messages find their people and conversations."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import DatabaseError

from tests.migrations.databases import Database
from tests.migrations.old_rows import UNREADABLE
from whatsapp.domain import phone
from whatsapp.migrations.operations.threads import thread_old_messages

OLD = (
    "INSERT INTO whatsapp_messages (phone_number, direction, message_type, message_text, "
    "customer_id, created_at) SELECT '07210000' || to_char(i % 7, 'FM00'), "
    "(ARRAY['SENT', 'RECEIVED'])[1 + i % 2], 'TEXT', 'mesaj ' || i, CASE WHEN i < 8 THEN 1 END, "
    "timestamptz '2025-01-01 00:00+00' + i * interval '1 hour' FROM generate_series(1, 100) i"
)
LINKED = "SELECT count(*) FROM whatsapp_messages WHERE conversation_id IS NOT NULL"
STOP = "ALTER TABLE whatsapp_messages ADD CONSTRAINT stop CHECK (id < 55 OR number_id IS NULL)"
THREADS = (
    "SELECT k.phone, k.customer_id, c.status, c.message_count, c.unread_count, c.last_message_at, "
    "c.last_message_preview, c.last_message_direction, c.last_inbound_at, c.resolved_at, "
    "c.created_at >= '2025-01-01' AND c.created_at < c.last_message_at AS began_before "
    "FROM whatsapp_conversations c JOIN whatsapp_contacts k ON k.id = c.contact_id ORDER BY 1"
)


class TestOfTenThousand:
    def test_one_contact_for_each_phone_whatever_its_spelling(self, adopted: Database):
        spelled = adopted.values("SELECT DISTINCT phone_number FROM old_rows")
        readable = {phone.normalize(raw) for raw in spelled if raw and raw not in UNREADABLE}

        contacts = adopted.values("SELECT phone FROM whatsapp_contacts")

        assert len(contacts) == 400
        assert set(contacts) == readable

    def test_a_phone_nobody_can_read_keeps_its_text_and_stays_alone(self, adopted: Database):
        alone = adopted.rows(
            "SELECT phone_number, contact_id, number_id FROM whatsapp_messages "
            "WHERE conversation_id IS NULL"
        )

        assert {row["phone_number"] for row in alone} == {*UNREADABLE, None}
        assert all(row["contact_id"] is row["number_id"] is None for row in alone)
        assert len(alone) == adopted.value(
            "SELECT count(*) FROM old_rows WHERE phone_number = '' OR phone_number = ANY(%(bad)s)",
            bad=[*UNREADABLE],
        )

    def test_counters_say_what_the_rows_say(self, adopted: Database):
        kept = adopted.rows(
            "SELECT id, message_count, last_message_at, last_inbound_at, status, unread_count "
            "FROM whatsapp_conversations ORDER BY id"
        )

        counted = adopted.rows(
            "SELECT conversation_id AS id, count(*) AS message_count, "
            "max(created_at) AS last_message_at, "
            "max(created_at) FILTER (WHERE direction = 'RECEIVED') AS last_inbound_at, "
            "'RESOLVED' AS status, 0 AS unread_count FROM whatsapp_messages "
            "WHERE conversation_id IS NOT NULL GROUP BY 1 ORDER BY 1"
        )

        assert kept == counted
        assert len(kept) == 400

    def test_the_preview_is_of_the_newest_message(self, adopted: Database):
        previews = set(adopted.values("SELECT last_message_preview FROM whatsapp_conversations"))

        assert previews <= {
            "Bună ziua, comanda e gata",
            "două rânduri",
            "👋🏽 שלום",
            "ș" * 159 + "…",
            *(
                f"[{kind}]"
                for kind in ["text", "template", "image", "document", "audio", "video", "location"]
            ),
        }
        assert len(previews) > 5

    def test_one_number_stands_for_the_shops_and_cannot_send(self, adopted: Database):
        assert adopted.rows(
            "SELECT phone_number_id, is_active, is_default FROM whatsapp_business_numbers"
        ) == [{"phone_number_id": "adopted", "is_active": False, "is_default": False}]


def test_an_empty_table_makes_no_number_and_no_thread(empty: Database):
    assert empty.value("SELECT count(*) FROM whatsapp_business_numbers") == 0
    assert empty.value("SELECT count(*) FROM whatsapp_conversations") == 0


@pytest.fixture
def ours(empty: Database):
    """An empty migrated database, and empty again afterwards."""
    yield empty
    empty.run(
        "TRUNCATE whatsapp_messages, whatsapp_conversations, whatsapp_contacts, "
        "whatsapp_business_numbers RESTART IDENTITY CASCADE"
    )


def test_threading_that_stopped_half_way_goes_on_where_it_was(ours: Database):
    ours.run(OLD)
    thread_old_messages(apps=apps, using=ours.name, batch=10)
    whole = ours.rows(THREADS)
    ours.run(
        "TRUNCATE whatsapp_messages, whatsapp_conversations, whatsapp_contacts "
        "RESTART IDENTITY CASCADE"
    )
    ours.run(OLD)
    ours.run(STOP)

    with pytest.raises(DatabaseError, match="stop"):
        thread_old_messages(apps=apps, using=ours.name, batch=10)
    half = ours.value(LINKED)
    ours.run("ALTER TABLE whatsapp_messages DROP CONSTRAINT stop")
    thread_old_messages(apps=apps, using=ours.name, batch=10)

    assert half == 50
    assert ours.rows(THREADS) == whole
    assert len(whole) == 7
    assert sum(row["message_count"] for row in whole) == 100


def test_a_migration_that_was_stopped_is_taken_up_by_the_next_migrate(fresh: Database):
    fresh.migrate("whatsapp", "0002")
    fresh.run(OLD.replace("100) i", "7000) i"))
    fresh.run(STOP.replace("55", "5500"))

    with pytest.raises(DatabaseError, match="stop"):
        fresh.migrate()
    half = fresh.value(LINKED)
    fresh.run("ALTER TABLE whatsapp_messages DROP CONSTRAINT stop")
    fresh.migrate()

    assert half == 5_000
    assert fresh.value(LINKED) == 7_000
    assert fresh.value("SELECT sum(message_count) FROM whatsapp_conversations") == 7_000


def test_threading_again_changes_nothing(ours: Database):
    ours.run(OLD)
    thread_old_messages(apps=apps, using=ours.name)
    before = ours.rows(THREADS), ours.rows("SELECT * FROM whatsapp_messages ORDER BY id")

    thread_old_messages(apps=apps, using=ours.name)

    assert before == (ours.rows(THREADS), ours.rows("SELECT * FROM whatsapp_messages ORDER BY id"))


def test_old_messages_join_the_default_number_if_there_is_one(ours: Database):
    ours.run(
        "INSERT INTO whatsapp_business_numbers (phone_number_id, is_default) "
        "VALUES ('111', false), ('222', true)"
    )
    ours.run(OLD)

    thread_old_messages(apps=apps, using=ours.name)

    assert ours.values(
        "SELECT DISTINCT n.phone_number_id FROM whatsapp_messages m "
        "JOIN whatsapp_business_numbers n ON n.id = m.number_id"
    ) == ["222"]
    assert ours.value("SELECT count(*) FROM whatsapp_business_numbers") == 2


def test_a_contact_is_the_customer_of_its_newest_message_that_has_one(ours: Database):
    for customer in ("1", "2", "NULL"):
        ours.run(
            "INSERT INTO whatsapp_messages (phone_number, direction, message_type, message_text, "
            f"customer_id) VALUES ('0721 000 001', 'SENT', 'TEXT', '', {customer})"
        )

    thread_old_messages(apps=apps, using=ours.name, batch=2)

    assert ours.values("SELECT customer_id FROM whatsapp_contacts") == [2]
