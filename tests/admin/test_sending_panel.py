"""The page of a business number: does it send, what waits, and the way to resume."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import BusinessNumberFactory, OutboxItemFactory
from whatsapp.admin.queue_words import moment
from whatsapp.domain.breaker import BreakerState, Cause, Circuit, to_json
from whatsapp.models import BusinessNumber, SenderState

pytestmark = pytest.mark.django_db


@pytest.fixture
def number() -> BusinessNumber:
    return BusinessNumberFactory()


def pause(number, **fields) -> None:
    state = BreakerState(state=Circuit.OPEN, reason="Something went wrong (131000)", **fields)
    SenderState.objects.create(number=number, breaker=to_json(state))


def page(browser, number) -> str:
    address = reverse("admin:whatsapp_businessnumber_change", args=[number.pk])
    return browser.get(address).content.decode()


def resume_address(number) -> str:
    return reverse("admin:whatsapp_businessnumber_resume", args=[number.pk])


def test_number_that_sends_shows_what_waits_and_offers_nothing_to_resume(supervisor, number):
    OutboxItemFactory(state="FAILED", reason="expired")

    shown = page(supervisor, number)

    assert "running" in shown
    assert "<td>Reply</td><td>1</td><td>not sent</td>" in shown
    assert resume_address(number) not in shown


def test_paused_number_says_until_when_and_why(supervisor, number):
    until = timezone.now() + timedelta(minutes=4)
    pause(number, cause=Cause.TROUBLE, until=until, streak=2)

    shown = page(supervisor, number)

    end = moment(until, now=timezone.now())
    words = f"Sending paused until {end}: Meta fails too often, last with: "
    assert f"{words}Something went wrong (131000)" in shown
    assert "Failed trials in a row: 2" in shown
    assert f'formaction="{resume_address(number)}"' in shown


def test_resuming_closes_the_breaker(supervisor, number):
    pause(number, cause=Cause.ACCOUNT)

    answer = supervisor.post(resume_address(number), follow=True)

    assert [str(told) for told in answer.context["messages"]] == ["Magazin sends again."]
    assert SenderState.objects.get().breaker == {}


@pytest.mark.parametrize("who", ["agent", "outsider"])
def test_resuming_is_for_supervisors(request, who, number):
    pause(number, cause=Cause.ACCOUNT)
    before = SenderState.objects.get().breaker

    answer = request.getfixturevalue(who).post(resume_address(number))

    assert answer.status_code == 403
    assert SenderState.objects.get().breaker == before


def test_looking_at_the_address_resumes_nothing(supervisor, number):
    pause(number, cause=Cause.ACCOUNT)

    assert supervisor.get(resume_address(number)).status_code == 405
    assert SenderState.objects.get().breaker


def test_list_says_of_each_number_whether_it_sends(supervisor, number):
    pause(number, cause=Cause.ACCOUNT)
    BusinessNumberFactory(phone_number_id="2", is_default=False)

    shown = supervisor.get(reverse("admin:whatsapp_businessnumber_changelist")).content.decode()

    assert "Sending paused until the account is mended: Meta refuses the account" in shown
    assert "running" in shown


def test_last_news_of_meta_is_shown_the_newest_first(supervisor, number):
    number.news = {
        "account:ban": {
            "at": "2026-11-22T10:00:00+00:00",
            "event": "DISABLED_UPDATE DISABLE",
            "words": "2026-11-22",
        },
        "name": {"at": "2026-11-22T12:00:00+00:00", "event": "APPROVED", "words": "<b>Cypher"},
    }
    number.save(update_fields=["news"])

    shown = page(supervisor, number)

    newest, older = "Name of the number: APPROVED", "Meta has disabled the WhatsApp account"
    assert 0 < shown.index(newest) < shown.index(older)
    assert "&lt;b&gt;Cypher" in shown


def test_page_shows_what_meta_says_of_number_and_account(supervisor, number):
    number.verified_name, number.messaging_limit = "Cypher Trading", "TIER_2K"
    number.standing = {"ban": {"word": "DISABLED", "until": "", "at": ""}}
    number.save(update_fields=["verified_name", "messaging_limit", "standing"])

    shown = page(supervisor, number)

    assert "Cypher Trading" in shown
    assert "TIER_2K" in shown
    assert ">disabled<" in shown


def test_number_without_news_shows_no_empty_table(supervisor, number):
    assert "Last news from Meta" not in page(supervisor, number)
