"""The rows of an adopted table are counted; the module may be taken away and come back."""

from __future__ import annotations

from tests.migrations.databases import Database

HOURS = "SELECT DISTINCT date_trunc('hour', created_at) FROM {table}"
TRIGGERS = "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'whatsapp\\_mark\\_%'"


def test_every_hour_of_the_old_rows_is_marked_to_be_counted(adopted: Database):
    old = set(adopted.values(HOURS.format(table="old_rows")))

    marked = set(adopted.values("SELECT DISTINCT hour FROM whatsapp_stats_marks"))

    assert {hour.isoformat() for hour in marked} == {hour.isoformat() for hour in old}
    assert len(old) > 100


def test_statistics_go_without_a_trace_and_come_back(fresh: Database):
    fresh.migrate()
    assert fresh.value(TRIGGERS) == 3

    fresh.migrate("whatsapp", "0016_change_log")
    assert fresh.value(TRIGGERS) == 0
    fresh.run("UPDATE whatsapp_messages SET message_text = ''")

    fresh.migrate()
    assert fresh.value(TRIGGERS) == 3
