"""A text column that is encrypted at rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from whatsapp.conf import whatsapp_settings

if TYPE_CHECKING:
    _TextField = models.TextField[str, str]
else:
    _TextField = models.TextField


def _fernet() -> MultiFernet:
    keys = whatsapp_settings().encryption_keys
    if not keys:
        raise ImproperlyConfigured(
            "Set WHATSAPP_ENCRYPTION_KEYS before a token is kept in the database."
        )
    return MultiFernet([Fernet(key) for key in keys])


class UnreadableText(str):
    """Empty to whoever asks; what is stored stays stored when the row is saved."""

    stored: str

    def __new__(cls, stored: str) -> UnreadableText:
        made = super().__new__(cls, "")
        made.stored = stored
        return made


class EncryptedTextField(_TextField):
    """Fernet text under ``WHATSAPP_ENCRYPTION_KEYS``; the first key writes, every key reads.

    The empty string stays empty, so a row without a secret needs no key. With its key lost a row
    is still read, as ``UnreadableText``: customers' messages must not wait for a token. No look-up
    but ``isnull`` works: nobody can filter on ciphertext by mistake.
    """

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, UnreadableText):
            return value.stored
        if not value or not isinstance(value, str):
            return value
        return _fernet().encrypt(value.encode()).decode()

    def from_db_value(self, value: str | None, _: object, __: BaseDatabaseWrapper) -> str | None:
        if not value:
            return value
        try:
            return _fernet().decrypt(value.encode()).decode()
        except (InvalidToken, ImproperlyConfigured):
            return UnreadableText(value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: only isnull works on it.")
        return super().get_lookup(lookup_name)
