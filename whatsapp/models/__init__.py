"""The rows. Fields, constraints and QuerySets; rules are in ``domain``, writes in ``services``."""

from whatsapp.models.attempt import MessageAttempt
from whatsapp.models.business_number import BusinessNumber
from whatsapp.models.change import Change
from whatsapp.models.contact import Contact
from whatsapp.models.contact_alias import ContactAlias
from whatsapp.models.contact_merge import ContactMerge
from whatsapp.models.conversation import Conversation
from whatsapp.models.gap_check import GapCheck
from whatsapp.models.idempotency_key import IdempotencyKey
from whatsapp.models.media import Media
from whatsapp.models.message import Message
from whatsapp.models.note import ConversationNote
from whatsapp.models.notice_check import NoticeCheck
from whatsapp.models.notice_rule import NoticeRule
from whatsapp.models.order_notice import OrderNotice
from whatsapp.models.outbox import OutboxItem
from whatsapp.models.price import Price
from whatsapp.models.resolution import Resolution
from whatsapp.models.sender_state import SenderState
from whatsapp.models.sent_document import QuoteAnswer, SentDocument
from whatsapp.models.signal_failure import SignalFailure
from whatsapp.models.stats import Dashboard, DayCount, DayTime, HourCount, HourTime, StatsMark
from whatsapp.models.template import Template
from whatsapp.models.template_version import TemplateVersion
from whatsapp.models.webhook_event import WebhookEvent

__all__ = [
    "BusinessNumber",
    "Change",
    "Contact",
    "ContactAlias",
    "ContactMerge",
    "Conversation",
    "ConversationNote",
    "Dashboard",
    "DayCount",
    "DayTime",
    "GapCheck",
    "HourCount",
    "HourTime",
    "IdempotencyKey",
    "Media",
    "Message",
    "MessageAttempt",
    "NoticeCheck",
    "NoticeRule",
    "OrderNotice",
    "OutboxItem",
    "Price",
    "QuoteAnswer",
    "Resolution",
    "SenderState",
    "SentDocument",
    "SignalFailure",
    "StatsMark",
    "Template",
    "TemplateVersion",
    "WebhookEvent",
]
