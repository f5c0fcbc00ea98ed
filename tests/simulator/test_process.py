"""The process itself: its start, its end, and what outlives it."""

import signal
import socket
import subprocess
import sys
import time
import urllib.request

from tests.simulator.bodies import PHONE, send, text_to
from tests.simulator_process import ROOT, SimulatorProcess, running_simulator


def test_it_ends_at_once_and_cleanly_on_either_signal():
    for name in (signal.SIGINT, signal.SIGTERM):
        simulator = SimulatorProcess()
        news = urllib.request.urlopen(f"{simulator.url}/_sim/events", timeout=5)
        news.readline()
        started = time.monotonic()

        simulator.process.send_signal(name)

        assert simulator.process.wait(timeout=5) == 0
        assert time.monotonic() - started < 2
        news.close()
        simulator.stop()


def test_a_taken_port_is_named_and_ends_with_2():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, "-m", "whatsapp.simulator", "--port", str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=20,
        )

    assert ended.returncode == 2
    assert f"127.0.0.1:{port}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_chats_windows_and_templates_outlive_a_restart(tmp_path):
    data = tmp_path / "simulator.json"
    with running_simulator(data=data) as sim:
        sim.template("hello", "Un text oarecare.")
        sim.inbound_text(PHONE, "Bună", name="Ana")
        send(sim, text_to(body="Cu ce vă ajutăm?"))

    with running_simulator(data=data) as sim:
        chat = sim.chat(PHONE)
        templates = sim.control("GET", "templates")["templates"]

        assert [m["text"] for m in chat["messages"]] == ["Bună", "Cu ce vă ajutăm?"]
        assert (chat["name"], chat["window_open"]) == ("Ana", True)
        assert [(t["name"], t["status"]) for t in templates] == [("hello", "APPROVED")]
        assert sim.ledger() == []


def test_it_imports_nothing_else_of_the_app():
    probe = (
        "import sys, whatsapp.simulator.__main__;"
        "print([m for m in sys.modules if m.startswith(('whatsapp.', 'django'))"
        " and not m.startswith('whatsapp.simulator')])"
    )

    ended = subprocess.run(
        [sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, timeout=20
    )

    assert ended.stdout.strip() == "[]"


def test_it_verifies_the_webhook_once_the_app_is_up(receiver, receiver_server):
    url = f"http://127.0.0.1:{receiver_server.server_port}{receiver.path}"

    with running_simulator(webhook_url=url) as sim:
        sim.wait_for(lambda: sim.control("GET", "health")["webhook_verified"], what="handshake")
        sim.inbound_text(PHONE, "Bună")
        sim.wait_for(receiver.messages)
