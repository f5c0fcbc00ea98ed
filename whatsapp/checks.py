"""System checks: settings that cannot work (E) or are unsafe (W), each with what to do.

E001-E002, E011-E012 the database · E003-E006 what Meta needs · E007-E008 what the host gives ·
E009-E010 values that contradict each other · W001-W005 what works today and hurts later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.core.checks import CheckMessage, Error, Tags, Warning
from django.core.checks import register as register_check
from django.core.files.storage import storages
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.dispatch import Signal
from django.utils.module_loading import import_string

from whatsapp import ports
from whatsapp.conf import WhatsAppSettings, whatsapp_settings

OLDEST_POSTGRESQL = 150000
OLDEST_GRAPH = 21  # Meta silently serves an expired version as the oldest one still usable
LOOPBACK = ("localhost", "127.0.0.1", "::1")

EXTENSIONS = (
    "unaccent",
    "pg_trgm",
)  # of PostgreSQL's contrib; the migration of search creates them
_EXTENSION_STATES = """
    SELECT name, CASE
        WHEN bool_or(v.installed) OR bool_or(v.superuser IS FALSE OR v.trusted)
            AND has_database_privilege(current_database(), 'CREATE')
            OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN 'fine'
        ELSE 'forbidden' END
    FROM pg_available_extension_versions v WHERE name = ANY(%s) GROUP BY name
"""

Check = Callable[[WhatsAppSettings], Iterator[CheckMessage]]


def register() -> None:
    """Register the checks; those of a disabled module find nothing to say."""
    register_check(check_engine, Tags.compatibility)
    register_check(check_server, Tags.database)
    register_check(check_settings, Tags.security)
    register_check(check_deployment, Tags.security, deploy=True)


def check_engine(app_configs: object, **_: Any) -> list[CheckMessage]:
    """Judge the engine; asks no server."""
    server = connections["default"]
    return [*engine_fault(server.vendor), *zone_fault(server.timezone_name)]


def engine_fault(vendor: str) -> list[CheckMessage]:
    """Refuse any engine but PostgreSQL, by its name."""
    if vendor == "postgresql":
        return []
    return [
        Error(
            f"WhatsApp needs PostgreSQL; the database is {vendor}.",
            hint="Point DATABASE_URL at a PostgreSQL 15+ server.",
            id="whatsapp.E001",
        )
    ]


def zone_fault(zone: str) -> list[CheckMessage]:
    """Refuse times that do not come in UTC: Python adds hours up by the wall clock of their zone.

    Then Meta's 24 hours are 25 in the night when summer time ends.
    """
    if zone == "UTC":
        return []
    return [
        Error(
            f"WhatsApp needs times in UTC; the database gives them in {zone}.",
            hint="Set USE_TZ = True, and no TIME_ZONE in DATABASES: screens have their own.",
            id="whatsapp.E012",
        )
    ]


def check_server(
    app_configs: object, databases: Iterable[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Ask the server for its version, as migrate does."""
    servers = [connections[alias] for alias in databases or ()]
    return [
        message
        for server in servers
        if server.vendor == "postgresql"
        for message in (
            *version_fault(server.pg_version),  # type: ignore[attr-defined]
            *_extensions(server),
        )
    ]


def version_fault(version: int) -> list[CheckMessage]:
    """Refuse a server older than 15; ``version`` as PostgreSQL numbers itself, 150018."""
    if version >= OLDEST_POSTGRESQL:
        return []
    return [
        Error(
            f"WhatsApp needs PostgreSQL 15 or newer; the server is {version // 10000}.",
            hint="Upgrade the server.",
            id="whatsapp.E002",
        )
    ]


