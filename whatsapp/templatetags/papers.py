"""The shop's papers on a page of the ERP: what went out, what came back, the way to send one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.template import Context
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from whatsapp.domain.documents import DocumentKind, QuoteAnswerKind
from whatsapp.models import SentDocument
from whatsapp.services import documents
from whatsapp.services.shared import visibility

SEND = ("whatsapp.reply_conversation", "whatsapp.send_message")
SHOWN = 3  # sendings of one paper

NAMES = {
    DocumentKind.ORDER: noop("The order"),
    DocumentKind.INVOICE: noop("The invoice"),
    DocumentKind.QUOTE: noop("The quote"),
    DocumentKind.SUPPLIER_ORDER: noop("The order to the supplier"),
}
ANSWERS = {
    QuoteAnswerKind.ACCEPTED: noop("The customer accepted it."),
    QuoteAnswerKind.QUESTION: noop("The customer has a question."),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """One paper: its sendings, newest first, and the button that sends it.

    ``refusal`` says why it cannot be sent now; ``key`` makes a double click one sending.
    """

    kind: DocumentKind
    document_id: int
    sent: Sequence[SentDocument]
    answers: Sequence[str]
    may_look: bool
    may_send: bool
    refusal: str
    key: str

    @property
    def name(self) -> str:
        return _(NAMES[self.kind])

    @property
    def is_again(self) -> bool:
        """Whether another sending would be a second one."""
        return any(not paper.is_lost for paper in self.sent)


def paper_of(context: Context, kind: DocumentKind, document_id: int) -> Paper:
    """Look at a paper as the user of the page may."""
    rows = SentDocument.objects.of(kind, document_id).select_related("message__user", "owed")
    sent = list(rows.prefetch_related("answers")[:SHOWN])
    user = context["request"].user
    may_send = user.has_perms(SEND)
    against = documents.refusal(kind=kind, document_id=document_id) if may_send else None
    answered = sent[0].answers.all() if sent else ()
    return Paper(
        kind=kind,
        document_id=document_id,
        sent=sent,
        answers=[_(ANSWERS[QuoteAnswerKind(each.answer)]) for each in answered],
        may_look=user.has_perm(visibility.SEES_PHONES)
        and documents.may_see(kind=kind, document_id=document_id, user_id=user.pk),
        may_send=may_send,
        refusal=against.message if against else "",
        key=uuid.uuid4().hex,
    )
