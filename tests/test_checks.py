"""Settings that cannot work are named, with what to do, before anything is lost."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks

from whatsapp import checks

FAULTS = [
    ("whatsapp.E003", {"ACCESS_TOKEN": "", "ENCRYPTION_KEYS": ()}),
    ("whatsapp.E004", {"APP_SECRETS": ()}),
    ("whatsapp.E005", {"ENCRYPTION_KEYS": ("too short",)}),
    ("whatsapp.E006", {"GRAPH_URL": "graph.facebook.com"}),
    ("whatsapp.E007", {"ORDER_BOOK": ""}),
    ("whatsapp.E007", {"CUSTOMER_DIRECTORY": "nowhere.Customers"}),
    ("whatsapp.E007", {"STAFF_NOTIFIER": "whatsapp.testing.InMemoryOrders"}),
    ("whatsapp.E007", {"CUSTOMER_NOTIFIER": "whatsapp.testing.InMemoryOrders"}),
    ("whatsapp.E008", {"ORDER_SIGNALS": {"order_shipped": "nowhere.order_shipped"}}),
    ("whatsapp.E008", {"ORDER_SIGNALS": {"order_shipped": "whatsapp.queue.enqueue"}}),
    ("whatsapp.E009", {"MEDIA_STORAGE": "nowhere"}),
    ("whatsapp.W001", {"VERIFY_TOKEN": ""}),
    ("whatsapp.W002", {"BUSINESS_ACCOUNT_ID": ""}),
    ("whatsapp.W003", {"GRAPH_URL": "http://graph.example.com"}),
    ("whatsapp.W004", {"GRAPH_VERSION": "v18.0"}),
    ("whatsapp.W004", {"GRAPH_VERSION": "25"}),
]


def found(**kwargs):
    return [message for message in run_checks(**kwargs) if message.id.startswith("whatsapp.")]


def test_tests_own_settings_are_sound():
    assert found() == []


@pytest.mark.parametrize(("check_id", "wrong"), FAULTS)
def test_each_fault_is_named_with_a_hint(settings, check_id, wrong):
    settings.WHATSAPP = {**settings.WHATSAPP, **wrong}

    messages = found()

    assert [message.id for message in messages] == [check_id]
    assert messages[0].hint


def test_erp_need_not_tell_its_customers_itself(settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "CUSTOMER_NOTIFIER": ""}

    assert found() == []


def test_lease_that_ends_before_its_renewal_is_refused(settings):
    renew = checks.whatsapp_settings().sender_lease
    settings.WHATSAPP = {**settings.WHATSAPP, "SENDER_RENEW": renew}

    assert [message.id for message in found()] == ["whatsapp.E010"]


def test_missing_method_of_an_adapter_is_named(settings):
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "STAFF_NOTIFIER": "whatsapp.testing.InMemoryOrders",
    }

    assert "lacks notify" in found()[0].msg


def test_secrets_never_appear_in_a_message(settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "ENCRYPTION_KEYS": ("a-secret-key",)}

    assert "a-secret-key" not in str(found())


@pytest.mark.parametrize("wrong", [wrong for _, wrong in FAULTS])
def test_disabled_module_has_nothing_to_say(settings, wrong):
    settings.WHATSAPP = {**settings.WHATSAPP, **wrong, "ENABLED": False}

    assert found(include_deployment_checks=True) == []


@pytest.mark.parametrize(
    ("url", "ids"),
    [
        ("https://graph.facebook.com", []),
        ("http://127.0.0.1:8001", ["whatsapp.W005"]),
    ],
)
def test_a_stand_in_for_meta_is_named_when_deploying(settings, url, ids):
    settings.WHATSAPP = {**settings.WHATSAPP, "GRAPH_URL": url}

    assert [message.id for message in found(include_deployment_checks=True)] == ids


@pytest.mark.django_db
def test_a_server_new_enough_is_accepted():
    assert found(databases=["default"]) == []


def test_another_engine_is_refused_by_its_name(settings):
    assert (
        checks.engine_fault("sqlite")[0].msg == "WhatsApp needs PostgreSQL; the database is sqlite."
    )
    assert checks.engine_fault("postgresql") == []


@pytest.mark.parametrize(("zone", "ids"), [("Europe/Bucharest", ["whatsapp.E012"]), ("UTC", [])])
def test_times_that_are_not_utc_are_refused(zone, ids):
    assert [message.id for message in checks.zone_fault(zone)] == ids


@pytest.mark.parametrize(("version", "ids"), [(140019, ["whatsapp.E002"]), (150000, [])])
def test_a_server_too_old_is_refused(version, ids):
    assert [message.id for message in checks.version_fault(version)] == ids


@pytest.mark.parametrize(
    ("state", "hint"), [("missing", "contrib"), ("forbidden", "CREATE EXTENSION unaccent;")]
)
def test_a_server_without_an_extension_is_refused_by_its_name(state, hint):
    (fault,) = checks.extension_fault("unaccent", state)

    assert fault.id == "whatsapp.E011"
    assert "unaccent" in fault.msg
    assert hint in fault.hint


def test_an_extension_that_is_there_is_no_fault():
    assert checks.extension_fault("unaccent", "fine") == []
