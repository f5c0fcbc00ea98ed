"""The OpenAPI page says what there is, once, and without a warning."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command
from django.urls import URLPattern

from whatsapp.api.urls import urlpatterns


@pytest.fixture(scope="module")
def schema(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("schema") / "schema.yml"
    call_command(
        "spectacular", "--validate", "--fail-on-warn", file=str(path), stderr=io.StringIO()
    )
    return path.read_text()


def test_schema_is_valid_and_names_every_route_once(schema):
    routes = {
        str(pattern.pattern).replace("<int:pk>", "{id}")
        for pattern in urlpatterns
        if isinstance(pattern, URLPattern) and not str(pattern.pattern).endswith("/")
    } - {""}

    described = [
        line.strip()[:-1] for line in schema.splitlines() if line.startswith("  /api/v1/w")
    ]

    assert sorted(described) == sorted(f"/api/v1/whatsapp/{route}" for route in routes)


def test_every_operation_has_a_summary_a_tag_and_the_body_of_its_errors(schema):
    operations = schema.count("operationId: whatsapp_") + schema.count("operationId: stats")

    assert operations > 20
    assert schema.count("'403':") == operations
    assert schema.count("ErrorAnswer'") >= 3 * operations
