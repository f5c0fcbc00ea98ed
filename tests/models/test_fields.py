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


@pytest.mark.parametrize("keys", [(NEW,), ()])
def test_row_whose_key_is_lost_is_read_without_its_token_and_keeps_it(settings, keys):
    use_keys(settings, OLD)
    BusinessNumberFactory(access_token="EAAG-secret")
    before = stored()
    use_keys(settings, *keys)

    number = BusinessNumber.objects.get()
    number.name = "Altul"
    number.save()

    assert number.access_token == ""
    assert stored() == before
    use_keys(settings, NEW, OLD)
    assert BusinessNumber.objects.get().access_token == "EAAG-secret"


def test_token_is_not_kept_without_a_key(settings):
    use_keys(settings)

    with pytest.raises(ImproperlyConfigured, match="WHATSAPP_ENCRYPTION_KEYS"):
        BusinessNumberFactory(access_token="EAAG-secret")


def test_no_token_needs_no_key(settings):
    use_keys(settings)

    BusinessNumberFactory()

    assert BusinessNumber.objects.get().access_token == ""


def test_nobody_filters_on_ciphertext():
    with pytest.raises(FieldError, match="isnull"):
        BusinessNumber.objects.filter(access_token="EAAG-secret").exists()
