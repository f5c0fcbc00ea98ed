"""Rules in the admin: edited, tried on a real order before they are kept, and checked."""

from __future__ import annotations

import pytest
from django.urls import reverse

from cypher_erp.customers.models import Customer
from cypher_erp.orders.models import Order
from tests.factories import BusinessNumberFactory, TemplateFactory
from tests.services.notices.shop import approved, order_of
from whatsapp.models import Message, NoticeCheck, NoticeRule, OrderNotice

pytestmark = pytest.mark.django_db

LIST = reverse("admin:whatsapp_noticerule_changelist")
ADD = reverse("admin:whatsapp_noticerule_add")
SHEET = reverse("admin:whatsapp_noticerule_sheet")


@pytest.fixture
def rule():
    BusinessNumberFactory()
    approved("order_shipped")
    return NoticeRule.objects.get(event="order_shipped")


def address(rule) -> str:
    return reverse("admin:whatsapp_noticerule_change", args=[rule.pk])


def form(rule, **changes) -> dict[str, str]:
    """The form as the page sends it."""
    values = {
        "name": rule.name,
        "event": rule.event,
        "is_active": "on",
        "position": str(rule.position),
        "template": rule.template,
        "fallback_template": rule.fallback_template,
        "number": "",
        "recipient": rule.recipient,
        "delay_minutes": str(rule.delay_minutes),
        "minimum_total": "",
        "maximum_total": "",
        "couriers": "",
        "customer_groups": "",
        "other_channel_minutes": "",
        "rule": str(rule.pk or ""),
    }
    for key, mapped in rule.parameters.items():
        values[f"p:{key}:from"] = mapped.get("field", "text")
        values[f"p:{key}:words"] = mapped.get("text", "") or mapped.get("otherwise", "")
    return values | changes


def shown(client, rule, **changes) -> str:
    given = form(rule, **changes)
    return client.post(SHEET, given, headers={"HX-Request": "true"}).content.decode()


class TestForm:
    def test_page_shows_the_mapping_and_a_message_on_the_newest_order(self, supervisor, rule):
        order = order_of(name="Ioana Mureșan")

        page = supervisor.get(address(rule)).content.decode()

        assert 'name="p:courier:from"' in page
        assert '<option value="order.courier" selected>Courier</option>' in page
        assert "Ioana Mureșan" in page
        assert page.count(order.number) > 1  # in the list of orders and in the message
        assert "Would be sent at once to" in page
        assert not Message.objects.exists()

    def test_rule_is_kept_with_conditions_and_mapping(self, supervisor, rule):
        given = form(
            rule,
            couriers="Sameday, FAN Courier,",
            customer_groups="wholesale",
            minimum_total="100",
            delay_minutes="90",
            **{"p:courier:from": "text", "p:courier:words": "mașina noastră"},
        )

        response = supervisor.post(address(rule), given)

        assert response.status_code == 302, response.context["adminform"].form.errors
        rule.refresh_from_db()
        assert rule.couriers == ["Sameday", "FAN Courier"]
        assert rule.customer_groups == ["wholesale"]
        assert (rule.minimum_total, rule.delay_minutes) == (100, 90)
        assert rule.parameters["courier"] == {"text": "mașina noastră"}
        assert rule.parameters["customer_name"] == {"field": "customer.name"}

    def test_parameter_without_a_source_is_named_beside_it_and_nothing_is_kept(
        self, supervisor, rule
    ):
        given = form(rule, name="Changed", **{"p:courier:from": ""})

        page = supervisor.post(address(rule), given).content.decode()

        assert "order_shipped (ro) needs courier; say what fills it." in page
        assert "wa-map-wrong" in page
        rule.refresh_from_db()
        assert rule.name == "Order shipped"

    def test_path_that_is_no_field_is_refused(self, supervisor, rule):
        given = form(rule, **{"p:courier:from": "order.__class__"})

        page = supervisor.post(address(rule), given).content.decode()

        assert "Choose a field of the order, or write a text, for courier." in page
        rule.refresh_from_db()
        assert rule.parameters["courier"] == {"field": "order.courier"}

    def test_new_rule_can_be_added(self, supervisor, rule):
        fresh = NoticeRule(
            name="Wholesale", event="order_shipped", template="order_shipped", position=1
        )
        fresh.parameters = rule.parameters

        response = supervisor.post(ADD, form(fresh, customer_groups="wholesale"))

        assert response.status_code == 302, response.context["adminform"].form.errors
        assert NoticeRule.objects.get(name="Wholesale").customer_groups == ["wholesale"]

    def test_fields_the_erp_adds_can_be_chosen(self, supervisor, rule):
        order_of(city="Cluj-Napoca")

        page = supervisor.get(address(rule)).content.decode()

        assert '<option value="customer.extra.city">City</option>' in page

    def test_list_moves_and_switches_rules(self, supervisor, rule):
        rules = list(NoticeRule.objects.order_by("event", "position", "id"))
        given = {"form-TOTAL_FORMS": "3", "form-INITIAL_FORMS": "3", "_save": "Save"}
        for n, each in enumerate(rules):
            given |= {f"form-{n}-id": str(each.pk), f"form-{n}-position": "7"}

        supervisor.post(LIST, given)

        assert set(NoticeRule.objects.values_list("position", "is_active")) == {(7, False)}


