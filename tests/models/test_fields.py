"""Tokens at rest: unreadable in the table, readable with any of the keys, findable by nobody."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection

from tests.factories import BusinessNumberFactory
from whatsapp.models import BusinessNumber

pytestmark = pytest.mark.django_db
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def use_keys(settings, *keys: str) -> None:
    settings.WHATSAPP = {**settings.WHATSAPP, "ENCRYPTION_KEYS": keys}


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token FROM whatsapp_business_numbers")
        return str(cursor.fetchone()[0])


def test_token_is_unreadable_in_the_table_and_readable_as_it_was():
    BusinessNumberFactory(access_token="EAAG-secret")

    assert "EAAG" not in stored()
    assert BusinessNumber.objects.get().access_token == "EAAG-secret"


def test_new_key_in_front_reads_the_old_text_and_writes_its_own(settings):
    use_keys(settings, OLD)
    BusinessNumberFactory(access_token="EAAG-secret")

    use_keys(settings, NEW, OLD)
    number = BusinessNumber.objects.get()
    number.save()
    use_keys(settings, NEW)

    assert BusinessNumber.objects.get().access_token == "EAAG-secret"


def test_lost_key_is_an_error_in_words_and_no_ciphertext(settings):
    use_keys(settings, OLD)
    BusinessNumberFactory(access_token="EAAG-secret")
    use_keys(settings, NEW)

    with pytest.raises(ImproperlyConfigured, match="WHATSAPP_ENCRYPTION_KEYS"):
        BusinessNumber.objects.get()


def test_no_token_needs_no_key(settings):
    use_keys(settings)

    BusinessNumberFactory()

    assert BusinessNumber.objects.get().access_token == ""


def test_nobody_filters_on_ciphertext():
    with pytest.raises(FieldError, match="isnull"):
        BusinessNumber.objects.filter(access_token="EAAG-secret").exists()
