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


class EncryptedTextField(_TextField):
    """Fernet text under ``WHATSAPP_ENCRYPTION_KEYS``; the first key writes, every key reads.

    The empty string stays empty, so a row without a secret needs no key. No look-up but
    ``isnull`` works: nobody can filter on ciphertext by mistake.
    """

    def get_prep_value(self, value: Any) -> Any:
        if not value or not isinstance(value, str):
            return value
        return _fernet().encrypt(value.encode()).decode()

    def from_db_value(self, value: str | None, _: object, __: BaseDatabaseWrapper) -> str | None:
        if not value:
            return value
        try:
            return _fernet().decrypt(value.encode()).decode()
        except InvalidToken as error:
            raise ImproperlyConfigured(
                "A stored token cannot be read: the key that wrote it is missing from "
                "WHATSAPP_ENCRYPTION_KEYS."
            ) from error

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: only isnull works on it.")
        return super().get_lookup(lookup_name)
