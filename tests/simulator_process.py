"""The simulator as a child process, and a small client for its control paths.

Free of pytest and of Django, so that benchmarks and journeys can use it too.
"""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

ROOT = Path(__file__).resolve().parent.parent
T = TypeVar("T")

NUMBER_ID = "555000000000001"
WABA_ID = "777000000000001"
APP_SECRET = "test-app-secret"
VERIFY_TOKEN = "test-verify-token"
ACCESS_TOKEN = "test-access-token"


class SimulatorProcess:
    """A running simulator. `reset()` between tests gives a new one's state without the start."""

    def __init__(self, **options: object) -> None:
        """Start one on a free port; `options` are its command line's (`rate=0`)."""
        self._defaults: dict[str, object] = {
            "app_secret": APP_SECRET,
            "verify_token": VERIFY_TOKEN,
            "access_token": ACCESS_TOKEN,
            "sent_after": 0.01,
            "delivered_after": 0.03,
            "read_after": 0.03,
            "approve_after": 0.05,
            "rate": 0,
        } | options
        self._start(port=0)

    def _start(self, *, port: int) -> None:
        arguments = [f"--{name.replace('_', '-')}={v}" for name, v in self._defaults.items()]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "whatsapp.simulator", f"--port={port}", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if "ready" not in line:
            raise RuntimeError(f"the simulator did not start (exit {self.process.wait()})")
        self.url = line.split()[2].rstrip("/")
        self.port = int(self.url.rsplit(":", 1)[1])

    @property
    def graph_url(self) -> str:
        """What stands for https://graph.facebook.com."""
        return self.url

    @property
    def access_token(self) -> str:
        return str(self._defaults["access_token"])

    def stop(self) -> int:
        """End it and return its exit code."""
        self.process.terminate()
        code = self.process.wait(timeout=10)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def control(
        self, method: str, path: str, body: object = None, *, timeout: float = 30
    ) -> dict[str, Any]:
        """Call `/_sim/<path>`; raises `AssertionError` with the reason when it is refused."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.url}/_sim/{path}", data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                value: dict[str, Any] = json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} /_sim/{path}: {error.read().decode()}") from error
        return value

    def graph(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        timeout: float = 10,
    ) -> tuple[int, dict[str, Any]]:
        """Call the Graph API (`path` without the version) and return (status, JSON)."""
        data = json.dumps(body).encode() if body is not None else None
        bearer = self.access_token if token is None else token
        request = urllib.request.Request(
            f"{self.url}/v25.0/{path}",
            data=data,
            method=method,
            headers={"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")

    def reset(self, *, webhook_url: str = "", **settings: object) -> None:
        """Forget everything; point webhooks at `webhook_url` (none without) and change settings."""
        self.control("POST", "reset", {})
        self.settings(webhook_url=webhook_url, **settings)

    def settings(self, **values: object) -> dict[str, Any]:
        """Change settings while it runs and return them all."""
        return self.control("POST", "settings", values)

    def verify(self) -> bool:
        """Run the verification GET against the webhook address now."""
        return bool(self.control("POST", "verify", {})["verified"])

    def inbound(self, **message: object) -> dict[str, Any]:
        """Say something as a customer: `from_` (phone) or `user_id`, `type` and what it needs."""
        if "from_" in message:
            message["from"] = message.pop("from_")
        return self.control("POST", "inbound", message)

    def inbound_text(self, phone: str, text: str, **more: object) -> dict[str, Any]:
        """Send a text as a customer; returns `id` (the wamid), `wa_id`, `user_id`, `message`."""
        return self.inbound(from_=phone, type="text", text=text, **more)

    def inbound_media(
        self, phone: str, kind: str = "image", *, data: bytes | None = None, **more: object
    ) -> dict[str, Any]:
        """Send a picture, video, voice note, document or sticker with real bytes."""
        if data is not None:
            more["data"] = b64encode(data).decode()
        return self.inbound(from_=phone, type=kind, **more)

    def read(self, phone: str, **more: object) -> int:
        """Let a customer read what was delivered; returns how many messages that were."""
        return int(self.control("POST", "read", {"from": phone, **more})["read"])

    def ledger(self, **filters: str) -> list[dict[str, Any]]:
        """Return what was accepted, oldest first (filters: to, number, type, callback, status)."""
        return list(self._pages("ledger", filters))

    def duplicates(self) -> dict[str, dict[str, list[str]]]:
        """Return wamids accepted for the same callback data, and for the same message uuid."""
        return self.control("GET", "ledger/duplicates")

    def requests(self) -> list[dict[str, Any]]:
        """Return every call of the Graph API with its arrival time, refused ones too."""
        return list(self._pages("requests", {}))

    def stats(self) -> dict[str, Any]:
        """Return the counts, and the largest number of sends in any sliding second per number."""
        return self.control("GET", "stats")

    def fault(self, kind: str, **how: object) -> int:
        """Switch a fault on (`next=1`, `rate=0.05`, `to=`, `code=131026`); returns its id."""
        return int(self.control("POST", "faults", {"kind": kind, **how})["id"])

    def clear_faults(self, fault_id: int = 0) -> list[dict[str, Any]]:
        """Switch one or all faults off; returns them with their hits."""
        return list(self.control("DELETE", f"faults?id={fault_id}")["cleared"])

    def template(self, name: str, body: str = "", **more: object) -> dict[str, Any]:
        """Put an approved template in: `body` text, or `components`; language ro by default."""
        values = {"name": name, **({"body": body} if body else {}), **more}
        return dict(self.control("POST", "templates", values)["templates"][0])

    def change_template(self, name: str, **change: object) -> dict[str, Any]:
        """Move a template as Meta would: `event`, `reason`, `quality` or `category`."""
        return self.control("POST", "templates/change", {"name": name, **change})

    def clock(self, **shift: object) -> None:
        """Shift the 24-hour window's clock: `offset=` in all, or `advance=` by some seconds."""
        self.control("POST", "clock", shift)

    def webhook(self, **what: object) -> None:
        """Post a signed webhook of your own: `field` and `value`, a `body`, or `raw` text."""
        self.control("POST", "webhooks", what)

    def release(self, *, order: str = "same", together: bool = False) -> int:
        """Deliver the webhooks a `hold` fault kept; order is same, reverse or shuffled."""
        wish = {"order": order, "together": together}
        return int(self.control("POST", "webhooks/release", wish)["released"])

    def webhooks(self) -> dict[str, Any]:
        """Return how many webhooks wait and why, and the counts of tries."""
        return self.control("GET", "webhooks")

    def chat(self, customer: str, **more: str) -> dict[str, Any]:
        """Return a customer's chat as the phone page shows it."""
        return self.control("GET", f"chat?{urlencode({'from': customer, **more})}")

    def wait_for(
        self, probe: Callable[[], T], *, timeout: float = 10.0, what: str = "condition"
    ) -> T:
        """Return the first true value of `probe`; raises `AssertionError` after `timeout` s."""
        deadline = time.monotonic() + timeout
        while True:
            value = probe()
            if value:
                return value
            if time.monotonic() > deadline:
                raise AssertionError(f"{what} not seen within {timeout} s; last: {value!r}")
            time.sleep(0.02)

    def wait_until_idle(self, *, timeout: float = 30.0) -> None:
        """Wait until no status is planned and no webhook waits."""
        self.wait_for(lambda: self.webhooks()["idle"], timeout=timeout, what="idle webhooks")

    def _pages(self, path: str, filters: dict[str, str]) -> Iterator[dict[str, Any]]:
        after = 0
        while True:
            query = urlencode({**filters, "after": after}, quote_via=quote)
            page = self.control("GET", f"{path}?{query}", timeout=120)
            yield from page["items"]
            if page["next"] == after or page["next"] >= page["count"]:
                return
            after = page["next"]


@contextmanager
def running_simulator(**options: object) -> Iterator[SimulatorProcess]:
    """Run a simulator of one's own for a while."""
    simulator = SimulatorProcess(**options)
    try:
        yield simulator
    finally:
        simulator.stop()
