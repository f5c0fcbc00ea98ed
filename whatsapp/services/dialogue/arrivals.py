"""Customers' messages on their way into their threads: written together, each of them once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from django.db import connection

from whatsapp.domain.lifecycle import Direction
from whatsapp.domain.updates import InboundMessage
from whatsapp.models import BusinessNumber, Contact, Conversation, Message
from whatsapp.services.dialogue import supplier_ties, targets, threads

# The columns of which each message has its own; ``content`` is written once, as JSON
_COLUMNS = (
    *("uuid", "external_message_id", "number_id", "conversation_id", "contact_id", "customer_id"),
    *("phone_number", "message_type", "message_text", "reply_to_id", "waits_for", "order_id"),
    *("quote_id", "supplier_order_id", "happened_at"),
)
_INSERT = f"""
INSERT INTO whatsapp_messages ({", ".join(_COLUMNS)}, content, direction)
SELECT {", ".join(_COLUMNS)}, content, '{Direction.RECEIVED.value}'
FROM unnest({{}}, %s::jsonb[]) AS news({", ".join(_COLUMNS)}, content)
ON CONFLICT (external_message_id) DO NOTHING
RETURNING external_message_id, id
"""
_values = attrgetter(*_COLUMNS)


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
    supplier_ties.tie(each.message for each in arrivals)
    written = _insert(arrivals)
    targets.link(targets={each.update.wamid: each.message.pk for each in written})
    threads.note_messages((arrival.conversation, arrival.message) for arrival in written)
    return written


def _message(
    update: InboundMessage, *, number: BusinessNumber, contact: Contact, conversation: Conversation
) -> Message:
    """The message, by ids: an object for each key takes three times as long."""
    return Message(
        customer_id=contact.customer_id,
        phone_number=contact.phone,
        direction=Direction.RECEIVED.value,
        message_type=update.message_type,
        message_text=update.text,
        external_message_id=update.wamid,
        number_id=number.pk,
        contact_id=contact.pk,
        conversation_id=conversation.pk,
        content=update.content,
        happened_at=update.happened_at,
    )


def _insert(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Insert the messages, in their order, and learn their ids, in one statement."""
    model = Message._meta
    rows = [_values(arrival.message) for arrival in arrivals]
    types = [f"%s::{model.get_field(name).db_type(connection)}[]" for name in _COLUMNS]
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT.format(", ".join(types)),
            [
                *map(list, zip(*rows, strict=True)),
                [json.dumps(arrival.update.content) for arrival in arrivals],
            ],
        )
        ids = dict(cursor.fetchall())
    for arrival in arrivals:
        arrival.message.pk = ids.get(arrival.update.wamid)
    return [arrival for arrival in arrivals if arrival.message.pk is not None]
