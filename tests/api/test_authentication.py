"""Who asks, whatever kind of key the host's users have."""

from __future__ import annotations

import uuid

import pytest
from django.db import models
from django.test.utils import isolate_apps

from tests.factories import ContactFactory, MessageFactory
from whatsapp.api.authentication import _Users
from whatsapp.models import Contact, Message

pytestmark = pytest.mark.django_db


def test_key_may_be_a_number_a_uuid_or_a_text():
    message, other = MessageFactory(), MessageFactory()
    contact = ContactFactory(bsuid="RO.7")

    for row in (message, other):
        assert _Users(Message).get(id=str(row.pk)) == row
        assert _Users(Message).get(uuid=str(row.uuid)) == row
    assert _Users(Contact).get(bsuid="RO.7") == contact


@pytest.mark.parametrize(
    ("name", "key"),
    [
        *(("id", key) for key in (-31_013, 10**30, None, "ana", [1], {})),
        *(("uuid", key) for key in (str(uuid.UUID(int=2**128 - 31_013)), "7", None)),
    ],
)
def test_key_that_nobody_has_is_nobody(name, key):
    MessageFactory()

    with pytest.raises(Message.DoesNotExist):
        _Users(Message).get(**{name: key})


@isolate_apps("whatsapp")
def test_condition_of_the_manager_is_kept():
    class Ones(models.Manager):
        def get_queryset(self):
            return super().get_queryset().filter(attempts=1)

    class Once(Message):
        objects = Ones()

        class Meta:
            proxy = True
            app_label = "whatsapp"

    once, twice = (MessageFactory(attempts=attempts) for attempts in (1, 2))

    assert _Users(Once).get(id=once.pk).pk == once.pk
    with pytest.raises(Once.DoesNotExist):
        _Users(Once).get(id=twice.pk)
