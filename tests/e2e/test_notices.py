"""A rule made in the admin tells customers, whatever becomes of its template and of WhatsApp."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cypher_erp.notifications.models import CustomerMail
from cypher_erp.orders import services as erp
from tests.e2e.conftest import wait_for
from tests.erp.factories import CustomerFactory, OrderFactory
from tests.factories import UserFactory
from whatsapp.domain.standard_templates import STANDARD_TEMPLATES
from whatsapp.models import Message, NoticeRule, OrderNotice, Template
from whatsapp.services import orders, settlement

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]

PLAIN = [{"type": "BODY", "text": "Comanda {{order_number}} a plecat spre dumneavoastră."}]


def approve(system, name: str, language: str = "ro", components=None) -> None:
    """A template that Meta has and sends, and that we know of."""
    standard = {(t.name, t.language): t.components for t in STANDARD_TEMPLATES}
    parts = components or [dict(part) for part in standard[name, language]]
    system.simulator.template(name, components=parts, language=language, parameter_format="NAMED")
    Template.objects.create(
        waba_id="777000000000001",
        name=name,
        language=language,
        components=parts,
        status="APPROVED",
    )


def make_rule(**changes: str) -> NoticeRule:
    """As a supervisor does it in the browser."""
    browser = Client()
    browser.force_login(UserFactory(supervisor=True, language="en"))
    values = {
        "name": "Shipped, in any way",
        "event": "order_shipped",
        "is_active": "on",
        "position": "1",
        "template": "order_shipped",
        "fallback_template": "plain",
        "recipient": "customer.phone",
        "delay_minutes": "0",
        "other_channel_minutes": "30",
        "p:customer_name:from": "customer.name",
        "p:order_number:from": "order.number",
        "p:courier:from": "order.courier",
        "p:tracking_number:from": "order.tracking_number",
        "p:tracking_url:from": "order.tracking_url",
        **changes,
    }
    response = browser.post(reverse("admin:whatsapp_noticerule_add"), values)
    assert response.status_code == 302, response.context["adminform"].form.errors
    return NoticeRule.objects.get(name="Shipped, in any way")


def confirmed(phone: str, **customer):
    order = OrderFactory(customer=CustomerFactory(phone=phone, **customer))
    erp.confirm(order_ids=[order.pk])
    return order


def notice_of(order) -> OrderNotice:
    return OrderNotice.objects.select_related("message__template", "rule").get(
        order=order, event="order_shipped"
    )


def queued(order) -> OrderNotice:
    """Ship the order while no worker runs, and queue its notice."""
    erp.ship(order_ids=[order.pk])
    orders.decide_due(now=timezone.now())
    return notice_of(order)


def test_rule_of_the_admin_tells_a_hungarian_in_hungarian(system):
    approve(system, "order_shipped", "ro")
    approve(system, "order_shipped", "hu")
    approve(system, "plain", components=PLAIN)
    rule = make_rule()
    order = confirmed("0712 000 301", language="hu", name="Kovács Anna")

    with system.worker():
        erp.ship(order_ids=[order.pk])
        wait_for(lambda: notice_of(order).message_id, what="the decision")
        wait_for(lambda: notice_of(order).message.read_at, what="the customer reads")

    notice = notice_of(order)
    assert (notice.rule, notice.reason) == (rule, "")
    assert notice.message.template.language == "hu"
    assert "Kovács Anna" in notice.message.message_text


def test_template_paused_in_mid_run_is_replaced_and_nobody_is_told_twice(system):
    approve(system, "order_shipped")
    approve(system, "plain", components=PLAIN)
    make_rule()
    waiting = [queued(confirmed(f"0712 000 31{n}", language="ro")) for n in range(3)]
    assert {notice.message.template.name for notice in waiting} == {"order_shipped"}

    system.simulator.change_template("order_shipped", event="PAUSED")
    with system.worker():
        everyone = [notice.message_id for notice in waiting]
        read = Message.objects.filter(pk__in=everyone, read_at__isnull=False)
        wait_for(lambda: read.count() == 3, what="all are told by the fallback")

    notices = OrderNotice.objects.filter(event="order_shipped").select_related("message__template")
    assert {notice.message.template.name for notice in notices} == {"plain"}
    assert all(notice.fell_back_at for notice in notices)
    assert len(system.simulator.ledger()) == 3
    assert system.simulator.duplicates()["message"] == {}


def test_customer_without_whatsapp_is_told_by_email_once(system):
    approve(system, "order_shipped")
    approve(system, "plain", components=PLAIN)
    make_rule()
    order = confirmed("0790 131 026", language="ro", email="ion@exemplu.ro")

    with system.worker():
        erp.ship(order_ids=[order.pk])
        wait_for(lambda: notice_of(order).told_otherwise_at, what="the email is written")
        wait_for(lambda: CustomerMail.objects.get().sent_at, what="the email is sent")

    notice = notice_of(order)
    assert (notice.told_otherwise_by, notice.message.error_code) == ("email", 131026)
    row = CustomerMail.objects.get()
    assert (row.address, row.body) == ("ion@exemplu.ro", notice.message.message_text)
    assert len(system.simulator.ledger()) == 1


def test_order_cancelled_between_event_and_send_is_not_told(system):
    approve(system, "order_confirmed")
    order = confirmed("0712 000 304", language="ro")
    erp.cancel(order_ids=[order.pk])

    with system.worker():
        settlement.sweep(now=timezone.now())
        notice = OrderNotice.objects.filter(order=order, event="order_confirmed")
        wait_for(lambda: notice.get().decided_at, what="the decision")

    assert notice.get().decision == "suppressed"
    assert notice.get().reason == "The order was cancelled."
    assert system.simulator.ledger() == []
