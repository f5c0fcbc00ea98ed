"""Orders to suppliers go out by WhatsApp, and are marked as sent only when they do."""

import pytest

from cypher_erp.suppliers import services
from cypher_erp.suppliers.errors import SupplierOrderMoveError
from cypher_erp.suppliers.models import SupplierOrder, SupplierOrderStatus
from tests.erp.factories import SupplierFactory, SupplierOrderFactory, SupplierOrderLineFactory
from tests.factories import BusinessNumberFactory, ContactFactory, ConversationFactory
from whatsapp.errors import InvalidPhoneError
from whatsapp.models import Message

pytestmark = pytest.mark.django_db

DRAFT, SENT, CONFIRMED = SupplierOrderStatus
LIST = "/admin/suppliers/supplierorder/"


@pytest.fixture
def order():
    """A draft to a supplier who wrote to us a minute ago."""
    ConversationFactory(contact=ContactFactory(phone="+40700200201"))
    line = SupplierOrderLineFactory(order__supplier=SupplierFactory(phone="0700 200 201"))
    return line.order


def statuses(*orders):
    return [SupplierOrder.objects.get(pk=order.pk).status for order in orders]


def messages(answer):
    return [str(message) for message in answer.context["messages"]]


def test_draft_is_sent_and_marked(order, supervisor):
    services.send_by_whatsapp(supplier_order_id=order.pk, user_id=supervisor.pk)

    message = Message.objects.get()
    order.refresh_from_db()
    assert (message.phone_number, message.user_id) == ("+40700200201", supervisor.pk)
    assert order.number in message.message_text
    assert "Hârtie copiator A4" in message.message_text
    assert order.status == SENT
    assert order.sent_at is not None


def test_order_is_sent_once(order):
    services.send_by_whatsapp(supplier_order_id=order.pk)

    with pytest.raises(SupplierOrderMoveError, match=f"{order.number} is SENT"):
        services.send_by_whatsapp(supplier_order_id=order.pk)

    assert Message.objects.count() == 1


def test_message_that_cannot_be_sent_leaves_a_draft():
    BusinessNumberFactory()
    order = SupplierOrderLineFactory(order__supplier__phone="nu are").order

    with pytest.raises(InvalidPhoneError):
        services.send_by_whatsapp(supplier_order_id=order.pk)

    assert statuses(order) == [DRAFT]
    assert not Message.objects.exists()


def test_one_order_that_was_not_sent_holds_back_the_confirmation_of_all():
    sent, draft = SupplierOrderFactory(status=SENT), SupplierOrderFactory(status=DRAFT)

    with pytest.raises(SupplierOrderMoveError, match=f"{draft.number} is DRAFT"):
        services.confirm(supplier_order_ids=[sent.pk, draft.pk])

    assert statuses(sent, draft) == [SENT, DRAFT]


def test_action_sends_what_it_can_and_says_what_it_cannot(order, desk):
    other = SupplierOrderLineFactory(order__supplier__phone="nu are").order
    chosen = {"action": "send_by_whatsapp", "_selected_action": [order.pk, other.pk]}

    answer = desk.post(LIST, chosen, follow=True)

    sent, refused = messages(answer)
    assert sent == f"{order.number} is on its way to the supplier."
    assert refused.startswith(f"{other.number}: ")
    assert statuses(order, other) == [SENT, DRAFT]


def test_action_confirms_sent_orders(desk):
    order = SupplierOrderFactory(status=SENT)
    chosen = {"action": "confirm_orders", "_selected_action": [order.pk]}

    answer = desk.post(LIST, chosen, follow=True)

    assert messages(answer) == ["The supplier has confirmed."]
    assert statuses(order) == [CONFIRMED]
