"""Papers on their whole way: the ERP's PDF, the upload, the phone, the button pressed, the ERP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from decimal import Decimal

import pytest
from django.utils import timezone

from cypher_erp.suppliers.models import SupplierOrder
from tests.e2e.conftest import environment, wait_for
from tests.erp.factories import CustomerFactory, QuoteLineFactory, SupplierFactory
from tests.forks import ROOT
from whatsapp import signals
from whatsapp.domain.standard_templates import standard_template
from whatsapp.models import (
    Media,
    Message,
    OutboxItem,
    QuoteAnswer,
    SentDocument,
    Template,
    WebhookEvent,
)
from whatsapp.services import delivery, documents, orders, webhook_events
from whatsapp.services.outgoing import uploads

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
PHONE = "+40712000001"


@pytest.fixture
def quote(system):
    customer = CustomerFactory(name="Ana Pop", phone=PHONE)
    return QuoteLineFactory(quote__customer=customer, quote__total=Decimal("1814.79")).quote


@pytest.fixture
def supplier_order(system):
    order = SupplierOrder.objects.create(supplier=SupplierFactory(phone=PHONE))
    for place in range(60):
        order.lines.create(name=f"Hârtie copiator A4, sortul {place}", quantity=Decimal("2.5"))
    return order


def approved(system, name):
    """The template at Meta, and as our sync would have read it."""
    components = list(standard_template(name=name, language="ro").components)
    values = {"language": "ro", "category": "UTILITY", "parameter_format": "NAMED"}
    system.simulator.template(name, components=components, **values)
    Template.objects.create(
        name=name, waba_id="777000000000001", components=components, status="APPROVED", **values
    )


def leave():
    """Do what the workers do, in this process."""
    uploads.upload_due(now=timezone.now())
    for number_id in OutboxItem.objects.values_list("number_id", flat=True).distinct():
        delivery.send_due(number_id=number_id)


def heard():
    webhook_events.process_due(now=timezone.now())
    return Message.objects.received().exists()


def is_read():
    webhook_events.process_due(now=timezone.now())
    return not Message.objects.sent().exclude(delivery_status__in=("DELIVERED", "READ")).exists()


def all_applied():
    webhook_events.process_due(now=timezone.now())
    return not WebhookEvent.objects.exclude(status="processed").exists()


def shown(system):
    return system.simulator.chat(PHONE.removeprefix("+"))["messages"]


def press(system, bubble, place):
    """Press a button as the phone page does: with what the button under the message carries."""
    button = bubble["buttons"][place]
    if button["kind"] == "button":
        said = {"type": "button", "button": {"payload": button["id"], "text": button["text"]}}
    else:
        reply = {"id": button["id"], "title": button["text"]}
        said = {
            "type": "interactive",
            "interactive": {"type": "button_reply", "button_reply": reply},
        }
    return system.simulator.inbound(from_=PHONE, reply_to=bubble["id"], **said)


@pytest.mark.parametrize("window", ["open", "closed"])
def test_a_quote_accepted_twice_and_told_twice_is_accepted_once(system, quote, window):
    told = []

    def listen(**said):
        told.append((said["quote_id"], said["answer"]))

    if window == "open":
        system.simulator.inbound_text(PHONE, "Îmi faceți o ofertă?", name="Ana Pop")
        wait_for(heard, what="the customer's question")
    else:
        approved(system, "quote_document")
    documents.send_quote(quote_id=quote.pk)
    leave()
    wait_for(is_read, what="the quote read")
    bubble = shown(system)[-1]
    before = Message.objects.received().count()

    signals.quote_answered.connect(listen)
    try:
        system.simulator.fault("duplicate", next=10)
        press(system, bubble, 0)
        press(system, bubble, 0)
        wait_for(
            lambda: all_applied() and Message.objects.received().count() == before + 2,
            what="both presses",
        )
    finally:
        signals.quote_answered.disconnect(listen)

    quote.refresh_from_db()
    assert bubble["title"] == f"Ofertă {quote.number}.pdf"
    assert [button["text"] for button in bubble["buttons"]] == [
        "Accept propunerea",
        "Am o întrebare",
    ]
    assert told == [(quote.pk, "accepted")]
    assert quote.status == "ACCEPTED"
    assert QuoteAnswer.objects.count() == 1
    assert {row.quote_id for row in Message.objects.received().order_by("-id")[:2]} == {quote.pk}


def test_a_supplier_order_outside_the_window_is_answered_where_it_belongs(system, supplier_order):
    approved(system, "supplier_order_document")

    orders.send_supplier_order(supplier_order_id=supplier_order.pk)
    leave()
    wait_for(is_read, what="the order read")
    bubble = shown(system)[-1]
    system.simulator.inbound_text(PHONE, "Confirmăm, livrăm joi.", reply_to=bubble["id"])
    wait_for(heard, what="the supplier's answer")

    supplier_order.refresh_from_db()
    assert bubble["title"] == f"Comandă către furnizor {supplier_order.number}.pdf"
    assert "… și încă" in bubble["text"]
    assert Message.objects.received().get().supplier_order_id == supplier_order.pk
    assert supplier_order.status == "SENT"


def test_a_long_supplier_order_inside_the_window_is_a_text_and_then_its_paper(
    system, supplier_order
):
    system.simulator.inbound_text(PHONE, "Ce vă trimitem?", name="Depozit")
    wait_for(heard, what="the supplier's message")

    orders.send_supplier_order(supplier_order_id=supplier_order.pk)
    leave()
    wait_for(is_read, what="both read")

    text, paper = shown(system)[-2:]
    assert text["text"].count("\n• ") == 60
    assert (paper["type"], paper["title"]) == (
        "document",
        f"Comandă către furnizor {supplier_order.number}.pdf",
    )


def test_a_supplier_who_answers_the_plain_template_gets_the_paper(system, supplier_order):
    approved(system, "supplier_order")

    orders.send_supplier_order(supplier_order_id=supplier_order.pk)
    leave()
    wait_for(is_read, what="the template read")
    system.simulator.inbound_text(PHONE, "Trimiteți lista, vă rog.")
    wait_for(heard, what="the supplier's answer")
    leave()
    wait_for(is_read, what="the paper read")

    assert [one["type"] for one in shown(system)] == ["template", "text", "document"]
    assert not SentDocument.objects.exclude(owed=None).exists()


SENDS = """
import os, signal, sys
import django
django.setup()
from whatsapp import signals
from whatsapp.services import documents