def _extensions(server: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    with server.cursor() as cursor:
        cursor.execute(_EXTENSION_STATES, [list(EXTENSIONS)])
        states = dict(cursor.fetchall())
    for name in EXTENSIONS:
        yield from extension_fault(name, states.get(name, "missing"))


def extension_fault(name: str, state: str) -> list[CheckMessage]:
    """Refuse a server on which search cannot be set up; ``state``: fine, missing, forbidden."""
    hints = {
        "missing": "Install PostgreSQL's contrib package on the server, or have it allowed there.",
        "forbidden": f"Have the database's owner run: CREATE EXTENSION {name};",
    }
    if state == "fine":
        return []
    return [
        Error(
            f"WhatsApp's search needs PostgreSQL's extension {name}; it is {state}.",
            hint=hints[state],
            id="whatsapp.E011",
        )
    ]


def check_settings(app_configs: object, **_: Any) -> list[CheckMessage]:
    """Judge the settings of an enabled module."""
    conf = whatsapp_settings()
    if not conf.enabled:
        return []
    checks: tuple[Check, ...] = (_secrets, _keys, _graph, _adapters, _order_signals, _values)
    return [message for check in checks for message in check(conf)]


def check_deployment(app_configs: object, **_: Any) -> list[CheckMessage]:
    """What only a live shop must not have."""
    conf = whatsapp_settings()
    if not conf.enabled or urlsplit(conf.graph_url).hostname == "graph.facebook.com":
        return []
    return [
        Warning(
            f"Messages go to {conf.graph_url}, not to Meta.",
            hint="Leave WHATSAPP_GRAPH_URL unset in production.",
            id="whatsapp.W005",
        )
    ]


def _secrets(conf: WhatsAppSettings) -> Iterator[CheckMessage]:
    if not conf.access_token and not conf.encryption_keys:
        yield Error(
            "There is no token to send with.",
            hint="Set WHATSAPP_ACCESS_TOKEN; or WHATSAPP_ENCRYPTION_KEYS, and type each number's"
            " token in the admin; or ENABLE_WHATSAPP_MODULE=false.",
            id="whatsapp.E003",
        )
    if not any(conf.app_secrets):
        yield Error(
            "There is no app secret, so every webhook is refused.",
            hint="Set WHATSAPP_APP_SECRET to the secret of the app at Meta.",
            id="whatsapp.E004",
        )
    if not conf.verify_token:
        yield Warning(
            "There is no verify token: Meta cannot be told where to send webhooks.",
            hint="Set WHATSAPP_VERIFY_TOKEN to a word of your own and give it to Meta.",
            id="whatsapp.W001",
        )
    if conf.phone_number_id and not conf.business_account_id:
        yield Warning(
            "The number has no business account: its templates cannot be submitted or read.",
            hint="Set WHATSAPP_BUSINESS_ACCOUNT_ID.",
            id="whatsapp.W002",
        )


def _keys(conf: WhatsAppSettings) -> Iterator[CheckMessage]:
    for place, key in enumerate(conf.encryption_keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            yield Error(
                f"Encryption key {place} is no Fernet key.",
                hint="Make one: python -c 'from cryptography.fernet import Fernet;"
                " print(Fernet.generate_key().decode())'.",
                id="whatsapp.E005",
            )


def _graph(conf: WhatsAppSettings) -> Iterator[CheckMessage]:
    url = urlsplit(conf.graph_url)
    if url.scheme not in ("http", "https") or not url.hostname:
        yield Error(
            f"WHATSAPP['GRAPH_URL'] is no web address: {conf.graph_url!r}.",
            hint="Leave WHATSAPP_GRAPH_URL unset to use Meta's.",
            id="whatsapp.E006",
        )
    elif url.scheme == "http" and url.hostname not in LOOPBACK:
        yield Warning(
            f"The access token travels unencrypted to {url.hostname}.",
            hint="Use https, but for a simulator on this machine.",
            id="whatsapp.W003",
        )
    version = re.fullmatch(r"v(\d+)\.\d+", conf.graph_version)
    if not version or int(version[1]) < OLDEST_GRAPH:
        yield Warning(
            f"Graph {conf.graph_version} is no version Meta serves; it answers as another one.",
            hint="Set WHATSAPP_GRAPH_VERSION to v25.0.",
            id="whatsapp.W004",
        )


def _adapters(conf: WhatsAppSettings) -> Iterator[CheckMessage]:
    wanted: dict[str, tuple[str, type]] = {
        "GATEWAY": (conf.gateway, ports.WhatsAppGateway),
        "CUSTOMER_DIRECTORY": (conf.customer_directory, ports.CustomerDirectory),
        "ORDER_BOOK": (conf.order_book, ports.OrderBook),
        "STAFF_NOTIFIER": (conf.staff_notifier, ports.StaffNotifier),
    }
    if conf.document_maker:  # a shop may do without
        wanted["DOCUMENT_MAKER"] = (conf.document_maker, ports.DocumentMaker)
    if conf.customer_notifier:  # the one that may be missing
        wanted["CUSTOMER_NOTIFIER"] = (conf.customer_notifier, ports.CustomerNotifier)
    for key, (path, port) in wanted.items():
        fault = _adapter_fault(path, port)
        if fault:
            yield Error(
                f"WHATSAPP['{key}'] {fault}.",
                hint=f"Name a class that implements whatsapp.ports.{port.__name__}.",
                id="whatsapp.E007",
            )


def _adapter_fault(path: str, port: type) -> str:
    if not path:
        return "is not set"
    try:
        adapter = import_string(path)
    except ImportError as error:
        return f"cannot be imported: {error}"
    methods = (name for name in vars(port) if not name.startswith("_"))
    missing = [name for name in methods if not callable(getattr(adapter, name, None))]
    return f"lacks {', '.join(missing)}" if missing else ""


def _order_signals(conf: WhatsAppSettings) -> Iterator[CheckMessage]:
    for event, path in conf.order_signals.items():
        try:
            found: object = import_string(path)
        except ImportError as error:
            found = error
        if not isinstance(found, Signal):
            why = (
                f"cannot be imported: {found}" if isinstance(found, ImportError) else "is no Signal"
            )
            yield Error(
                f"WHATSAPP['ORDER_SIGNALS'][{event!r}] {why}: {path}. Its notices would be lost.",
                hint="Name a django.dispatch.Signal of the ERP by its dotted path.",
                id="whatsapp.E008",
            )


def _values(conf: WhatsAppSettings) -> Iterator[CheckMessage]:
    if conf.media_storage not in storages.backends:
        yield Error(
            f"WHATSAPP['MEDIA_STORAGE'] names no storage: {conf.media_storage!r}.",
            hint="Use an alias of STORAGES whose files no URL serves.",
            id="whatsapp.E009",
        )
    if conf.sender_renew + conf.sender_safety >= conf.sender_lease:
        yield Error(
            "The sender's lease would end before it is renewed.",
            hint="Keep SENDER_LEASE well above SENDER_RENEW + SENDER_SAFETY.",
            id="whatsapp.E010",
        )
