"""``whatsapp_stats``: what has changed is counted, and whole days anew when asked."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.factories import MessageFactory
from whatsapp.models import HourCount, StatsMark
from whatsapp.services.statistics import rollup

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("whatsapp_stats", *arguments, stdout=out)
    return out.getvalue()


def test_what_has_changed_is_counted():
    MessageFactory(created_at=NOON)

    assert run().startswith("1 hours counted; all up to 20")
    assert HourCount.objects.get().n == 1


def test_days_asked_for_are_counted_anew_though_nothing_says_they_changed():
    MessageFactory(created_at=NOON)
    rollup.roll_up(now=NOON)
    HourCount.objects.update(n=7)

    assert run("--since", "2026-11-11", "--until", "2026-11-11").startswith("24 hours")
    assert HourCount.objects.get().n == 7

    assert run("--since", "2026-11-10", "--until", "2026-11-11").startswith("48 hours")
    assert HourCount.objects.get().n == 1
    assert not StatsMark.objects.exists()


@pytest.mark.parametrize("arguments", [("--until", "2026-11-10"), ("--since", "ieri")])
def test_period_of_nonsense_is_refused(arguments):
    with pytest.raises(CommandError):
        run(*arguments)