if sys.argv[2:] == ["die"]:  # with everything written, right before the commit
    signals.document_queued.connect(lambda **_: os.kill(os.getpid(), signal.SIGKILL), weak=False)
documents.send_quote(quote_id=int(sys.argv[1]))
"""


def send_in_a_process(system, quote, *how):
    """Send it where it can be killed; return how that ended."""
    done = subprocess.run(
        [sys.executable, "-c", SENDS, str(quote.pk), *how],
        cwd=ROOT,
        env={**os.environ, **environment(system.simulator)},
        timeout=60,
        check=False,
    )
    return done.returncode


def test_killed_before_the_commit_it_was_never_sent_and_can_be(system, quote):
    system.simulator.inbound_text(PHONE, "Îmi faceți o ofertă?", name="Ana Pop")
    wait_for(heard, what="the customer's question")

    died = send_in_a_process(system, quote, "die")
    quote.refresh_from_db()
    assert died == -signal.SIGKILL
    assert (Message.objects.sent().count(), quote.status) == (0, "DRAFT")

    documents.send_quote(quote_id=quote.pk)
    leave()
    wait_for(is_read, what="the quote read")
    assert len(with_buttons(system)) == 1


def test_a_worker_killed_while_it_uploads_costs_nothing_but_time(
    system, quote, tmp_path, monkeypatch
):
    monkeypatch.setenv("DJANGO_MEDIA_ROOT", str(tmp_path))  # the processes share their files
    system.simulator.inbound_text(PHONE, "Îmi faceți o ofertă?", name="Ana Pop")
    wait_for(heard, what="the customer's question")
    system.simulator.fault("hang_after", endpoint="media", next=1, seconds=60)

    with system.worker() as worker:
        assert send_in_a_process(system, quote) == 0
        wait_for(Media.objects.filter(attempts=1).exists, what="the upload under way")
        worker.kill()
    assert documents.send_quote(quote_id=quote.pk).pk == Message.objects.sent().get().pk
    Media.objects.update(next_attempt_at=timezone.now())  # five minutes later
    with system.worker():
        wait_for(is_read, what="the quote read")

    assert len(with_buttons(system)) == 1
    assert Message.objects.sent().count() == 1
    assert not OutboxItem.objects.exists()


def with_buttons(system):
    return [one for one in shown(system) if one.get("buttons")]
