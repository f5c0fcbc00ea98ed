"""What suppliers answer belongs to their order."""

from __future__ import annotations

import pytest

from cypher_erp.suppliers.models import SupplierOrder
from tests.erp.factories import OrderFactory
from tests.factories import MessageFactory
from tests.services.papers import hear, leave, writes_to_us
from tests.services.receiving.supplies import order_of, send
from whatsapp import signals
from whatsapp.models import Message, OutboxItem
from whatsapp.services.dialogue import targets

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("maker")]


class TestAnswers:
    def test_what_a_supplier_writes_belongs_to_the_newest_order(self):
        writes_to_us()
        send(order_of())
        newest = order_of()
        send(newest)

        hear("wamid.A")

        assert answer("wamid.A").supplier_order_id == newest.pk

    def test_a_reply_belongs_to_the_order_it_is_about(self):
        writes_to_us()
        older = order_of()
        about = send(older)
        leave()
        send(order_of())
        about.refresh_from_db()

        hear("wamid.A", about=about.external_message_id)

        assert answer("wamid.A").supplier_order_id == older.pk

    def test_a_reply_that_overtakes_our_own_record_is_tied_when_it_is_known(self):
        conversation = writes_to_us()
        older, newer = order_of(), order_of()
        hear("wamid.A", about="wamid.LATE")
        MessageFactory(conversation=conversation, supplier_order=newer)

        late = MessageFactory(
            conversation=conversation, supplier_order=older, external_message_id=None
        )
        Message.objects.filter(pk=late.pk).update(external_message_id="wamid.LATE")
        targets.link(targets={"wamid.LATE": late.pk})

        assert answer("wamid.A").supplier_order_id == older.pk

    def test_a_reply_about_something_else_belongs_to_that(self):
        conversation = writes_to_us()
        send(order_of())
        bought = OrderFactory()
        about = MessageFactory(conversation=conversation, order=bought)

        hear("wamid.A", about=about.external_message_id)

        assert answer("wamid.A").order_id == bought.pk
        assert answer("wamid.A").supplier_order_id is None

    def test_others_are_not_tied(self):
        writes_to_us()
        send(order_of())

        hear("wamid.A", sender="+40700000002")

        assert answer("wamid.A").supplier_order_id is None

    def test_it_is_tied_in_a_later_conversation_too(self):
        conversation = writes_to_us()
        row = order_of()
        send(row)
        type(conversation).objects.update(status="ARCHIVED")

        hear("wamid.A")

        assert answer("wamid.A").conversation_id != conversation.pk
        assert answer("wamid.A").supplier_order_id == row.pk

    def test_the_erp_is_told_once_of_each(self):
        conversation = writes_to_us()
        row = order_of()
        send(row)
        told = []

        def listen(**said):
            told.append((said["supplier_order_id"], said["message_id"], said["conversation_id"]))

        signals.supplier_answered.connect(listen)
        try:
            hear("wamid.A")
            hear("wamid.A")
            hear("wamid.B", type="reaction", reaction={"message_id": "wamid.X", "emoji": "👍"})
        finally:
            signals.supplier_answered.disconnect(listen)

        assert told == [(row.pk, answer("wamid.A").pk, conversation.pk)]

    def test_an_order_that_is_deleted_takes_no_message_with_it(self):
        writes_to_us()
        row = order_of()
        message = send(row)

        row.lines.all().delete()
        SupplierOrder.objects.filter(pk=row.pk).delete()

        message.refresh_from_db()
        assert message.supplier_order_id is None
        assert OutboxItem.objects.exists()


def answer(wamid):
    return Message.objects.get(external_message_id=wamid)
