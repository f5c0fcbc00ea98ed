"""kill -9 of the door's worker and of PostgreSQL under load; the bench has twenty rounds of it."""

from __future__ import annotations

import os

import pytest
from django.conf import settings

from bench import ingest_kill

pytestmark = [pytest.mark.alone, pytest.mark.timeout(120)]


def test_what_was_answered_200_is_there_after_both_were_killed():
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "cypher_erp.settings",
        "REDIS_URL": settings.CELERY_BROKER_URL,
    }

    toll = ingest_kill.kill(environment=environment, rounds=3)

    assert toll.lost == 0
    assert toll.acknowledged > 3_000
    assert toll.refused > 0  # both were in the way, so the rounds did test something
