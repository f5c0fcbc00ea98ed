"""Whether a customer wants marketing: the newest word counts, whichever way it came."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from whatsapp.domain.updates import PreferenceUpdate
from whatsapp.models import Contact
from whatsapp.models.webhook_event import EventOutcome
from whatsapp.services.contacts import people
from whatsapp.services.shared import accounts

SOURCE = "WhatsApp"


def apply(*, update: PreferenceUpdate, source: str = "") -> EventOutcome:
    """Write what a customer chose inside WhatsApp; an older choice than the known one is stale.

    ``source`` is the event's key.
    """
    if accounts.number_called(phone_number_id=update.phone_number_id) is None:
        return EventOutcome.NOT_OURS
    contact = people.contact_for(person=update.person, at=update.happened_at, source=source)
    changed = note_marketing(
        contact_id=contact.pk, wanted=update.marketing, at=update.happened_at, source=SOURCE
    )
    return EventOutcome.APPLIED if changed else EventOutcome.STALE


def note_marketing(*, contact_id: int, wanted: bool, at: datetime, source: str) -> bool:
    """Write a contact's consent, unless a newer word is known; tell whether it was news.

    Of two words in the same second the refusal counts, so that their order makes no difference.
    """
    older = Q(consent_changed_at=None) | Q(consent_changed_at__lt=at)
    if not wanted:
        older |= Q(consent_changed_at=at, marketing_consent=True)
    changed = Contact.objects.filter(older, pk=contact_id).update(
        marketing_consent=wanted, consent_changed_at=at, consent_source=source
    )
    return bool(changed)
