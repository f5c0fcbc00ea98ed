import os
import socket
from pathlib import Path

import pytest

from dev import credentials, demo
from dev.processes import Failure
from dev.servers import Urls
from dev.system import Ports, is_taken

URLS = Urls(database="postgres://postgres@/erp?host=/tmp/it's here", redis="redis://127.0.0.1:1/0")


def test_a_taken_port_is_named_with_the_way_out():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        with pytest.raises(Failure) as refusal:
            Ports(web=port, simulator=1).check()

    assert str(refusal.value) == (
        f"Port {port}, meant for the web server, is taken by another program.\n"
        f"Choose another one: make demo DEMO_WEB_PORT={port + 10}"
    )
    assert not is_taken(port)


def test_one_demo_at_a_time(tmp_path: Path):
    with demo.only_one(tmp_path):
        (tmp_path / "lock").write_text("http://127.0.0.1:8000/admin/ (process 42)\n")

        with pytest.raises(Failure, match=r"already: http://127.0.0.1:8000/admin/ \(process 42\)"):
            demo.reset(home=tmp_path)

        assert tmp_path.exists()


def test_reset_forgets_the_data_of_a_killed_demo(tmp_path: Path):
    home = tmp_path / "demo"
    home.mkdir()
    (home / "lock").write_text("http://127.0.0.1:8000/admin/ (process 42)\n")
    (home / "pg").mkdir()

    demo.reset(home=home)

    assert not home.exists()


def test_secrets_are_made_once_and_addresses_each_time(tmp_path: Path):
    file = tmp_path / "env"

    first = credentials.environment(file=file, urls=URLS, simulator="http://127.0.0.1:8001")
    second = credentials.environment(file=file, urls=URLS, simulator="http://127.0.0.1:9001")

    assert {name: second[name] for name in credentials.SECRETS} == {
        name: first[name] for name in credentials.SECRETS
    }
    assert second["WHATSAPP_GRAPH_URL"] == "http://127.0.0.1:9001"
    assert credentials.read(file)["DATABASE_URL"] == URLS.database
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_real_account_never_reaches_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WHATSAPP_ACCESS_TOKEN", "a real one")
    monkeypatch.setenv("WHATSAPP_ACCESS_TOKEN_FILE", "/run/secrets/token")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "somebody.elses")

    made = credentials.environment(file=tmp_path / "env", urls=URLS, simulator="http://sim")

    assert made["WHATSAPP_ACCESS_TOKEN"] != "a real one"
    assert "WHATSAPP_ACCESS_TOKEN_FILE" not in made
    assert "DJANGO_SETTINGS_MODULE" not in made
    assert made["PATH"] == os.environ["PATH"]


def test_a_port_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DEMO_WEB_PORT", "eighty")

    with pytest.raises(Failure, match="DEMO_WEB_PORT must be a port number, not 'eighty'"):
        demo._port("DEMO_WEB_PORT", 8000)
