"""Customers' messages on their way into their threads: written together, each of them once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from whatsapp.domain.lifecycle import Direction
from whatsapp.domain.updates import InboundMessage
from whatsapp.models import BusinessNumber, Contact, Conversation, Message
from whatsapp.services import targets, threads


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """A customer's message with all it belongs to.

    Contact and conversation are locked, and one object each however many messages a batch has.
    """

    update: InboundMessage
    number: BusinessNumber
    contact: Contact
    conversation: Conversation
    message: Message


def write(
    *,
    updates: Sequence[InboundMessage],
    numbers: Mapping[str, BusinessNumber],
    contacts: Mapping[str, Contact],
) -> list[Arrival]:
    """Insert the messages, in the order given, and move their conversations.

    ``numbers`` by Meta's id, ``contacts`` by the wamid of the message that is theirs. Left out is
    one whose wamid somebody else wrote meanwhile.
    """
    keys = {(numbers[each.phone_number_id].pk, contacts[each.wamid].pk) for each in updates}
    conversations = threads.live_conversations(keys=keys)
    arrivals = []
    for update in updates:
        number, contact = numbers[update.phone_number_id], contacts[update.wamid]
        conversation = conversations[number.pk, contact.pk]
        arrivals.append(
            Arrival(
                update=update,
                number=number,
                contact=contact,
                conversation=conversation,
                message=_message(update, number=number, contact=contact, conversation=conversation),
            )
        )
    targets.aim(about=[(each.message, each.update.reply_to_wamid) for each in arrivals])
    written = _insert(arrivals)
    targets.link(targets={each.update.wamid: each.message.pk for each in written})
    threads.note_messages((arrival.conversation, arrival.message) for arrival in written)
    return written


def _message(
    update: InboundMessage, *, number: BusinessNumber, contact: Contact, conversation: Conversation
) -> Message:
    """The row, with every column given: rows without an expression are inserted as arrays."""
    return Message(
        customer_id=contact.customer_id,
        phone_number=contact.phone,
        direction=Direction.RECEIVED.value,
        message_type=update.message_type,
        message_text=update.text,
        external_message_id=update.wamid,
        created_at=timezone.now(),
        number=number,
        contact=contact,
        conversation=conversation,
        content=update.content,
        happened_at=update.happened_at,
        error_text="",
        pricing_category="",
        pricing_type="",
    )


def _insert(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Insert the messages in one statement; by our uuid we see which of them are ours."""
    messages = [arrival.message for arrival in arrivals]
    Message.objects.bulk_create(messages, ignore_conflicts=True)
    ours = Message.objects.filter(uuid__in=[message.uuid for message in messages])
    ids = dict(ours.values_list("uuid", "pk"))
    for message in messages:
        message.pk = ids.get(message.uuid)
    return [arrival for arrival in arrivals if arrival.message.pk is not None]
