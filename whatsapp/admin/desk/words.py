"""What a service refuses, in the agent's language and with what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from whatsapp.errors import WhatsAppError

# by the error's code and, where it has one, by its reason or field
_WORDS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("conversation_closed", "window_closed"): noop(
            "The customer has not written in the last 24 hours. Send a template instead."
        ),
        ("conversation_closed", "archived"): noop(
            "This conversation is archived. The customer's next message begins a new one."
        ),
        ("conversation_closed", "resolved"): noop(
            "This conversation is resolved. Reopen it first."
        ),
        ("conversation_closed", "not_resolved"): noop(
            "This conversation is not resolved yet. Resolve it first."
        ),
        ("message_not_deliverable", "opted_out"): noop(
            "The customer wants no marketing messages. Choose another template."
        ),
        ("message_not_deliverable", "colleagues_conversation"): noop(
            "A colleague is talking with this customer. Ask a supervisor."
        ),
        ("message_not_deliverable", "not_in_trouble"): noop(
            "This message needs no second sending; look at its ticks."
        ),
        ("message_not_deliverable", "not_pending"): noop(
            "This message is no longer waiting; it cannot be called back."
        ),
        ("message_not_deliverable", "order_cancelled"): noop("The order was cancelled."),
        ("message_not_deliverable", "quote_closed"): noop(
            "The quote was answered, or has run out."
        ),
        ("document", ""): noop(
            "The document could not be made. Nothing was sent; tell whoever looks after the ERP."
        ),
        ("message_not_deliverable", "no_maker"): noop("The ERP makes no documents for WhatsApp."),
        ("validation", "lines"): noop("There are no lines in it yet."),
        ("not_found", "document"): noop("There is no such document in the ERP."),
        ("not_found", "customer"): noop("The customer no longer exists."),
        ("not_found", "supplier_phone"): noop("The supplier has no phone number."),
        ("template_validation", "blank"): noop("Fill in every field of the template."),
        ("template_validation", "missing"): noop("Fill in every field of the template."),
        ("template_validation", "too_long"): noop(
            "The text is too long for WhatsApp. Shorten what you filled in."
        ),
        ("template_validation", "edited_lately"): noop(
            "Meta takes one edit of an approved template in 24 hours and 10 in 30 days. Submit it"
            " again later; it stays a draft until then."
        ),
        ("template_validation", "name_blocked"): noop(
            "Meta keeps the name of a deleted template for 30 days. Take another name, or wait."
        ),
        ("template_validation", "taken"): noop(
            "There is a template of this name in this language already; change that one."
        ),
        ("template_validation", "category"): noop(
            "The category of an approved template cannot be changed."
        ),
        ("validation", "sample"): noop("Choose a file."),
        ("validation", "app_id"): noop("Meta knows no app of ours; set WHATSAPP_APP_ID."),
        ("template_not_approved", ""): noop("Meta does not let this template be sent now."),
        ("media_too_large", ""): noop("The file is larger than WhatsApp takes."),
        ("invalid_phone", ""): noop("The customer's phone number cannot be on WhatsApp."),
        ("validation", "send_at"): noop("Choose a time within the next 30 days."),
        ("idempotency_conflict", ""): noop(
            "What you sent before is in the conversation already. Send this again if it is new."
        ),
        ("validation", "text"): noop("Write something first (4096 characters at most)."),
        ("validation", "file"): noop("WhatsApp does not take this kind of file."),
        ("validation", "caption"): noop("This kind of file takes no text. Send the text after it."),
        ("validation", "tag"): noop("A tag has 1 to 40 characters."),
        ("validation", "tags"): noop("A conversation takes 20 tags at most."),
        ("validation", "user_id"): noop("This colleague does not answer conversations."),
        ("merge_stands", "merged_since"): noop(
            "The contact was merged again since. Undo the later merge first."
        ),
        ("merge_stands", "moved_on"): noop(
            "The number or user id is somebody else's since; they stay one contact."
        ),
        ("not_found", "template"): noop("This template no longer exists."),
        ("not_found", "phone"): noop("The customer has no phone number."),
        ("not_found", "number"): noop("No business number is set up yet."),
    }
)


def in_words(error: WhatsAppError) -> str:
    """Say an error; in English, as the service does, where we have no words of our own."""
    details = error.details
    for key in (details.get("reason"), details.get("field"), ""):
        if words := _WORDS.get((error.code, str(key or ""))):
            return _(words)
    return error.message
