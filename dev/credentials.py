"""The demo's environment: secrets made once and kept, addresses as they are this time.

`.demo/env` holds all of it, for a person who wants to run a command beside the demo:

    set -a; . .demo/env; set +a; .venv/bin/python manage.py shell
"""

from __future__ import annotations

import base64
import os
import secrets
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

from dev.servers import Urls

NUMBER_ID = "555000000000001"
ACCOUNT_ID = "777000000000001"
APP_ID = "222000000000001"
SECRETS: dict[str, Callable[[], str]] = {
    "DJANGO_SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "WHATSAPP_APP_SECRET": lambda: secrets.token_hex(16),
    "WHATSAPP_VERIFY_TOKEN": lambda: secrets.token_urlsafe(16),
    "WHATSAPP_ACCESS_TOKEN": lambda: secrets.token_urlsafe(32),
    # A Fernet key: 32 random bytes in URL-safe base64.
    "WHATSAPP_ENCRYPTION_KEYS": lambda: base64.urlsafe_b64encode(os.urandom(32)).decode(),
}
# What a person has exported for a real account must not reach the demo.
FOREIGN = ("CELERY_", "DATABASE_", "DJANGO_", "METRICS_", "REDIS_", "WHATSAPP_")


def environment(*, file: Path, urls: Urls, simulator: str) -> dict[str, str]:
    """The variables of every process of the demo; kept in `file` as well, readable by us only."""
    kept = read(file)
    chosen = {name: kept.get(name) or make() for name, make in SECRETS.items()}
    chosen |= urls.as_environment()
    chosen |= {
        "DJANGO_HTTPS": "false",
        "ENABLE_WHATSAPP_MODULE": "true",
        "WHATSAPP_GRAPH_URL": simulator,
        "WHATSAPP_MEDIA_HOSTS": "127.0.0.1",
        "WHATSAPP_PHONE_NUMBER_ID": NUMBER_ID,
        "WHATSAPP_BUSINESS_ACCOUNT_ID": ACCOUNT_ID,
        "WHATSAPP_APP_ID": APP_ID,
        "WHATSAPP_QUIET_HOURS": "",  # what is clicked at night is seen at night
        "EMAIL_URL": "consolemail://",  # the worker's log shows what customers would get
        "NO_PROXY": _without_proxy(os.environ),
    }
    _write(file, chosen)
    inherited = {name: os.environ[name] for name in os.environ if not name.startswith(FOREIGN)}
    return {**inherited, "no_proxy": chosen["NO_PROXY"], "PYTHONUNBUFFERED": "1", **chosen}


def for_simulator(environment: Mapping[str, str], *, data: Path) -> dict[str, str]:
    """The same secrets under the simulator's names; unlike arguments, `ps` does not show them."""
    prefix = "WHATSAPP_SIMULATOR_"
    shared = ("APP_SECRET", "VERIFY_TOKEN", "ACCESS_TOKEN", "PHONE_NUMBER_ID")
    named = {f"{prefix}{name}": environment[f"WHATSAPP_{name}"] for name in shared}
    named[f"{prefix}APP_ID"] = environment["WHATSAPP_APP_ID"]
    named[f"{prefix}WABA_ID"] = environment["WHATSAPP_BUSINESS_ACCOUNT_ID"]
    named[f"{prefix}DATA"] = str(data)
    return {**environment, **named}


def read(file: Path) -> dict[str, str]:
    """The variables kept in a file of ours; none if there is no such file yet."""
    if not file.exists():
        return {}
    pairs = (line.partition("=") for line in shlex.split(file.read_text(), comments=True))
    return {name: value for name, _, value in pairs}


def _write(file: Path, variables: Mapping[str, str]) -> None:
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in variables.items()]
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
        output.writelines(lines)


def _without_proxy(given: Mapping[str, str]) -> str:
    """Our own processes are never behind the proxy that the machine uses for the world outside."""
    already = given.get("NO_PROXY") or given.get("no_proxy") or ""
    return ",".join(part for part in (already, "127.0.0.1", "localhost") if part)
