"""What every test may use."""

from __future__ import annotations

import pytest
from django.core.cache import cache

pytest_plugins = ["tests.plugins.simulator"]


@pytest.fixture(autouse=True)
def _fresh_cache(request: pytest.FixtureRequest) -> None:
    """A cached value of one test is no fact in the next."""
    if "django_db_setup" in request.fixturenames or request.node.get_closest_marker("django_db"):
        cache.clear()
