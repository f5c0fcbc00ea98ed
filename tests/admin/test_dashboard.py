"""The page of figures: what it says, in which language, and to whom."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.erp.factories import OrderFactory
from tests.factories import (
    BusinessNumberFactory,
    ConversationFactory,
    MessageFactory,
    TemplateFactory,
)
from whatsapp.admin.charts import HEIGHT, Bar, columns
from whatsapp.models import OrderNotice, Price

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outside")]
ADDRESS = "/admin/whatsapp/dashboard/"


def rows_of(page: str) -> list[list[str]]:
    """The tables' cells, without markup."""
    found = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    cells = (re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in found)
    return [[re.sub(r"<[^>]*>|\s+", " ", cell).strip() for cell in row] for row in cells]


def tile(page: str, name: str, *, markup: bool = False) -> list[str]:
    (found,) = re.findall(rf"<dt>{name}</dt>(.*?)</div>", page, re.DOTALL)
    said = re.findall(r"<dd[^>]*>(.*?)</dd>", found, re.DOTALL)
    return said if markup else [re.sub(r"<[^>]*>", "", each).strip() for each in said]


@pytest.fixture
def story(agent):
    """A notice that was read, one that failed, and a question answered in ten minutes."""
    now = timezone.now()
    asked = MessageFactory(received=True, created_at=now, happened_at=now - timedelta(minutes=10))
    thread = asked.conversation
    MessageFactory(conversation=thread, user=agent.user, happened_at=now, delivery_status="SENT")
    template = TemplateFactory()
    charged = {"pricing_type": "regular", "pricing_category": "utility"}
    told = {"conversation": thread, "template": template, "message_type": "TEMPLATE"}
    read = MessageFactory(delivery_status="READ", **told, **charged)
    MessageFactory(delivery_status="FAILED", **told)
    OrderNotice.objects.create(order=OrderFactory(), event="order_shipped", message=read)
    return thread


def test_page_tells_what_was_sent_and_how_it_went(agent, story):
    page = agent.get(ADDRESS).content.decode()

    assert tile(page, "Sent")[0] == "2"
    assert tile(page, "Delivered") == ["33.3 %", "1"]
    assert tile(page, "Read") == ["100.0 %", "1"]
    assert tile(page, "Not sent")[0] == "1"
    assert tile(page, "First answer") == ["10 min", "9 of 10 within 10 min"]
    rows = rows_of(page)
    assert ["Ana Marinescu", "1", "1", "10 min", "10 min", "100.0 %", "0", "–"] in rows
    assert ["order_shipped (ro)", "1", "50.0 %", "100.0 %", "1", "–"] in rows
    assert ["Order shipped", "1", "100.0 %", "100.0 %", "0", "–"] in rows


def test_cost_is_by_the_rate_card_and_a_dash_without_one(agent, supervisor, story):
    assert tile(agent.get(ADDRESS).content.decode(), "Cost, estimated") == [
        *("–", "No prices are entered")
    ]
    assert (
        reverse("admin:whatsapp_price_changelist")
        in tile(supervisor.get(ADDRESS).content.decode(), "Cost, estimated", markup=True)[1]
    )

    Price.objects.create(
        calling_code="40",
        category="utility",
        amount=Decimal("0.0456"),
        currency="EUR",
        valid_from=date(2026, 1, 1),
    )

    assert tile(agent.get(ADDRESS).content.decode(), "Cost, estimated")[0] == "0.05 EUR"


@pytest.mark.parametrize("days", [1, 7, 30])
def test_every_period_draws_a_column_for_each_of_its_hours_or_days(agent, story, days):
    page = agent.get(ADDRESS, {"days": days}).content.decode()

    (chart,) = re.findall(r'<div class="wa-chart">\s*(<svg.*?</svg>)', page, re.DOTALL)
    groups = ElementTree.fromstring(chart).findall("g")
    assert len(groups) in ({23, 24, 25} if days == 1 else {days})
    assert sum(len(group.findall("rect")) - 1 for group in groups) == 3


def test_one_number_is_shown_apart_and_nonsense_is_not_minded(agent, story):
    other = ConversationFactory(number=BusinessNumberFactory(phone_number_id="2", is_default=False))

    assert tile(agent.get(ADDRESS, {"number": other.number_id}).content.decode(), "Sent")[0] == "0"
    page = agent.get(ADDRESS, {"number": "x", "days": "-1"}).content.decode()
    assert tile(page, "Sent")[0] == "2"


def test_page_of_an_empty_shop_says_so(agent):
    page = agent.get(ADDRESS).content.decode()

    assert "Nothing was said in this period." in page
    assert tile(page, "Delivered")[0] == "–"


def test_page_speaks_romanian(agent, story):
    agent.user.language = "ro"
    agent.user.save()

    page = agent.get(ADDRESS).content.decode()

    assert tile(page, "Primul răspuns")[0] == "10 min"
    assert tile(page, "Livrat") == ["33,3 %", "1"]
    assert "Tablou de bord" in page


def test_who_may_not_read_messages_sees_no_figures(outsider, agent):
    assert outsider.get(ADDRESS).status_code == 403
    assert agent.get(reverse("admin:app_list", args=["whatsapp"])).content.decode().count(ADDRESS)


def test_prices_are_the_supervisors(agent, supervisor):
    add = reverse("admin:whatsapp_price_add")
    price = {
        "calling_code": "40",
        "category": "marketing",
        "amount": "0.0712",
        "currency": "EUR",
        "valid_from": "2026-10-01",
    }

    assert agent.post(add, price).status_code == 403
    supervisor.post(add, {**price, "currency": "lei"})
    assert not Price.objects.exists()
    supervisor.post(add, price)
    assert Price.objects.get().amount == Decimal("0.0712")


def test_failed_part_lies_on_top_of_what_was_sent():
    (column,) = columns([Bar(label="1", sent=4, failed=1, received=2)]).columns

    heights = {piece.kind: (piece.y, piece.height) for piece in column.pieces}
    assert heights == {
        "sent": (HEIGHT * 1 / 4, HEIGHT * 3 / 4),
        "failed": (0, HEIGHT / 4),
        "received": (HEIGHT / 2, HEIGHT / 2),
    }


def test_chart_of_nothing_has_no_rectangles():
    chart = columns([Bar(label="1", sent=0, failed=0, received=0)])

    assert (chart.top, chart.columns[0].pieces) == (0, [])
