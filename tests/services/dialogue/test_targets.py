"""Whatever is about another message belongs to it, and to its order, whichever came first."""

from __future__ import annotations

import itertools

import pytest

from tests import webhook_bodies as bodies
from tests.erp.factories import OrderFactory
from tests.factories import (
    BusinessNumberFactory,
    ContactFactory,
    ConversationFactory,
    MessageFactory,
)
from tests.services.receiving.steps import process
from whatsapp.domain.amendments import UNTOUCHED
from whatsapp.models import Conversation, Message, WebhookEvent
from whatsapp.services import webhook_events
from whatsapp.services.dialogue import amendments, targets

pytestmark = pytest.mark.django_db
SHOP, ANA = "40300000000", "40700000001"


@pytest.fixture(autouse=True)
def number(outside):
    return BusinessNumberFactory()


@pytest.fixture
def notice(number):
    """A notice of an order; we do not know yet how Meta calls it."""
    contact = ContactFactory(phone=f"+{ANA}", wa_id=ANA)
    return MessageFactory(
        conversation=ConversationFactory(number=number, contact=contact),
        external_message_id=None,
        delivery_status="UNCONFIRMED",
        order_id=OrderFactory().pk,
    )


def hear(*raw):
    for each in raw:
        webhook_events.record(body=each)
        process()


def answer(wamid, *, to, at=0, **more):
    said = {**bodies.text(wamid, "Mulțumesc!", at=at), "context": {"id": to}, **more}
    return bodies.body(bodies.messages(said))


def told(message, wamid, word="delivered"):
    callback = {"biz_opaque_callback_data": f"{message.uuid}:1"}
    return bodies.body(bodies.statuses({**bodies.status(word, wamid), **callback}))


def said_on_phone(wamid, words, *, at=0, **more):
    head = {"id": wamid, "timestamp": str(bodies.SECOND + at), "type": "text"}
    return {"from": SHOP, "to": ANA, **head, "text": {"body": words}, **more}


def echo(*items):
    return _phone_app("smb_message_echoes", message_echoes=list(items))


def old(*items):
    marked = [{**item, "history_context": {"status": "READ"}} for item in items]
    chunk = {"metadata": {"phase": 0}, "threads": [{"id": ANA, "messages": marked}]}
    return _phone_app("history", history=[chunk])


def _phone_app(field, **lists):
    metadata = {"display_phone_number": SHOP, "phone_number_id": bodies.NUMBER}
    value = {"messaging_product": "whatsapp", "metadata": metadata, **lists}
    return bodies.body(value, field=field)


def message(wamid):
    return Message.objects.get(external_message_id=wamid)


def test_answer_that_came_before_we_knew_the_wamid_is_linked_by_the_status_that_tells_it(notice):
    hear(answer("wamid.A", to="wamid.NOTICE"), answer("wamid.B", to="wamid.OTHER", at=1))
    before = message("wamid.A")

    hear(told(notice, "wamid.NOTICE"))

    assert (before.reply_to, before.order_id, before.waits_for) == (None, None, "wamid.NOTICE")
    assert (message("wamid.A").reply_to, message("wamid.A").waits_for) == (notice, None)
    assert message("wamid.A").order_id == notice.order_id
    assert (message("wamid.B").reply_to, message("wamid.B").order_id) == (None, None)


def test_answer_to_a_second_attempt_belongs_to_the_same_message(notice):
    Message.objects.filter(pk=notice.pk).update(external_message_id="wamid.FIRST", attempts=2)
    hear(answer("wamid.A", to="wamid.SECOND"))

    hear(told(notice, "wamid.SECOND"))

    assert message("wamid.A").reply_to == notice
    assert message("wamid.FIRST") == notice


def test_status_of_a_word_that_we_do_not_know_tells_no_wamid(notice):
    hear(answer("wamid.A", to="wamid.NOTICE"))

    hear(told(notice, "wamid.NOTICE", word="archived"))

    assert message("wamid.A").waits_for == "wamid.NOTICE"


