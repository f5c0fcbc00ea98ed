"""Orders, quotes, invoices and orders to suppliers, sent as files: made by the ERP, each once.

The ERP makes the paper and our storage keeps it before any transaction of ours begins, so call
these outside transactions. Then message, file and record are written together: a failure on the way
leaves nothing behind, a second click finds the first one's message.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from django.core.files.base import ContentFile
from django.db import connection
from django.utils.translation import gettext_noop as _

from whatsapp import signals
from whatsapp.conf import whatsapp_settings
from whatsapp.domain.content import MediaKind
from whatsapp.domain.documents import DocumentKind
from whatsapp.errors import (
    DocumentError,
    MessageNotDeliverableError,
    NotFoundError,
    WhatsAppError,
)
from whatsapp.models import Message, SentDocument
from whatsapp.ports import Document
from whatsapp.services.dialogue import addressing
from whatsapp.services.outgoing import uploads
from whatsapp.services.outgoing.letter_sending import Paper, dispatch, require_sayable
from whatsapp.services.outgoing.letters import Letter, letter_of
from whatsapp.services.shared import idempotency
from whatsapp.services.shared.announce import emit
from whatsapp.wiring import document_maker

logger = logging.getLogger(__name__)

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def send_order(*, order_id: int, user_id: int | None = None, again: bool = False) -> Message:
    """Send an order to its customer as a file; see ``send``."""
    return send(kind=DocumentKind.ORDER, document_id=order_id, user_id=user_id, again=again)


def send_invoice(*, order_id: int, user_id: int | None = None, again: bool = False) -> Message:
    """Send the invoice of an order to its customer; see ``send``."""
    return send(kind=DocumentKind.INVOICE, document_id=order_id, user_id=user_id, again=again)


def send_quote(*, quote_id: int, user_id: int | None = None, again: bool = False) -> Message:
    """Send a quote, with buttons to accept it or to ask; see ``send``.

    The answer comes by the signal ``quote_answered``. Only the newest sending can be answered.
    """
    return send(kind=DocumentKind.QUOTE, document_id=quote_id, user_id=user_id, again=again)


def send(
    *,
    kind: DocumentKind,
    document_id: int,
    user_id: int | None = None,
    again: bool = False,
    idempotency_key: str | None = None,
) -> Message:
    """Send a paper in its reader's language; return the message that carries it.

    Inside the 24-hour window as a document with its text, outside as a template with the document.
    What was sent before is not sent twice: that message is returned, unless it failed, or
    ``again`` asks for a new one. Raises NotFoundError (no such paper, none that the ERP shows to
    ``user_id``, nobody to send it to),
    InvalidPhoneError, ValidationError (without lines), MessageNotDeliverableError (cancelled,
    answered, in a colleague's conversation that ``user_id`` may not see),
    TemplateNotApprovedError, DocumentError (the ERP could not make it).
    """
    _require_sight(kind, document_id, user_id=user_id)
    asked = {"kind": kind.value, "document_id": document_id, "again": again}
    print_ = idempotency.fingerprint(name="send_document", asked=asked)
    before = idempotency.made_under(user_id=user_id, key=idempotency_key, fingerprint=print_)
    if before is None and idempotency_key is None and not again:
        before = _earlier(kind, document_id, user_id=user_id)
    if before is not None:
        return before
    letter = letter_of(kind=kind, document_id=document_id)
    with _kept(letter) as paper:
        return idempotency.make_under(
            user_id=user_id,
            key=idempotency_key,
            fingerprint=print_,
            make=partial(_send, letter, paper=paper, user_id=user_id, again=again),
        )


def may_see(*, kind: DocumentKind, document_id: int, user_id: int) -> bool:
    """Ask the ERP whether it shows the user what the paper is of; what it makes none of is open."""
    if not whatsapp_settings().document_maker:
        return True
    return document_maker().may_see(kind, document_id, user_id=user_id)


def show(*, kind: DocumentKind, document_id: int, user_id: int) -> Document:
    """Make the paper to be looked at before it is sent; raises as ``send``."""
    _require_sight(kind, document_id, user_id=user_id)
    return _made(letter_of(kind=kind, document_id=document_id))


def refusal(*, kind: DocumentKind, document_id: int) -> WhatsAppError | None:
    """Say why the paper could not be sent now, as far as that can be told without making it."""
    try:
        addressing.require_enabled()
        _require_maker()
        require_sayable(letter_of(kind=kind, document_id=document_id))
    except WhatsAppError as error:
        return error
    return None


def _send(letter: Letter, *, paper: Paper, user_id: int | None, again: bool) -> Message:
    """Write all that is to be written, unless somebody else did so meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [f"whatsapp.document:{letter.kind.value}:{letter.document_id}"])
    before = None if again else _earlier(letter.kind, letter.document_id, user_id=user_id)
    if before is not None:
        return before
    sent = dispatch(letter, paper=paper, user_id=user_id)
    emit(
        signals.document_queued,
        kind=letter.kind.value,
        document_id=letter.document_id,
        message_id=sent.message_id,
    )
    return sent.message


def _earlier(kind: DocumentKind, document_id: int, *, user_id: int | None) -> Message | None:
    papers = SentDocument.objects.of(kind, document_id).standing()
    found = papers.select_related("message__conversation").first()
    if found is None:
        return None
    addressing.require_visible(found.message.conversation, user_id=user_id)
    return found.message


@contextmanager
def _kept(letter: Letter) -> Iterator[Paper]:
    """Make the paper and keep its bytes for as long as something is to be sent with them."""
    addressing.require_enabled()
    require_sayable(letter)
    document = _made(letter)
    file = ContentFile(document.content, name=document.filename)
    checked = uploads.check_upload(kind=MediaKind.DOCUMENT, file=file)
    media = uploads.keep(checked)
    try:
        yield Paper(
            media=media,
            filename=document.filename,
            title=document.title,
            version=document.version,
        )
    except BaseException:
        uploads.discard(media)
        raise
    if media.pk is None:  # another click was first
        uploads.discard(media)


def _made(letter: Letter) -> Document:
    _require_maker()
    try:
        document = document_maker().make(letter.kind, letter.document_id, language=letter.language)
    except WhatsAppError:
        raise
    except Exception as error:
        logger.exception(
            "document not made", extra={"kind": letter.kind.value, "document": letter.document_id}
        )
        raise DocumentError(
            f"The ERP could not make the document ({type(error).__name__})."
        ) from error
    if document is None:
        raise NotFoundError("The ERP has no such document.", details={"field": "document"})
    return document


def _require_sight(kind: DocumentKind, document_id: int, *, user_id: int | None) -> None:
    """What is hidden is not there; the app itself (no user) sees all."""
    if user_id is not None and not may_see(kind=kind, document_id=document_id, user_id=user_id):
        raise NotFoundError("The ERP has no such document.", details={"field": "document"})


def _require_maker() -> None:
    if not whatsapp_settings().document_maker:
        raise MessageNotDeliverableError(
            _("The ERP makes no documents for WhatsApp."), details={"reason": "no_maker"}
        )
