"""What every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.utils import translation

from whatsapp import testing
from whatsapp.services.events import thread_commit
from whatsapp.services.shared import shared_cache

pytest_plugins = [
    *("tests.plugins.chromium", "tests.plugins.emptying"),
    *("tests.plugins.migrating", "tests.plugins.simulator", "tests.plugins.spreading"),
]


@dataclass(frozen=True)
class Outside:
    """What the app meets outside, in memory: Meta, the ERP's rows, its staff."""

    meta: testing.RecordingGateway
    customers: testing.InMemoryCustomers
    orders: testing.InMemoryOrders
    staff: testing.RecordingStaffNotifier
    documents: testing.InMemoryDocuments


@pytest.fixture
def outside(settings) -> Outside:
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "GATEWAY": "whatsapp.testing.RecordingGateway",
        "CUSTOMER_DIRECTORY": "whatsapp.testing.InMemoryCustomers",
        "ORDER_BOOK": "whatsapp.testing.InMemoryOrders",
        "STAFF_NOTIFIER": "whatsapp.testing.RecordingStaffNotifier",
        "DOCUMENT_MAKER": "whatsapp.testing.InMemoryDocuments",
    }
    return Outside(
        meta=testing.gateway(),
        customers=testing.customers(),
        orders=testing.orders(),
        staff=testing.staff_notifier(),
        documents=testing.document_maker(),
    )


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """A request leaves its language behind in the thread; each test begins in English."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _fresh_cache(request: pytest.FixtureRequest) -> None:
    """A cached value, or a task nobody took, is no fact in the next test."""
    if request.node.get_closest_marker("django_db"):
        cache.clear()


@pytest.fixture
def dead_cache(settings) -> Iterator[None]:
    """Redis has gone away; for the cache only."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:9"}}
    shared_cache.try_again()
    yield
    shared_cache.try_again()


@pytest.fixture(autouse=True)
def _no_commit_thread() -> Iterator[None]:
    """A connection that stays open would hold the test database when it is dropped."""
    yield
    thread_commit.end()
