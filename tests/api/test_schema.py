"""The OpenAPI page says what there is, once, with examples that are true; so does the file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.urls import URLPattern
from jsonschema import Draft202012Validator

from tests.house.pages import ROOT
from whatsapp.api.urls import urlpatterns

FILE = ROOT / "docs" / "openapi.yaml"
JSON = "application/json"
OPEN = {"/api/v1/whatsapp/health", "/api/v1/auth/token", "/api/v1/auth/token/refresh"}


@pytest.fixture(scope="module")
def text(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("schema") / "schema.yml"
    call_command(
        "spectacular", "--validate", "--fail-on-warn", file=str(path), stderr=io.StringIO()
    )
    return path.read_text()


@pytest.fixture(scope="module")
def schema(text) -> dict[str, Any]:
    return yaml.load(text, Loader=yaml.CSafeLoader)


def operations(schema) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_file_in_docs_is_this_schema(text):
    assert FILE.read_text() == text, "The API has changed; run `make schema` and read the diff."


def test_schema_is_of_openapi_3_1_and_has_none_of_its_old_words(schema, text):
    assert schema["openapi"] == "3.1.0"
    assert "nullable: true" not in text


def test_schema_names_every_route_once(schema):
    routes = {
        str(pattern.pattern).replace("<int:pk>", "{id}")
        for pattern in urlpatterns
        if isinstance(pattern, URLPattern) and not str(pattern.pattern).endswith("/")
    } - {""}

    described = [path for path in schema["paths"] if path.startswith("/api/v1/whatsapp/")]

    assert sorted(described) == sorted(f"/api/v1/whatsapp/{route}" for route in routes)


def test_every_operation_has_a_summary_a_tag_and_its_refusals(schema):
    for path, method, operation in operations(schema):
        where = f"{method} {path}"
        assert operation.get("summary"), where
        assert operation["tags"], where
        wanted = set() if path in OPEN else {"401", "403", "404", "406", "429"}
        assert wanted <= operation["responses"].keys(), where
        for status, answer in operation["responses"].items():
            if status >= "400" and path.startswith("/api/v1/whatsapp") and status != "503":
                reference = answer["content"][JSON]["schema"]["$ref"]
                assert reference.endswith("/ErrorAnswer"), where


def test_every_body_has_an_example_that_fits_its_schema(schema):
    count = 0
    for where, content in bodies(schema):
        assert content.get("examples"), (
            f"{where} has no example; see whatsapp/api/example_answers.py"
        )
        rules = Draft202012Validator({**content["schema"], "components": schema["components"]})
        for name, example in content["examples"].items():
            faults = [error.message for error in rules.iter_errors(example["value"])]
            assert faults == [], f"{where}, {name}"
            count += 1
    assert count > 200


def bodies(schema) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, method, operation in operations(schema):
        if JSON in operation.get("requestBody", {}).get("content", {}):
            yield f"{method} {path}", operation["requestBody"]["content"][JSON]
        for status, answer in operation["responses"].items():
            if JSON in answer.get("content", {}):
                yield f"{method} {path} {status}", answer["content"][JSON]


def test_docs_page_needs_no_other_server(client):
    page = client.get("/api/v1/docs")

    assert page.status_code == 200
    addresses = [part.split('"')[0] for part in page.content.decode().split('src="')[1:]]
    assert addresses
    assert all(address.startswith("/") for address in addresses)
    assert "http" not in "".join(
        part.split('"')[0] for part in page.content.decode().split('href="')[1:]
    )
