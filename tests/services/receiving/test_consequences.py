"""What a refusal teaches about the person and the template, whichever way Meta says it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import (
    BusinessNumberFactory,
    ContactFactory,
    MessageFactory,
    OutboxItemFactory,
    TemplateFactory,
)
from tests.locks import locked_elsewhere
from tests.services.receiving.steps import FAILED, T0, apply, said
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.errors import MessageNotDeliverableError
from whatsapp.gateway.errors import CLASSES
from whatsapp.models import Contact, Message, OutboxItem, Template
from whatsapp.services import messages
from whatsapp.services.outgoing import outbox, sender_lease
from whatsapp.services.outgoing.outbox import Claimed
from whatsapp.services.sending import outcomes
from whatsapp.services.sending.verdicts import Outcome

pytestmark = pytest.mark.django_db

UNKNOWN = 131999


def claimed(count: int = 1, **fields: object) -> list[Claimed]:
    """Rows in the hands of a sender."""
    OutboxItemFactory.create_batch(count, **fields)
    lease = sender_lease.elect(number_id=BusinessNumberFactory().pk)
    return outbox.claim(lease=lease, limit=count)


def of_template(count: int = 1, **fields: object) -> list[Claimed]:
    template = TemplateFactory(**fields)
    return claimed(count, message__message_type="TEMPLATE", message__template=template)


def refused(item: Claimed, code: int, *, title: str = "No") -> Outcome:
    kind = CLASSES.get(code, FailureClass.FATAL_MESSAGE)
    failure = Failure(failure_class=kind, code=code, title=title)
    return Outcome(item=item, departed_at=timezone.now(), failure=failure)


def record(*ended: Outcome) -> list[Outcome]:
    return outcomes.record(outcomes=ended, now=timezone.now())


def test_answer_that_somebody_stopped_marketing_binds_the_next_offer():
    [item] = claimed()

    record(refused(item, 131050))

    contact = Contact.objects.get()
    assert (contact.marketing_consent, contact.consent_source) == (False, "Meta 131050")
    TemplateFactory(name="offer", category="MARKETING", components=[{"type": "BODY", "text": "X"}])
    with pytest.raises(MessageNotDeliverableError):
        messages.send_template(
            template="offer", language="ro", parameters={}, contact_id=contact.pk
        )
    assert Message.objects.count() == 1


def test_newer_word_of_the_customer_outlives_the_answer():
    [item] = claimed()
    later = timezone.now() + timedelta(minutes=1)
    Contact.objects.update(marketing_consent=True, consent_changed_at=later)

    record(refused(item, 131050))

    assert Contact.objects.get().marketing_consent is True


def test_answer_that_somebody_cannot_be_reached_fills_in_a_blank():
    blank, known = claimed(2)
    Contact.objects.filter(pk=known.contact_id).update(has_whatsapp=True)

    record(refused(blank, 131026), refused(known, 131026))

    assert Contact.objects.get(pk=blank.contact_id).has_whatsapp is False
    assert Contact.objects.get(pk=known.contact_id).has_whatsapp is True


def test_other_refusals_say_nothing_of_the_person():
    [item] = claimed()

    record(refused(item, 131047))

    contact = Contact.objects.get()
    assert (contact.has_whatsapp, contact.marketing_consent) == (None, None)


@pytest.mark.django_db(transaction=True)
def test_answer_about_somebody_who_is_locked_waits_and_keeps_no_other_back():
    held, free = claimed(2)

    with locked_elsewhere(Contact.objects.filter(pk=held.contact_id)):
        left = record(refused(held, 131050), refused(free, 131050))

        assert [outcome.item.message_id for outcome in left] == [held.message_id]
        assert Message.objects.get(pk=free.message_id).delivery_status == "FAILED"
        assert Message.objects.get(pk=held.message_id).delivery_status == "SENDING"

    assert record(*left) == []
    assert not Contact.objects.exclude(marketing_consent=False).exists()


@pytest.mark.parametrize(
    ("code", "status", "state"),
    [(132015, "PAUSED", "PENDING"), (132016, "DISABLED", "FAILED"), (132001, "MISSING", "FAILED")],
)
def test_answer_about_the_template_stops_it_and_tells_staff_once(outside, code, status, state):
    first, second = of_template(2)

    record(refused(first, code, title="Halt"))
    record(refused(second, code))

    template = Template.objects.get()
    assert (template.status, template.is_approved) == (status, False)
    assert template.rejected_reason == f"Halt ({code})"
    assert [notice.key for notice in outside.staff.notices] == [f"whatsapp-template-{template.pk}"]
    assert set(OutboxItem.objects.values_list("state", flat=True)) == {state}


@pytest.mark.parametrize("code", [132000, 132005, 132012, 132018, 131026])
def test_refusal_of_the_words_leaves_the_template_in_use(outside, code):
    [item] = of_template()

    record(refused(item, code))

    assert Template.objects.get().status == "APPROVED"
    assert not outside.staff.notices


def test_newer_word_of_meta_about_the_template_stands(outside):
    [item] = of_template(status_changed_at=timezone.now() + timedelta(minutes=1))

    record(refused(item, 132015))

    assert Template.objects.get().status == "APPROVED"


def test_draft_of_a_new_text_is_left_alone(outside):
    [item] = of_template(status="DRAFT")

    record(refused(item, 132001))

    assert Template.objects.get().status == "DRAFT"


def test_refused_template_is_looked_up_at_meta(django_capture_on_commit_callbacks, outside):
    [item] = of_template()

    with django_capture_on_commit_callbacks() as callbacks:
        record(refused(item, 132016))

    woken = [callback.args[1].name for callback in callbacks if hasattr(callback, "args")]
    assert "whatsapp.sync_template_statuses" in woken


def test_failed_status_stops_the_template_too(outside):
    MessageFactory(external_message_id="wamid.W", template=TemplateFactory())

    apply(said(FAILED, after=7, error_code=132015, error_text="Paused"))

    template = Template.objects.get()
    assert (template.status, template.rejected_reason) == ("PAUSED", "Paused")
    assert template.status_changed_at == T0 + timedelta(seconds=7)
    assert len(outside.staff.notices) == 1


def test_code_that_nobody_knows_is_told_once_for_a_batch(
    django_capture_on_commit_callbacks, outside
):
    first, second, third = claimed(3)

    with django_capture_on_commit_callbacks(execute=True):
        record(refused(first, UNKNOWN), refused(second, UNKNOWN), refused(third, 131009))

    [notice] = outside.staff.notices
    assert notice.key == f"whatsapp-code-{UNKNOWN}"
    assert str(UNKNOWN) in notice.subject


def test_unknown_code_in_a_status_is_told_too(django_capture_on_commit_callbacks, outside):
    MessageFactory(external_message_id="wamid.W", conversation__contact=ContactFactory())

    with django_capture_on_commit_callbacks(execute=True):
        apply(said(FAILED, after=7, error_code=UNKNOWN, error_text="Hm"))

    assert [notice.key for notice in outside.staff.notices] == [f"whatsapp-code-{UNKNOWN}"]


BY_LINK = {"kind": "media", "media_kind": "image", "link": "https://shop.ro/a.png"}
BY_ID = {"kind": "media", "media_kind": "image", "media_id": "9"}


def test_file_that_meta_could_not_fetch_is_sent_once_more_after_its_memory(outside):
    message = MessageFactory(external_message_id="wamid.W", content=BY_LINK)

    apply(said(FAILED, after=7, error_code=131053, error_text="Media"))

    row = OutboxItem.objects.get(message=message)
    rest = row.next_attempt_at - timezone.now()
    assert timedelta(minutes=9, seconds=50) < rest <= timedelta(minutes=10)
    message.refresh_from_db()
    assert (message.delivery_status, row.state, row.retries) == ("PENDING", "PENDING", 1)


@pytest.mark.parametrize(
    ("content", "attempts", "code"),
    [(BY_LINK, 2, 131053), (BY_ID, 1, 131053), (BY_LINK, 1, 131026)],
)
def test_other_failures_are_final(outside, content, attempts, code):
    message = MessageFactory(external_message_id="wamid.W", content=content, attempts=attempts)

    apply(said(FAILED, after=7, error_code=code, error_text="Media"))

    message.refresh_from_db()
    assert message.delivery_status == "FAILED"
    assert OutboxItem.objects.get().state == "FAILED"


def test_answer_that_a_file_could_not_be_fetched_gives_it_one_more_try():
    [linked] = claimed(message__content=BY_LINK)

    record(refused(linked, 131053))

    row = OutboxItem.objects.get()
    assert (row.state, row.retries) == ("PENDING", 1)
