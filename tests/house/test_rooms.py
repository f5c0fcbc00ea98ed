"""The import contracts speak of every room; a new room must be placed knowingly."""

from __future__ import annotations

import tomllib

from tests.house.pages import ROOT

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
