"""Prometheus: requests, failures, durations, messages and queues; and the page that says so.

With several web processes set PROMETHEUS_MULTIPROC_DIR to an empty folder they share.
"""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from whatsapp.services import gauges, stats

logger = logging.getLogger(__name__)

REQUESTS = Counter("http_requests", "Requests answered", ["method", "route", "status"])
ERRORS = Counter("http_errors", "Requests answered with 5xx", ["method", "route"])
DURATION = Histogram("http_request_duration_seconds", "Time to answer", ["method", "route"])
KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class MetricsMiddleware:
    """Count and time each request under the route that answered, never under the raw path."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        observe(
            method=str(request.method),
            route=match.route if match else "unmatched",
            status=response.status_code,
            seconds=[time.perf_counter() - started],
        )
        return response


def observe(*, method: str, route: str, status: int, seconds: Sequence[float]) -> None:
    """Count and time answers; ``route`` is a pattern of the URL conf, or "unmatched"."""
    # All labels come from closed lists: a scanner must not grow the registry.
    method = method if method in KNOWN_METHODS else "other"
    REQUESTS.labels(method, route, str(status)).inc(len(seconds))
    duration = DURATION.labels(method, route)
    for each in seconds:
        duration.observe(each)
    if status >= 500:
        ERRORS.labels(method, route).inc(len(seconds))


class RowsCollector(Collector):
    """Count rows at the scrape: all processes see the same, and none of them has to add up."""

    def collect(self) -> Iterator[Metric]:
        try:
            counts, found = stats.counters(), gauges.read(now=timezone.now())
        except Error as error:  # a page that says nothing at all would hide why
            logger.warning("messages not counted", extra={"error": type(error).__name__})
            return
        last_day = [({"outcome": outcome}, count) for outcome, count in counts.items()]
        yield _gauge("whatsapp_messages_last_day", "Messages of the last 24 hours", last_day)
        for gauge in found:
            yield _gauge(gauge.name, gauge.help, gauge.samples)


def _gauge(name: str, words: str, samples: Iterable[tuple[Mapping[str, str], float]]) -> Metric:
    family = Metric(name, words, "gauge")
    for labels, value in samples:
        family.add_sample(name, dict(labels), value)
    return family


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Show the numbers to a bearer of METRICS_TOKEN, or to active staff; else 403."""
    if not (_has_token(request) or _is_staff(request)):
        return HttpResponse("Metrics need METRICS_TOKEN or a staff login.\n", status=403)
    rows = CollectorRegistry()
    rows.register(RowsCollector())
    text = generate_latest(_registry()) + generate_latest(rows)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _has_token(request: HttpRequest) -> bool:
    expected = f"Bearer {settings.METRICS_TOKEN}".encode()
    given = request.headers.get("Authorization", "").encode()
    return bool(settings.METRICS_TOKEN) and secrets.compare_digest(given, expected)


def _is_staff(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_staff


def _registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
