"""The environment, read once and typed. Each variable may also come as ``<NAME>_FILE``, a path.

This is the only module that reads environment variables; docs/settings.md describes them.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from dataclasses import dataclass, field

from django.core.exceptions import ImproperlyConfigured
from environ import FileAwareEnv
from environ.fileaware_mapping import FileAwareMapping

DEBUG_SECRET_KEY = "for-development-only-never-trust-this-key"


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """What the machine tells the ERP. Secrets are hidden in ``repr``."""

    debug: bool
    secret_key: str = field(repr=False)
    allowed_hosts: tuple[str, ...]
    csrf_trusted_origins: tuple[str, ...]
    https: bool  # cookies only over TLS, plain HTTP redirected
    trust_proxy: bool  # believe X-Forwarded-Proto and X-Request-ID: behind our own proxy only
    log_level: str
    media_root: str

    database_url: str = field(repr=False)
    database_conn_max_age: int  # seconds; asgi.py sets 0
    redis_url: str = field(repr=False)
    worker_concurrency: int
    metrics_token: str = field(repr=False)
    email_url: str = field(repr=False)
    email_from: str

    whatsapp_enabled: bool
    whatsapp_rollout_percent: int
    whatsapp_graph_url: str
    whatsapp_graph_version: str
    whatsapp_phone_number_id: str
    whatsapp_business_account_id: str
    whatsapp_app_id: str
    whatsapp_access_token: str = field(repr=False)
    whatsapp_app_secrets: tuple[str, ...] = field(repr=False)
    whatsapp_verify_token: str = field(repr=False)
    whatsapp_encryption_keys: tuple[str, ...] = field(repr=False)
    whatsapp_messages_per_second: int
    whatsapp_quiet_hours: str
    whatsapp_media_hosts: tuple[str, ...]  # besides Meta's own; the simulator's


class _Reader:
    """Typed look-ups over django-environ; blanks around a value, as files end in, are dropped."""

    def __init__(self, environ: MutableMapping[str, str]) -> None:
        self._env = FileAwareEnv()
        self._env.ENVIRON = FileAwareMapping(environ)

    def text(self, name: str, default: str = "") -> str:
        return str(self._env.str(name, default=default)).strip()

    def flag(self, name: str, *, default: bool) -> bool:
        return bool(self._env.bool(name, default=default))

    def number(self, name: str, *, default: int) -> int:
        try:
            return int(self._env.int(name, default=default))
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} must be a whole number.") from error

    def items(self, name: str, default: str = "") -> tuple[str, ...]:
        """Read a comma-separated list without blanks."""
        parts = (part.strip() for part in self.text(name, default).split(","))
        return tuple(part for part in parts if part)

    def required(self, name: str, hint: str) -> str:
        value = self.text(name)
        if not value:
            raise ImproperlyConfigured(f"{name} is not set. {hint}")
        return value


def read(environ: MutableMapping[str, str] = os.environ) -> Environment:
    """Read the environment; ImproperlyConfigured says what is missing and what to do."""
    reader = _Reader(environ)
    debug = reader.flag("DJANGO_DEBUG", default=False)
    return Environment(
        debug=debug,
        secret_key=_secret_key(reader, debug=debug),
        allowed_hosts=reader.items("DJANGO_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]"),
        csrf_trusted_origins=reader.items("DJANGO_CSRF_TRUSTED_ORIGINS"),
        https=reader.flag("DJANGO_HTTPS", default=not debug),
        trust_proxy=reader.flag("DJANGO_TRUST_PROXY", default=False),
        log_level=reader.text("DJANGO_LOG_LEVEL", "INFO").upper(),
        media_root=reader.text("DJANGO_MEDIA_ROOT", "media"),
        database_url=reader.required(
            "DATABASE_URL",
            "Give the address of a PostgreSQL 15+ database, such as"
            " postgres://user:password@localhost:5432/cypher, or run `make demo`,"
            " which brings its own.",
        ),
        database_conn_max_age=reader.number("DATABASE_CONN_MAX_AGE", default=60),
        redis_url=reader.required(
            "REDIS_URL",
            "Give the address of a Redis, such as redis://localhost:6379/0, or run `make demo`,"
            " which brings its own.",
        ),
        worker_concurrency=reader.number("CELERY_CONCURRENCY", default=8),
        metrics_token=reader.text("METRICS_TOKEN"),
        email_url=reader.text("EMAIL_URL", "smtp://localhost:25"),
        email_from=reader.text("EMAIL_FROM", "magazin@cypher.example"),
        whatsapp_enabled=reader.flag("ENABLE_WHATSAPP_MODULE", default=True),
        whatsapp_rollout_percent=reader.number("WHATSAPP_ROLLOUT_PERCENT", default=100),
        whatsapp_graph_url=reader.text("WHATSAPP_GRAPH_URL", "https://graph.facebook.com"),
        whatsapp_graph_version=reader.text("WHATSAPP_GRAPH_VERSION", "v25.0"),
        whatsapp_phone_number_id=reader.text("WHATSAPP_PHONE_NUMBER_ID"),
        whatsapp_business_account_id=reader.text("WHATSAPP_BUSINESS_ACCOUNT_ID"),
        whatsapp_app_id=reader.text("WHATSAPP_APP_ID"),
        whatsapp_access_token=reader.text("WHATSAPP_ACCESS_TOKEN"),
        whatsapp_app_secrets=reader.items("WHATSAPP_APP_SECRET"),
        whatsapp_verify_token=reader.text("WHATSAPP_VERIFY_TOKEN"),
        whatsapp_encryption_keys=reader.items("WHATSAPP_ENCRYPTION_KEYS"),
        whatsapp_messages_per_second=reader.number("WHATSAPP_MESSAGES_PER_SECOND", default=0),
        whatsapp_quiet_hours=reader.text("WHATSAPP_QUIET_HOURS", "21:00-08:00 Europe/Bucharest"),
        whatsapp_media_hosts=reader.items("WHATSAPP_MEDIA_HOSTS"),
    )


def _secret_key(reader: _Reader, *, debug: bool) -> str:
    if debug:
        return reader.text("DJANGO_SECRET_KEY", DEBUG_SECRET_KEY)
    return reader.required(
        "DJANGO_SECRET_KEY",
        "Make one with `python -c 'import secrets; print(secrets.token_urlsafe(50))'`,"
        " or set DJANGO_DEBUG=true on your own machine.",
    )
