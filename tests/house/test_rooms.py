"""The import contracts speak of every room; a new room must be placed knowingly."""

from __future__ import annotations

import ast
import tomllib

from tests.house.pages import ROOT, rows

CONTRACTS = {
    contract["name"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
}
ROOMS = {
    f"whatsapp.{path.stem}"
    for path in (ROOT / "whatsapp").iterdir()
    if path.suffix == ".py" or (path / "__init__.py").exists()
} - {"whatsapp.__init__"}
SERVICES = ROOT / "whatsapp" / "services"
ROOMS_OF_SERVICES = {path.parent.name: path for path in SERVICES.glob("*/__init__.py")}


def test_every_room_has_its_layer():
    contract = CONTRACTS["Rooms of the app"]

    placed = {
        f"whatsapp.{room.strip()}" for layer in contract["layers"] for room in layer.split("|")
    }

    assert placed | {"whatsapp.migrations"} == ROOMS
    assert contract["exhaustive"]


def test_every_room_but_two_is_kept_from_http():
    contract = CONTRACTS["Only the gateway and the simulator speak HTTP"]

    speakers = ROOMS - set(contract["source_modules"])

    assert speakers <= {"whatsapp.gateway", "whatsapp.simulator", "whatsapp.migrations"}


def test_simulator_is_kept_from_every_other_room():
    contract = CONTRACTS["The simulator stands alone"]

    assert ROOMS - set(contract["forbidden_modules"]) == {"whatsapp.simulator"}


def test_the_host_may_use_the_public_face_only():
    contract = CONTRACTS["The ERP uses the public face only"]

    face = {room.removeprefix("whatsapp.") for room in ROOMS - set(contract["forbidden_modules"])}

    assert face == {"services", "ports", "signals", "errors", "testing", "schedules"}


def test_every_room_of_the_services_has_its_layer_and_is_described():
    contract = CONTRACTS["Rooms of the services"]
    page = ROOT / "docs" / "architecture.md"

    placed = {room.strip() for layer in contract["layers"] for room in layer.split("|")}
    described = {
        row["room of the services"].strip("`") for row in rows(page, first="room of the services")
    }

    assert placed == ROOMS_OF_SERVICES.keys()
    assert described == {f"whatsapp/services/{room}/" for room in ROOMS_OF_SERVICES}


def test_every_room_of_the_services_says_what_it_is_for():
    silent = [
        room
        for room, path in ROOMS_OF_SERVICES.items()
        if not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []


def test_the_host_is_kept_out_of_the_rooms_of_the_services():
    forbidden = CONTRACTS["The ERP uses the public face only"]["forbidden_modules"]

    assert {f"whatsapp.services.{room}" for room in ROOMS_OF_SERVICES} <= set(forbidden)


def test_the_face_of_the_services_is_seen_at_a_glance():
    face = [path for path in SERVICES.glob("*.py") if path.name != "__init__.py"]

    assert len(face) <= 25


def test_tests_of_the_services_lie_in_rooms_of_the_same_names():
    folders = {path.parent.name for path in (ROOT / "tests" / "services").glob("*/*.py")}

    assert folders <= ROOMS_OF_SERVICES.keys()
