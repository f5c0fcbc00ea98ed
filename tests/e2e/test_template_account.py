"""An account as shops have them: 300 templates in 5 languages, over 3 pages, in every status."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import BusinessNumberFactory, TemplateFactory
from whatsapp.domain.standard_templates import STANDARD_TEMPLATES
from whatsapp.domain.updates import TemplateUpdate
from whatsapp.models import Template, TemplateVersion
from whatsapp.services import template_push, templates

pytestmark = pytest.mark.django_db

WABA = "777000000000001"
LANGUAGES = ("ro", "en", "hu", "de", "en_US")
STATUSES = (
    *("APPROVED", "PENDING", "REJECTED", "PAUSED", "DISABLED", "ARCHIVED", "IN_APPEAL"),
    *("LIMIT_EXCEEDED", "PENDING_DELETION", "SOMETHING_META_INVENTS"),
)
NAMES = tuple(f"notice_{number:02d}" for number in range(60))


@pytest.fixture
def meta(settings, simulator):
    """The simulator with the account, 100 templates to a page."""
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "GRAPH_URL": simulator.url,
        "ACCESS_TOKEN": simulator.access_token,
        "STAFF_NOTIFIER": "whatsapp.testing.RecordingStaffNotifier",
    }
    BusinessNumberFactory()
    simulator.settings(page_size=100, approve_after=-1)
    simulator.control("POST", "templates", {"templates": account()})
    return simulator


def account():
    return [
        {
            "name": name,
            "language": language,
            "status": status_of(place, name),
            "category": "UTILITY" if place % 2 else "MARKETING",
            "body": f"Text {name} in {language}.",
        }
        for place, language in enumerate(LANGUAGES)
        for name in NAMES
    ]


def status_of(place, name):
    return STATUSES[(place + NAMES.index(name)) % len(STATUSES)]


def sync():
    return templates.sync_statuses(now=timezone.now())


def rows():
    present = Template.objects.present().filter(waba_id=WABA)
    return {(row.name, row.language): row for row in present}


def listings(meta):
    calls = meta.control("GET", "requests")["items"]
    return sum(call["path"].endswith("/message_templates") for call in calls)


def test_every_page_is_taken_over_with_every_status(meta):
    report = sync()

    expected = {
        (one["name"], one["language"]): (one["status"], one["category"])
        for one in account()
        if one["status"] != "PENDING_DELETION"
    }
    found = {key: (row.status, row.category) for key, row in rows().items()}
    assert found == expected
    assert (report.added, report.changed, report.vanished) == (270, 0, 0)
    assert listings(meta) == 3
    assert TemplateVersion.objects.count() == 270
    approved = {key for key, row in rows().items() if row.is_approved}
    assert approved == {key for key, (status, _) in expected.items() if status == "APPROVED"}


def test_second_look_at_the_same_account_changes_nothing(meta):
    sync()

    report = sync()

    assert (report.added, report.changed, report.vanished) == (0, 0, 0)
    assert TemplateVersion.objects.count() == 270


def test_what_vanished_is_hidden_and_what_was_renamed_is_another(meta):
    sync()
    meta.graph("DELETE", f"{WABA}/message_templates?name=notice_00")
    meta.control("POST", "templates", {"name": "notice_00_new", "body": "Text notice_00 in ro."})

    report = sync()

    gone = Template.objects.filter(name="notice_00")
    assert gone.count() == 5 - sum(
        status_of(place, "notice_00") == "PENDING_DELETION" for place in range(5)
    )
    assert all(row.deleted_at and not row.is_approved for row in gone)
    assert (report.added, report.vanished) == (1, gone.count())
    assert ("notice_00_new", "ro") in rows()
    assert len(rows()) == 270 - gone.count() + 1


@pytest.mark.parametrize("failing", [2, 3])
@pytest.mark.parametrize("kind", ["empty_500_before", "reset_before", "html_502_after", "131059"])
def test_page_that_fails_in_mid_list_makes_nothing_vanish_or_change(meta, failing, kind):
    sync()
    before = {key: (row.status, row.deleted_at, row.synced_at) for key, row in rows().items()}
    meta.graph("DELETE", f"{WABA}/message_templates?name=notice_59")
    meta.control(
        "POST",
        "faults",
        {"kind": "slow", "endpoint": "templates", "next": failing - 1, "seconds": 0},
    )
    meta.control("POST", "faults", {"kind": kind, "endpoint": "templates", "next": 1})

    report = sync()

    assert list(report.failures) == [WABA]
    after = {key: (row.status, row.deleted_at, row.synced_at) for key, row in rows().items()}
    assert after == before
    assert sync().vanished > 0  # the next look is whole


def test_namesakes_of_another_account_are_left_alone(meta):
    other = TemplateFactory(waba_id="888", name="notice_00", language="ro", meta_id="1")

    sync()

    other.refresh_from_db()
    assert (other.status, other.deleted_at, other.synced_at) == ("APPROVED", None, None)
    assert Template.objects.filter(name="notice_00", language="ro").count() == 2


def test_quality_and_category_follow_the_account(meta):
    sync()
    for change in ({"quality": "RED"}, {"category": "MARKETING"}):
        meta.control("POST", "templates/change", {"name": "notice_03", "language": "en", **change})

    sync()

    row = rows()["notice_03", "en"]
    assert (row.quality, row.category) == ("RED", "MARKETING")
    assert [v.category for v in row.versions.order_by("number")] == ["UTILITY", "MARKETING"]


@pytest.mark.parametrize("late_first", [True, False])
def test_late_webhook_does_not_undo_the_newer_one(meta, late_first):
    sync()
    row = rows()["notice_00", "ro"]
    now = timezone.now()
    late = webhook(row, "APPROVED", at=now + timedelta(seconds=1))
    newer = webhook(row, "PAUSED", at=now + timedelta(seconds=2), reason="FIRST_PAUSE")

    for update in (newer, late) if late_first else (late, newer):
        templates.apply_update(update=update)

    row.refresh_from_db()
    assert (row.status, row.rejected_reason) == ("PAUSED", "FIRST_PAUSE")
    assert row.versions.get().status == "PAUSED"


def test_listing_that_was_asked_for_before_a_webhook_does_not_undo_it(meta):
    sync()
    row = rows()["notice_00", "ro"]
    asked_at = timezone.now()
    templates.apply_update(update=webhook(row, "PAUSED", at=asked_at + timedelta(seconds=1)))

    templates.sync_statuses(now=asked_at)

    row.refresh_from_db()
    assert row.status == "PAUSED"


def webhook(row, status, *, at, reason=""):
    return TemplateUpdate(
        waba_id=row.waba_id,
        meta_id=row.meta_id,
        name=row.name,
        language=row.language,
        happened_at=at,
        status=status,
        reason=reason,
    )


def test_meta_takes_every_ready_made_template(meta):
    """All of them, with the papers their headers show, and none in another category."""
    meta.reset()
    meta.settings(approve_after=-1)

    told = list(template_push.push())

    assert len(told) == len(STANDARD_TEMPLATES)
    assert {(each.status, each.error) for each in told} == {("PENDING", "")}
    assert set(Template.objects.values_list("category", flat=True)) == {"UTILITY"}
    assert [each.status for each in template_push.push()] == ["PENDING"] * len(told)
