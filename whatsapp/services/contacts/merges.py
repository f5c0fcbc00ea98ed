"""Two contacts become one: what each brings, where their conversations go, and the record of it.

The order of locks: the caller has both contacts; then conversations, messages and outbox rows, each
by id. A merge may run in the middle of a batch that holds other rows: who loses a deadlock with it
is another processor, which repeats its batch; senders pass over what is locked.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from whatsapp.models import Contact, ContactMerge
from whatsapp.ports import StaffNotice
from whatsapp.services.contacts import identities, merge_threads
from whatsapp.services.contacts.identities import Sighting
from whatsapp.services.contacts.merge_records import as_json, columns, write
from whatsapp.services.shared import staff

logger = logging.getLogger(__name__)

NUMBER = ("phone", "wa_id", "phone_shown_at")
IDENTIFIERS = (*NUMBER, "bsuid")
CONSENT = ("marketing_consent", "consent_changed_at", "consent_source")
TRAITS = ("username", "profile_name", "language", "customer_id", "has_whatsapp", *CONSENT)
_NO_NUMBER = dict.fromkeys(NUMBER)
_NEVER = datetime.min.replace(tzinfo=UTC)

Values = Mapping[str, Any]


def merge(one: Contact, other: Contact, *, sighting: Sighting, bsuid: str | None) -> Contact:
    """Let the older contact take in the other, and return it; both are locked.

    ``bsuid`` is the one that counts from now on; the other stays known as theirs before. Of two
    numbers the one shown later counts. Nothing of either is lost: see ``ContactMerge.record``.
    """
    survivor, absorbed = sorted((one, other), key=lambda contact: contact.pk)
    rows = identities.lock_threads((survivor, absorbed))
    before = columns(survivor, IDENTIFIERS + TRAITS), columns(absorbed, IDENTIFIERS + TRAITS)
    number = _number_of(survivor, absorbed, sighting=sighting)
    threads = merge_threads.join(rows, survivor_id=survivor.pk, absorbed_id=absorbed.pk)
    for loser in filter(None, (survivor.bsuid, absorbed.bsuid)):
        if loser != bsuid:
            identities.remember(survivor, bsuid=loser, until=sighting.at)
    absorbed.merged_into = survivor
    write(absorbed, {**_NO_NUMBER, "bsuid": None, "merged_into_id": survivor.pk})
    write(survivor, {**number, "bsuid": bsuid, **united_traits(*before)})
    made = ContactMerge.objects.create(
        survivor=survivor,
        absorbed=absorbed,
        source=sighting.source[:512],
        shown_at=sighting.at,
        shown_wa_id=sighting.wa_id,
        shown_bsuid=sighting.bsuid,
        record={
            "survivor": as_json(before[0]),
            "absorbed": as_json(before[1]),
            "threads": threads,
        },
    )
    if before[0]["customer_id"] and before[1]["customer_id"]:
        _tell_of_two_customers(made, before[0]["customer_id"], before[1]["customer_id"])
    logger.info("contacts merged", extra={"contact_id": survivor.pk, "absorbed_id": absorbed.pk})
    return survivor


def was_undone(one: Contact, other: Contact) -> bool:
    """Whether staff took these two apart: then no word of Meta makes them one again."""
    pair = Q(survivor=one, absorbed=other) | Q(survivor=other, absorbed=one)
    return ContactMerge.objects.filter(pair, undone_at__isnull=False).exists()


def united_traits(survivor: Values, absorbed: Values) -> dict[str, Any]:
    """What the two are together: the newest word on consent, a refusal before a yes of its second.

    Of two customers the one whose number the shop knows counts; both stay on their messages.
    """
    both = (survivor, absorbed)
    newest = max(
        both,
        key=lambda one: (one["consent_changed_at"] or _NEVER, one["marketing_consent"] is False),
    )
    with_number = absorbed if absorbed["phone"] and not survivor["phone"] else survivor
    united = {
        name: next((one[name] for one in both if one[name]), survivor[name])
        for name in ("username", "profile_name", "language", "customer_id")
    }
    united["customer_id"] = with_number["customer_id"] or united["customer_id"]
    reached = [one["has_whatsapp"] for one in both]
    united["has_whatsapp"] = True if True in reached else False if False in reached else None
    return {**united, **{name: newest[name] for name in CONSENT}}


def _number_of(survivor: Contact, absorbed: Contact, *, sighting: Sighting) -> dict[str, Any]:
    """Choose the number shown later; the other stays known as theirs before."""
    both = [one for one in (survivor, absorbed) if one.phone or one.wa_id]
    if not both:
        return dict(_NO_NUMBER)
    shown = {one.pk: identities.number_shown_at(one) for one in both}
    chosen = max(both, key=lambda one: (shown[one.pk] or _NEVER, one.wa_id or "", one.phone or ""))
    for one in both:
        last = shown[one.pk]
        is_other = one is not chosen and not identities.has_number(chosen, wa_id=one.wa_id or "")
        if one.wa_id and last is not None and is_other:  # one that is not shown yet may be older
            identities.remember(survivor, wa_id=one.wa_id, until=last)
    number = columns(chosen, NUMBER)
    if chosen.bsuid is None and identities.has_number(chosen, wa_id=sighting.wa_id):
        number["phone_shown_at"] = None  # not with a BSUID yet, but for the sighting itself
    return number


def _tell_of_two_customers(made: ContactMerge, first_id: int, second_id: int) -> None:
    """Let somebody look: the ERP has this person twice, or Meta's word joined two customers."""
    if first_id == second_id:
        return
    staff.tell(
        StaffNotice(
            key=f"whatsapp-merge:{made.pk}",
            subject=_("Two customers are one person on WhatsApp"),
            body=_(
                "Customers %(first)d and %(second)d were shown as one: %(contact)s now belongs"
                " to customer %(kept)d. The older messages keep the customer they had."
            )
            % {
                "first": first_id,
                "second": second_id,
                "contact": made.survivor,
                "kept": made.survivor.customer_id,
            },
            url=_page(made),
        )
    )


def _page(made: ContactMerge) -> str:
    try:
        return reverse("admin:whatsapp_contactmerge_change", args=[made.pk])
    except NoReverseMatch:  # a host may leave our admin out
        return ""
