"""What waits for its template, and what fails without it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import OutboxItemFactory, TemplateFactory
from tests.services.sifting import sift
from whatsapp.models import Message, OutboxItem, Template

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", ["PAUSED", "PENDING", "ARCHIVED", "SOMETHING_NEW"])
def test_message_whose_template_rests_waits_and_says_why(outside, status):
    template = TemplateFactory(status=status)
    item = OutboxItemFactory(message__message_type="TEMPLATE", message__template=template)

    assert sift() == []

    item.refresh_from_db()
    assert (item.state, item.message.delivery_status) == ("PENDING", "PENDING")
    rest = item.next_attempt_at - timezone.now()
    assert timedelta(minutes=9, seconds=50) < rest <= timedelta(minutes=10)
    assert status in item.reason


def test_message_whose_template_is_back_leaves(outside):
    template = TemplateFactory(status="PAUSED")
    item = OutboxItemFactory(message__message_type="TEMPLATE", message__template=template)
    sift()

    Template.objects.update(status="APPROVED")
    OutboxItem.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))

    assert sift() == [item.message_id]


def test_other_message_to_the_same_person_does_not_wait_for_the_template(outside):
    template = TemplateFactory(status="PAUSED")
    item = OutboxItemFactory(message__message_type="TEMPLATE", message__template=template)
    assert sift() == []
    other = OutboxItemFactory(message__conversation=item.message.conversation)

    assert sift() == [other.message_id]


def test_message_that_waited_for_its_template_too_long_fails(outside):
    template = TemplateFactory(status="PAUSED")
    item = OutboxItemFactory(
        message__message_type="TEMPLATE",
        message__template=template,
        message__expires_at=timezone.now() - timedelta(seconds=1),
    )

    assert sift() == []

    item.refresh_from_db()
    assert (item.state, item.message.error_text) == ("FAILED", "expired")


@pytest.mark.parametrize("status", ["DISABLED", "REJECTED", "MISSING", "DELETED"])
def test_message_whose_template_is_lost_fails_without_asking_meta(outside, status):
    template = TemplateFactory(status=status)
    item = OutboxItemFactory(message__message_type="TEMPLATE", message__template=template)

    assert sift() == []

    item.refresh_from_db()
    assert (item.state, item.message.delivery_status) == ("FAILED", "FAILED")
    assert status in item.message.error_text


def test_message_of_a_deleted_template_fails(outside):
    template = TemplateFactory(deleted_at=timezone.now())
    OutboxItemFactory(message__message_type="TEMPLATE", message__template=template)

    assert sift() == []
    assert Message.objects.get().delivery_status == "FAILED"


def test_message_whose_template_has_a_new_draft_leaves(outside):
    template = TemplateFactory(status="DRAFT")
    item = OutboxItemFactory(message__message_type="TEMPLATE", message__template=template)

    assert sift() == [item.message_id]
