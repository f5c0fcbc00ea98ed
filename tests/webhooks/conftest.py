"""The plain view and the ASGI door, each served once for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cypher_erp import asgi
from tests.webhooks.doors import ServedDoor, serving


@pytest.fixture(scope="session")
def doors(django_db_setup) -> Iterator[dict[str, ServedDoor]]:
    with serving("view", asgi.erp) as view, serving("asgi", asgi.application) as bulk:
        yield {"view": view, "asgi": bulk}


@pytest.fixture(params=["view", "asgi"])
def door(request: pytest.FixtureRequest, doors, transactional_db) -> ServedDoor:
    """Either door: what holds for one holds for the other."""
    return doors[request.param]


@pytest.fixture
def bulk_door(doors, transactional_db) -> ServedDoor:
    """The ASGI door, for what is its own."""
    return doors["asgi"]
