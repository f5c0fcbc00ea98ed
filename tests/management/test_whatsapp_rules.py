"""``whatsapp_rules``: how each rule fares, and an exit code for scripts."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from tests.factories import BusinessNumberFactory
from tests.services.notices.shop import approved, order_of
from whatsapp.models import NoticeRule, Template

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop():
    BusinessNumberFactory()
    approved("order_shipped")
    NoticeRule.objects.exclude(event="order_shipped").delete()
    order_of()


def test_sound_rules_are_listed(capsys):
    call_command("whatsapp_rules")

    assert "Order shipped" in capsys.readouterr().out


def test_rule_that_would_fail_is_named_with_its_parameter(capsys):
    Template.objects.update(components=[{"type": "BODY", "text": "Etajul {{floor}} vă așteaptă."}])

    with pytest.raises(CommandError) as caught:
        call_command("whatsapp_rules")

    assert caught.value.returncode == 1
    assert "floor" in capsys.readouterr().out
