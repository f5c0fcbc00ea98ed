"""The other pages of the admin: they open, and each role sees its own."""

import os
import subprocess
import sys

import pytest
from django.urls import reverse

from tests.admin.pages import changelist
from tests.factories import BusinessNumberFactory, MessageFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outside")]

PAGES = (
    *("businessnumber", "contact", "media", "message", "ordernotice", "outboxitem"),
    *("signalfailure", "template", "webhookevent"),
)
FOR_AGENTS = ("contact", "media", "message", "ordernotice", "template")


def change(name, row):
    return reverse(f"admin:whatsapp_{name}_change", args=[row.pk])


@pytest.mark.parametrize("name", PAGES)
def test_supervisor_opens_every_list_and_row(name, supervisor, rows):
    assert supervisor.get(changelist(name)).status_code == 200
    assert supervisor.get(change(name, rows[name])).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_agent_opens_what_the_role_allows(name, agent, rows):
    expected = 200 if name in FOR_AGENTS else 403

    assert agent.get(changelist(name)).status_code == expected
    assert agent.get(change(name, rows[name])).status_code == expected


@pytest.mark.parametrize("name", PAGES)
def test_who_has_no_role_opens_nothing(name, outsider, rows):
    assert outsider.get(changelist(name)).status_code == 403


@pytest.mark.parametrize("name", ["message", "contact", "webhookevent", "outboxitem"])
def test_rows_of_the_services_are_not_written_by_hand(name, supervisor, rows):
    before = type(rows[name]).objects.values().get(pk=rows[name].pk)

    assert supervisor.get(reverse(f"admin:whatsapp_{name}_add")).status_code == 403
    supervisor.post(change(name, rows[name]), {"status": "x", "message_text": "x"})

    assert type(rows[name]).objects.values().get(pk=rows[name].pk) == before


def test_payload_of_an_event_is_never_markup(supervisor, rows):
    page = supervisor.get(change("webhookevent", rows["webhookevent"])).content.decode()

    assert "&lt;b&gt;" in page
    assert "<b>" not in page.split("readable_payload")[-1][:200]


def test_token_is_never_shown_and_an_empty_field_keeps_it(supervisor):
    number = BusinessNumberFactory(access_token="EAAG-secret")
    fields = ("name", "phone_number_id", "display_number", "waba_id", "auto_reply_text")
    form = {name: getattr(number, name) or "" for name in fields}

    page = supervisor.get(change("businessnumber", number)).content.decode()
    answer = supervisor.post(
        change("businessnumber", number),
        {**form, "messages_per_second": 40, "is_active": "on", "access_token": ""},
    )

    number.refresh_from_db()
    assert answer.status_code == 302
    assert "EAAG-secret" not in page
    assert (number.access_token, number.messages_per_second) == ("EAAG-secret", 40)


def test_messages_are_filtered_without_reading_the_table_for_choices(agent, rows):
    MessageFactory(delivery_status="READ")

    shown = agent.get(changelist("message"), {"delivery_status": "FAILED", "message_type": "TEXT"})
    unknown = agent.get(changelist("message"), {"delivery_status": "?"})

    assert list(shown.context["cl"].result_list) == [rows["message"]]
    assert unknown.context["cl"].result_count == 2


def test_switched_off_nothing_is_registered():
    look = (
        "import django; django.setup();"
        "from django.contrib import admin; admin.autodiscover();"
        "print(sum(model._meta.app_label == 'whatsapp' for model in admin.site._registry))"
    )
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "cypher_erp.settings"}

    on, off = (
        subprocess.run(
            [sys.executable, "-c", look],
            env={**env, "ENABLE_WHATSAPP_MODULE": switch},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()[-1]
        for switch in ("true", "false")
    )

    assert int(on) >= len(PAGES)
    assert off == "0"
