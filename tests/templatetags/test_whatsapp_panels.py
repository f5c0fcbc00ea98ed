"""The panels on the ERP's own pages."""

from datetime import timedelta

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import timezone, translation
from django.utils.formats import date_format

from cypher_erp.staff.models import Role
from tests.erp.factories import CustomerFactory, OrderFactory, UserFactory
from tests.factories import (
    BusinessNumberFactory,
    ContactFactory,
    ConversationFactory,
    MessageFactory,
    TemplateFactory,
)
from whatsapp.models import Message, NoticeRule, OrderNotice
from whatsapp.services.templating.order_templates import BY_FALLBACK

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(db):
    return UserFactory(username="ana", is_staff=True, role=Role.USER)


@pytest.fixture
def draw(rf, agent):
    """Draw a panel for somebody, by default an agent."""

    def drawn(name, row, user=agent):
        request = rf.get("/")
        request.user = user
        source = f"{{% load whatsapp_panels %}}{{% {name} {row.pk} %}}"
        return Template(source).render(Context({"request": request})).strip()

    return drawn


@pytest.fixture
def order(db):
    return OrderFactory(customer=CustomerFactory(name="Ioana Mureșan", phone="0712 000 001"))


@pytest.fixture
def conversation(order):
    return ConversationFactory(contact=ContactFactory(customer=order.customer), unread_count=2)


def test_order_panel_proves_the_delivery(draw, order, conversation):
    at = timezone.now()
    message = MessageFactory(
        conversation=conversation, delivery_status="READ", delivered_at=at, read_at=at
    )
    OrderNotice.objects.create(order=order, event="order_shipped", decision="sent", message=message)

    panel = draw("whatsapp_order_panel", order)

    assert "Order shipped" in panel
    assert "wa-tick-read" in panel
    assert "Delivered" in panel
    assert f"/admin/whatsapp/conversation/{conversation.pk}/change/" in panel
    assert 'title="unread">2</span>' in panel


def test_order_panel_says_why_the_customer_was_not_told(draw, order):
    OrderNotice.objects.create(
        order=order,
        event="order_confirmed",
        decision="suppressed",
        reason="The customer has no phone number.",
    )

    panel = draw("whatsapp_order_panel", order)

    assert "not told" in panel
    assert "The customer has no phone number." in panel


def test_order_panel_says_until_when_a_delayed_notice_waits_and_by_which_rule(draw, order):
    planned = timezone.now() + timedelta(hours=3)
    NoticeRule.objects.filter(event="order_delivered").update(name="Ask how it was")
    rule = NoticeRule.objects.get(event="order_delivered")
    OrderNotice.objects.create(
        order=order,
        event="order_delivered",
        decision="waiting",
        reason="The rule tells it later.",
        rule=rule,
        planned_at=planned,
    )

    panel = draw("whatsapp_order_panel", order)

    assert "The rule tells it later." in panel
    assert f"planned for {date_format(timezone.localtime(planned), 'j M Y, H:i')}" in panel
    assert "Rule: Ask how it was" in panel


def test_order_panel_says_when_a_message_waits_for_the_morning(draw, order, conversation):
    morning = timezone.now() + timedelta(hours=8)
    message = MessageFactory(conversation=conversation, pending=True, send_at=morning)
    OrderNotice.objects.create(order=order, event="order_shipped", decision="sent", message=message)

    assert "after the quiet hours" in draw("whatsapp_order_panel", order)


def test_order_panel_tells_of_the_fallback_template(draw, order, conversation):
    OrderNotice.objects.create(
        order=order,
        event="order_shipped",
        decision="sent",
        message=MessageFactory(conversation=conversation),
        reason=BY_FALLBACK,
        reason_values={"template": "a", "states": "ro PAUSED", "fallback": "b"},
    )

    panel = draw("whatsapp_order_panel", order)

    assert "Template a cannot be sent (ro PAUSED); told by b." in panel


def test_rule_that_is_called_as_its_event_is_not_named(draw, order, conversation):
    rule = NoticeRule.objects.get(event="order_shipped")
    message = MessageFactory(conversation=conversation)
    OrderNotice.objects.create(
        order=order, event="order_shipped", decision="sent", message=message, rule=rule
    )

    assert "Rule:" not in draw("whatsapp_order_panel", order)