class TestPreview:
    def test_unsaved_changes_are_shown(self, supervisor, rule):
        order_of()

        page = shown(supervisor, rule, **{"p:courier:from": "text", "p:courier:words": "bicicleta"})

        assert "bicicleta" in page
        rule.refresh_from_db()
        assert rule.parameters["courier"] == {"field": "order.courier"}

    def test_it_is_in_the_customers_language(self, supervisor, rule):
        approved("order_shipped", "hu")
        order_of(language="hu")

        assert "order_shipped (hu)" in shown(supervisor, rule)

    def test_picked_order_is_the_one_shown(self, supervisor, rule):
        first = order_of(phone="0712345671")
        order_of(phone="0712345672")

        assert first.number in shown(supervisor, rule, try_on=str(first.pk))

    @pytest.mark.parametrize(
        ("customer", "changes", "words"),
        [
            ({"phone": ""}, {}, "Would not be told: The customer has no phone number."),
            ({}, {"minimum_total": "99999"}, "its total is too small"),
            ({}, {"couriers": "DPD"}, "another courier takes it"),
            ({}, {"customer_groups": "x"}, "in another group"),
            ({}, {"delay_minutes": "1500"}, "Would be sent 1 d 1 h later"),
            ({}, {"p:courier:from": ""}, "Would fail: The rule does not say what fills"),
            (
                {},
                {"p:courier:from": "customer.extra.nothing"},
                "Would fail: The order has nothing for the template&#x27;s courier.",
            ),
        ],
    )
    def test_decision_is_said(self, supervisor, rule, customer, changes, words):
        order_of(**customer)

        assert words in shown(supervisor, rule, **changes)

    def test_cancelled_order_and_customer_outside_the_roll_out(self, supervisor, rule, settings):
        order = order_of()
        Order.objects.update(status="CANCELLED")

        assert "The order was cancelled." in shown(supervisor, rule, try_on=str(order.pk))
        Order.objects.update(status="NEW")
        settings.WHATSAPP = {**settings.WHATSAPP, "ROLLOUT_PERCENT": 0}
        assert "not in the roll-out" in shown(supervisor, rule)

    def test_template_in_review_would_be_waited_for(self, supervisor, rule):
        order_of()
        TemplateFactory._meta.model.objects.update(status="PENDING")

        assert "Would wait: Template order_shipped is not approved" in shown(supervisor, rule)

    def test_customers_words_are_escaped(self, supervisor, rule):
        order_of()
        Customer.objects.update(name="<script>x</script>")

        page = shown(supervisor, rule)

        assert "<script>x" not in page
        assert "&lt;script&gt;x" in page

    def test_parameters_of_another_template_are_asked_for(self, supervisor, rule):
        approved("order_confirmed")

        page = shown(supervisor, rule, part="rows", template="order_confirmed")

        assert 'name="p:total:from"' in page
        assert '<option value="order.total" selected>' in page  # its name tells
        assert "p:courier" not in page

    def test_half_a_form_breaks_nothing(self, supervisor, rule):
        order_of()

        response = supervisor.post(SHEET, {"part": "preview", "delay_minutes": "x"})

        assert response.status_code == 200

    def test_who_may_not_change_rules_is_refused(self, agent, rule):
        assert agent.post(SHEET, form(rule)).status_code == 403
        page = agent.get(address(rule)).content.decode()
        assert "p:courier" not in page


class TestActions:
    def test_check_now_tells_how_each_rule_fares(self, supervisor, rule):
        NoticeRule.objects.exclude(pk=rule.pk).delete()
        order_of()

        page = supervisor.post(
            LIST, {"action": "check_now", "_selected_action": [rule.pk]}, follow=True
        ).content.decode()

        assert "Order shipped: 1 order is sound" in page
        assert NoticeCheck.objects.get().sound == 1
        assert "Tried on the newest orders" in supervisor.get(address(rule)).content.decode()

    def test_deleted_rule_is_gone_and_its_notices_stay(self, supervisor, rule):
        notice = OrderNotice.objects.create(order=order_of(), event="order_shipped", rule=rule)

        supervisor.post(
            reverse("admin:whatsapp_noticerule_delete", args=[rule.pk]), {"post": "yes"}
        )

        notice.refresh_from_db()
        assert notice.rule is None
        assert not NoticeRule.objects.filter(pk=rule.pk).exists()

    def test_agents_look_and_change_nothing(self, agent, rule):
        assert agent.get(LIST).status_code == 200
        assert agent.get(ADD).status_code == 403