def test_answers_to_answers_belong_to_the_order_in_every_order_of_arrival(notice):
    story = (
        told(notice, "wamid.NOTICE"),
        answer("wamid.A", to="wamid.NOTICE"),
        answer("wamid.B", to="wamid.A", at=1),
        answer("wamid.C", to="wamid.B", at=2),
    )
    for order in itertools.permutations(story):
        Message.objects.exclude(pk=notice.pk).delete()
        Message.objects.filter(pk=notice.pk).update(external_message_id=None)
        Conversation.objects.update(message_count=0, unread_count=0)
        WebhookEvent.objects.all().delete()

        hear(*order)

        rows = Message.objects.exclude(pk=notice.pk).order_by("happened_at")
        links = list(rows.values_list("reply_to__external_message_id", "order_id", "waits_for"))
        about = ("wamid.NOTICE", "wamid.A", "wamid.B")
        assert links == [(wamid, notice.order_id, None) for wamid in about]


def test_two_that_answer_each_other_come_to_an_end():
    hear(answer("wamid.A", to="wamid.B"), answer("wamid.B", to="wamid.A", at=1))

    assert message("wamid.A").reply_to == message("wamid.B")
    assert message("wamid.B").reply_to == message("wamid.A")


def test_message_that_is_about_itself_is_about_nothing():
    hear(answer("wamid.A", to="wamid.A"))

    assert message("wamid.A").reply_to is None


def test_own_order_is_not_replaced():
    mine, other = OrderFactory().pk, OrderFactory().pk
    row = MessageFactory(received=True, waits_for="wamid.NOTICE", order_id=mine)
    notice = MessageFactory(external_message_id="wamid.NOTICE", order_id=other)

    targets.link(targets={"wamid.NOTICE": notice.pk})

    row.refresh_from_db()
    assert (row.reply_to, row.order_id) == (notice, mine)


def test_nothing_that_waits_is_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        targets.link(targets={"wamid.A": 1, "wamid.B": 2})


def test_answer_finds_an_echo_that_comes_after_it():
    hear(answer("wamid.A", to="wamid.E", at=60))

    hear(echo(said_on_phone("wamid.E", "Vă sun eu.")))

    assert message("wamid.A").reply_to == message("wamid.E")


def test_edit_in_the_phone_app_changes_its_bubble_also_when_it_comes_first():
    edited = {"original_message_id": "wamid.E"}
    edited["message"] = {"type": "text", "text": {"body": "Vă sun mâine."}}
    hear(echo(said_on_phone("wamid.F", "", at=1, type="edit", edit=edited)))

    hear(echo(said_on_phone("wamid.E", "Vă sun eu.")))

    original = message("wamid.E")
    became = amendments.of([original]).get(original.pk, UNTOUCHED)
    assert became.text(original.message_text) == "Vă sun mâine."


def test_deletion_in_the_phone_app_is_of_the_shops_own_words_alone():
    taken_back = {"revoke": {"original_message_id": "wamid.E"}, "type": "revoke"}
    not_theirs = {"revoke": {"original_message_id": "wamid.A"}, "type": "revoke"}
    hear(
        echo(said_on_phone("wamid.G", "", at=2, **taken_back)),
        echo(said_on_phone("wamid.H", "", at=3, **not_theirs)),
    )

    hear(echo(said_on_phone("wamid.E", "Vă sun eu.")), answer("wamid.A", to="wamid.E", at=1))

    became = amendments.of([message("wamid.E"), message("wamid.A")])
    assert became[message("wamid.E").pk].revoked_at is not None
    assert message("wamid.A").pk not in became or became[message("wamid.A").pk] == UNTOUCHED


def test_old_answer_finds_the_old_message_that_comes_after_it():
    first = said_on_phone("wamid.OLD", "Oferta noastră")
    second = {**bodies.text("wamid.A", "O iau.", at=60), "context": {"id": "wamid.OLD"}}
    hear(old(second))

    hear(old(first))

    assert message("wamid.A").reply_to == message("wamid.OLD")
