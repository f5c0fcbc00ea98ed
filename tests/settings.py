"""The host's settings, with what a test run differs in; the servers come by the environment."""

from __future__ import annotations

import os

from cryptography.fernet import Fernet

TEST_APP_SECRET = "test-app-secret"

os.environ.setdefault("DJANGO_SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ.setdefault("DJANGO_HTTPS", "false")
# `make test` brings both servers; the addresses serve type checks, which connect to neither
os.environ.setdefault("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/cypher")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:6379/0")
if worker := os.environ.get("PYTEST_XDIST_WORKER"):  # each has a database of its own in both
    server, _, first = os.environ["REDIS_URL"].rpartition("/")
    os.environ["REDIS_URL"] = f"{server}/{int(first or 0) + int(worker.removeprefix('gw'))}"
for name, value in {
    "ENABLE_WHATSAPP_MODULE": "true",
    "DJANGO_LOG_LEVEL": "WARNING",
    "WHATSAPP_GRAPH_URL": "http://127.0.0.1:9",  # discard: a test that wants Meta says so
    "WHATSAPP_PHONE_NUMBER_ID": "555000000000001",
    "WHATSAPP_BUSINESS_ACCOUNT_ID": "777000000000001",
    "WHATSAPP_APP_ID": "222000000000001",
    "WHATSAPP_ACCESS_TOKEN": "test-access-token",
    "WHATSAPP_APP_SECRET": TEST_APP_SECRET,
    "WHATSAPP_VERIFY_TOKEN": "test-verify-token",
    "WHATSAPP_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "WHATSAPP_MEDIA_HOSTS": "127.0.0.1",
    "WHATSAPP_QUIET_HOURS": "",  # a test that runs at night sends as by day
}.items():
    os.environ[name] = value

from cypher_erp.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405
STORAGES["default"] = {"BACKEND": "django.core.files.storage.InMemoryStorage"}  # noqa: F405
ALLOWED_HOSTS = ["*"]
WHITENOISE_AUTOREFRESH = True  # looked for when asked for: a test client is made for each test