def test_order_panel_tells_who_else_told_the_customer(draw, order, conversation):
    at = timezone.now()
    message = MessageFactory(conversation=conversation)
    notice = OrderNotice.objects.create(
        order=order,
        event="order_shipped",
        decision="sent",
        message=message,
        told_otherwise_at=at,
        told_otherwise_by="email",
    )
    when = date_format(timezone.localtime(at), "j M Y, H:i")

    once = draw("whatsapp_order_panel", order)
    Message.objects.update(delivery_status="DELIVERED", delivered_at=at)
    twice = draw("whatsapp_order_panel", order)
    OrderNotice.objects.update(told_otherwise_at=None, otherwise_error="OSError: full")
    failed = draw("whatsapp_order_panel", order)
    OrderNotice.objects.filter(pk=notice.pk).update(otherwise_error="", told_otherwise_by="-")
    nowhere = draw("whatsapp_order_panel", order)

    assert f"told by email {when}" in once
    assert f"told twice: by email {when}, by WhatsApp {when}" in twice
    assert "Could not be told otherwise: OSError: full" in failed
    assert "no other way to reach the customer" in nowhere


def test_order_panel_speaks_the_agents_language(draw, order):
    OrderNotice.objects.create(
        order=order,
        event="order_shipped",
        decision="failed",
        reason="Expired. There is no template %(template)s in %(languages)s.",
        reason_values={"template": "a", "languages": "hu, ro"},
    )

    with translation.override("ro"):
        panel = draw("whatsapp_order_panel", order)

    assert "Nu există șablonul a în hu, ro." in panel
    assert "There is no" not in panel


def test_customer_panel_shows_the_last_words_escaped(draw, order, conversation):
    MessageFactory(conversation=conversation, received=True, message_text="<script>x</script>")

    panel = draw("whatsapp_customer_panel", order.customer)

    assert "&lt;script&gt;x" in panel
    assert "<script>x" not in panel


def test_customer_without_conversation_can_be_written_to(draw, order):
    panel = draw("whatsapp_customer_panel", order.customer)

    assert f"/admin/whatsapp/conversation/start/?customer={order.customer.pk}" in panel


def test_customer_without_phone_cannot(draw):
    panel = draw("whatsapp_customer_panel", CustomerFactory(phone=""))

    assert "/start/" not in panel


@pytest.mark.parametrize("name", ["whatsapp_order_panel", "whatsapp_customer_panel"])
def test_nothing_is_shown_without_the_right_or_the_module(
    name, draw, order, conversation, settings
):
    row = order if "order" in name else order.customer
    outsider = UserFactory(is_staff=True)

    without_right = draw(name, row, user=outsider)
    settings.WHATSAPP = {**settings.WHATSAPP, "ENABLED": False}
    switched_off = draw(name, row)

    assert (without_right, switched_off) == ("", "")


def test_panels_are_on_the_pages_of_the_erp(order, conversation):
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    order_page = client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    customer_page = client.get(
        f"/admin/customers/customer/{order.customer.pk}/change/"
    ).content.decode()

    assert "wa-panel" in order_page
    assert "wa-panel" in customer_page


def test_first_message_begins_the_conversation(agent, order):
    BusinessNumberFactory()
    template = TemplateFactory()
    client = Client()
    client.force_login(agent)
    about = {"customer": order.customer.pk, "order": order.pk}
    start = "/admin/whatsapp/conversation/start/"

    page = client.get(start, about).content.decode()
    sheet = client.get(f"{start}sheet/", {**about, "template": template.pk}).content.decode()
    nothing_yet = not Message.objects.exists()
    answer = client.post(
        f"{start}send/",
        {**about, "template": template.pk, "p.customer": "Ioana", "p.order_number": order.number},
    )

    message = Message.objects.get()
    assert "order_shipped (ro)" in page
    assert f'value="{order.number}"' in sheet
    assert nothing_yet
    assert (message.order, message.phone_number) == (order, "+40712000001")
    assert answer["Location"] == f"/admin/whatsapp/conversation/{message.conversation_id}/change/"


def test_who_has_a_conversation_is_led_to_it(agent, order, conversation):
    client = Client()
    client.force_login(agent)

    answer = client.get("/admin/whatsapp/conversation/start/", {"customer": order.customer.pk})

    assert answer["Location"] == f"/admin/whatsapp/conversation/{conversation.pk}/change/"
