"""The compose file as YAML: what can be known about it without a Docker engine."""

import importlib.util
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "beat", "simulator")
# Read by Compose itself, by PostgreSQL's image, or by the simulator.
FOREIGN = {"POSTGRES_PASSWORD", "WEB_PORT", "SIMULATOR_PORT"}


def test_the_services_are_those_of_the_handbook():
    assert set(SERVICES) == {"postgres", "redis", *OURS}
    assert [name for name in SERVICES if "profiles" in SERVICES[name]] == ["simulator"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_every_lasting_service_has_a_health_check(name: str):
    check = SERVICES[name]["healthcheck"]["test"]

    assert check[0] in {"CMD", "CMD-SHELL"}
    assert len(check) >= 2


def test_the_application_waits_for_the_migrations():
    for name in ("web", "worker", "beat"):
        waits = SERVICES[name]["depends_on"]
        assert waits["migrate"] == {"condition": "service_completed_successfully"}
        assert waits["redis"] == {"condition": "service_healthy"}


@pytest.mark.parametrize("name", OURS)
def test_every_command_names_a_program_of_the_image(name: str):
    command = SERVICES[name]["command"]

    for module in _modules(command):
        assert importlib.util.find_spec(module) is not None, module


def test_every_variable_is_one_the_settings_read():
    known = set(re.findall(r'"([A-Z][A-Z_]+)"', (ROOT / "cypher_erp" / "env.py").read_text()))
    given = {name for service in OURS for name in SERVICES[service].get("environment", {})}
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))

    unknown = {name for name in given | asked if not name.startswith("WHATSAPP_SIMULATOR_")}

    assert unknown - known - FOREIGN == set()


def test_every_variable_of_the_simulator_is_an_option_of_it():
    from whatsapp.simulator.settings import Settings, environment_name

    given = set(SERVICES["simulator"]["environment"])
    options = {option.split("=")[0] for option in SERVICES["simulator"]["command"][3:]}

    assert given <= {environment_name(name) for name in Settings.__dataclass_fields__}
    assert options <= {f"--{name.replace('_', '-')}" for name in Settings.__dataclass_fields__}


def test_no_port_is_open_to_the_network():
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_no_secret_is_written_down_but_the_marked_one():
    written = re.findall(r"(?:KEY|SECRET|TOKEN|PASSWORD): (\S+)", _text())

    assert all(value.startswith("${") for value in written)
    assert set(re.findall(r"PASSWORD:-([^}]+)", _text())) == {"development-only"}


def test_the_image_runs_as_a_user_and_with_pinned_packages():
    lines = (ROOT / "Dockerfile").read_text().splitlines()

    assert lines.index("USER app") > lines.index("COPY . .")
    assert any("-c constraints.txt" in line for line in lines)
    assert any("collectstatic" in line for line in lines)


def _text() -> str:
    return (ROOT / "docker-compose.yml").read_text()


def _modules(command: list[str]) -> list[str]:
    """The modules that a command line needs: its program, and what it is pointed at."""
    program = command[0]
    if program == "python" and command[1] == "-m":
        return [command[2]]
    if program == "python":
        return [command[1].removesuffix(".py")]
    pointed_at = command[1] if program == "uvicorn" else command[command.index("-A") + 1]
    return [program, pointed_at.split(":")[0]]
