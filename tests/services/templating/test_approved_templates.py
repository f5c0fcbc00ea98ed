"""The list of templates to choose from: read once, and again when one changed."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import TemplateFactory
from whatsapp.models import Template
from whatsapp.services.templating import approved_templates

pytestmark = pytest.mark.django_db
ACCOUNT = "777000000000001"


def names() -> list[str]:
    return [row.name for row in approved_templates.of_account(waba_id=ACCOUNT)]


def test_second_look_asks_no_database():
    TemplateFactory()
    names()

    with CaptureQueriesContext(connection) as asked:
        again = approved_templates.of_account(waba_id=ACCOUNT)

    assert len(asked) == 0
    assert again[0].render({"customer": "Ana", "order_number": "C-1"}).text.startswith("Bună ziua")


@pytest.mark.parametrize(
    "change",
    [
        lambda row: Template.objects.update(status="PAUSED"),
        lambda row: Template.objects.filter(pk=row.pk).delete(),
        lambda row: (setattr(row, "status", "REJECTED"), row.save()),
    ],
)
def test_what_changed_is_gone_at_once(change, django_capture_on_commit_callbacks):
    row = TemplateFactory()
    assert names() == ["order_shipped"]

    with django_capture_on_commit_callbacks(execute=True):
        change(row)

    assert names() == []


def test_new_one_is_there_at_once(django_capture_on_commit_callbacks):
    assert names() == []

    with django_capture_on_commit_callbacks(execute=True):
        Template.objects.bulk_create([TemplateFactory.build(name="order_paid")])

    assert names() == ["order_paid"]


def test_without_the_cache_it_is_read_each_time(dead_cache):
    assert names() == []
    TemplateFactory()

    assert names() == ["order_shipped"]
