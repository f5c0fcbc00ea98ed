"""Each night every rule is tried on the newest orders; staff hear of what would fail, once."""

from __future__ import annotations

from functools import partial

import pytest
from django.utils import timezone

from cypher_erp.orders.models import Order
from tests.factories import BusinessNumberFactory, MessageFactory
from tests.services.notices.shop import another_rule, approved, order_of, rule_of
from tests.services.receiving.steps import FAILED, apply, said
from whatsapp import queue, testing
from whatsapp.domain.updates import TemplateUpdate
from whatsapp.models import Message, NoticeCheck, NoticeRule, OrderNotice, Template
from whatsapp.ports import TemplateDefinition
from whatsapp.services import notice_rules, templates
from whatsapp.services.notices import checks
from whatsapp.services.templating import template_sync

pytestmark = pytest.mark.django_db

ASKS_MORE = ({"type": "BODY", "text": "{{customer_name}}, comanda {{order_number}}: {{floor}}."},)


@pytest.fixture(autouse=True)
def staff(settings):
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "STAFF_NOTIFIER": "whatsapp.testing.RecordingStaffNotifier",
        "GATEWAY": "whatsapp.testing.RecordingGateway",
    }
    BusinessNumberFactory()
    approved("order_shipped")
    NoticeRule.objects.exclude(event="order_shipped").delete()
    return testing.staff_notifier()


def check() -> NoticeCheck:
    (row,) = checks.check(now=timezone.now())
    return row


def break_template():
    Template.objects.update(components=[dict(part) for part in ASKS_MORE])


def problems(row) -> list[str]:
    return [str(reason) for reason in checks.problems_of(row)]


class TestCheck:
    def test_sound_rule_is_counted_and_nobody_is_told(self, staff):
        order_of()
        order_of(phone="")  # suppressed in time, but no fault of the rule

        row = check()

        assert (row.looked_at, row.sound, row.failed) == (2, 2, 0)
        assert (row.problems, staff.notices) == ([], [])

    def test_nothing_is_sent_or_decided(self):
        order_of()

        check()

        assert not Message.objects.exists()
        assert not OrderNotice.objects.exists()

    def test_broken_mapping_is_reported_by_parameter_and_order(self, staff):
        order = order_of()
        break_template()

        row = check()

        assert row.failed == 1
        assert problems(row) == [
            "The rule does not say what fills the template's floor.",
            "order_shipped (ro) needs floor; say what fills it.",
        ]
        assert [p["order"] for p in row.problems] == [order.number, ""]
        (notice,) = staff.notices
        assert notice.key == f"whatsapp-notice-rule-{row.rule_id}"
        assert notice.subject == "The notice rule Order shipped does not work"
        assert "Of the newest orders 1 of 1" in notice.body
        assert "floor" in notice.body

    def test_staff_hear_of_the_same_trouble_once(self, staff):
        order_of()
        break_template()

        check()
        order_of()
        check()

        assert len(staff.notices) == 1

    def test_another_trouble_and_one_that_came_back_are_told(self, staff):
        order_of()
        break_template()
        check()
        Template.objects.update(status="REJECTED")
        check()
        sound = approved("order_confirmed")
        Template.objects.filter(name="order_shipped").update(
            status="APPROVED", components=[{"type": "BODY", "text": "Comanda a plecat."}]
        )
        check()
        break_template()
        check()

        assert len(staff.notices) == 3
        assert sound.is_approved

    def test_translation_no_order_needs_is_looked_at_too(self, staff):
        approved("order_shipped", "hu")
        Template.objects.filter(language="hu").update(components=[dict(p) for p in ASKS_MORE])
        order_of(language="ro")

        row = check()

        assert row.failed == 0
        assert problems(row) == ["order_shipped (hu) needs floor; say what fills it."]
        assert len(staff.notices) == 1

    def test_fault_of_the_rule_is_told_among_many_problems_of_orders(self, staff):
        Template.objects.update(language="pl")
        break_template()
        for language in ("en", "hu", "de", "fr", "bg", "it"):
            order_of(language=language)

        row = check()

        assert (row.failed, len(row.problems)) == (6, 5)
        assert "order_shipped (pl) needs floor; say what fills it." in problems(row)

    def test_only_orders_the_rule_is_for_are_counted(self):
        rule_of(customer_groups=["wholesale"])
        order_of(group="wholesale")
        order_of()

        assert check().looked_at == 1

    def test_newest_fifty_are_looked_at(self):
        customer = order_of().customer
        Order.objects.bulk_create(
            Order(customer=customer, number=f"B-{n}", total=1) for n in range(60)
        )

        assert check().looked_at == 50

    def test_rule_switched_off_since_leaves_no_report(self):
        another_rule(is_active=False)
        check()
        rule_of(is_active=False)

        assert checks.check(now=timezone.now()) == []
        assert not NoticeCheck.objects.exists()

    def test_template_that_is_missing_is_a_problem(self, staff):
        order_of()
        Template.objects.all().delete()

        assert problems(check()) == ["There is no template order_shipped in ro."]


class TestAtOnce:
    """A changed template is tried at once, before any customer notices."""

    @pytest.fixture
    def woken(self, django_capture_on_commit_callbacks):
        def names(act):
            with django_capture_on_commit_callbacks() as callbacks:
                act()
            return {each.args[1].name for each in callbacks if isinstance(each, partial)}

        return names

    def test_by_webhook(self, woken):
        row = Template.objects.get()
        update = TemplateUpdate(
            waba_id=row.waba_id,
            meta_id=row.meta_id,
            name=row.name,
            language=row.language,
            happened_at=timezone.now(),
            status="PAUSED",
        )

        names = woken(lambda: templates.apply_update(update=update))

        assert {queue.CHECK_NOTICE_RULES, queue.FOLLOW_NOTICES} <= names

    def test_by_sync(self, woken):
        row = Template.objects.get()
        listed = [
            TemplateDefinition(
                name=row.name,
                language=row.language,
                category=row.category,
                components=tuple(ASKS_MORE),
                meta_id=row.meta_id,
                status="APPROVED",
            )
        ]

        def sync():
            template_sync.merge(waba_id=row.waba_id, listed=listed, now=timezone.now())

        assert queue.CHECK_NOTICE_RULES in woken(sync)
        assert queue.CHECK_NOTICE_RULES not in woken(sync)  # nothing changed

    def test_by_a_change_of_our_own(self, woken):
        pk = Template.objects.get().pk
        asks_more = [
            {
                "type": "BODY",
                "text": "Comanda {{floor}} a plecat spre dumneavoastră astăzi, prin curier.",
                "example": {"body_text_named_params": [{"param_name": "floor", "example": "2"}]},
            }
        ]

        def edit():
            templates.change(template_id=pk, components=asks_more)

        assert queue.CHECK_NOTICE_RULES in woken(edit)
        assert queue.CHECK_NOTICE_RULES in woken(lambda: templates.submit(template_id=pk))
        assert queue.CHECK_NOTICE_RULES in woken(lambda: templates.delete(template_id=pk))

    def test_by_a_refusal(self, woken):
        MessageFactory(external_message_id="wamid.W", template=Template.objects.get())

        names = woken(lambda: apply(said(FAILED, error_code=132015, error_text="Paused")))

        assert {queue.CHECK_NOTICE_RULES, queue.FOLLOW_NOTICES} <= names

    def test_by_saving_a_rule(self, woken):
        names = woken(lambda: notice_rules.save(rule=rule_of()))

        assert {queue.CHECK_NOTICE_RULES, queue.DECIDE_ORDER_NOTICES} <= names
