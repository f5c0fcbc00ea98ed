"""Queue a paper with its words: inside the window as free text, outside as a template."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypedDict
from uuid import uuid4

from django.utils import timezone
from django.utils.translation import gettext as _

from whatsapp.conf import whatsapp_settings
from whatsapp.domain import content_limits as limits
from whatsapp.domain import phone as phones
from whatsapp.domain.content import Buttons, Content, Header, MediaKind, MediaMessage, Text
from whatsapp.domain.content_files import AWAITED
from whatsapp.domain.conversation import window_open
from whatsapp.domain.template_parts import button_type, buttons_of, header_format
from whatsapp.errors import TemplateNotApprovedError
from whatsapp.models import Contact, Media, Message, SentDocument, Template
from whatsapp.models.message import MessageType
from whatsapp.services.contacts import identities
from whatsapp.services.dialogue import threads
from whatsapp.services.dialogue.addressing import (
    Address,
    Target,
    number_for,
    require_consent,
    resolve,
)
from whatsapp.services.outgoing import uploads
from whatsapp.services.outgoing.letters import Letter
from whatsapp.services.outgoing.queueing import Envelope, queue_message
from whatsapp.services.templating.order_templates import Shelf, needed
from whatsapp.services.templating.template_calls import call_of

_HEADER = "[document]\n\n"  # what a template's text says of its file


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """A paper whose bytes are kept; its row is not saved yet. ``title`` says what it is."""

    media: Media
    filename: str
    title: str
    version: str


class _File(TypedDict):
    """By Meta's id where it has one, else as our row that is to be uploaded."""

    media_id: str
    upload: int


def require_sayable(letter: Letter) -> None:
    """Refuse, before a paper is made, what could not be sent; nothing is written.

    Raises InvalidPhoneError, NotFoundError (no number of ours), TemplateNotApprovedError.
    """
    number = number_for(number_id=None)
    contacts = Contact.objects.filter(merged_into=None)
    if phone := letter.to.get("phone_number"):
        e164 = phones.normalize(phone, region=whatsapp_settings().phone_region)
        known = identities.holder_of(wa_id=phones.digits(e164))
    else:
        known = contacts.filter(pk=letter.to["contact_id"]).first()
    if known is None or not _is_open(number_id=number.pk, contact_id=known.pk):
        _choose(letter, waba_id=number.account_id)


def dispatch(letter: Letter, *, paper: Paper, user_id: int | None) -> SentDocument:
    """Queue the letter with its paper, in the caller's transaction; raises as ``send``."""
    target = resolve(Address(**letter.to, user_id=user_id))
    envelope = Envelope(user_id=user_id, **letter.belongs)  # type: ignore[typeddict-item]
    posting = _Posting(letter=letter, paper=paper, target=target, envelope=envelope)
    if _is_open(number_id=target.number.pk, contact_id=target.contact.pk):
        posting.as_free_text()
    else:
        posting.as_template()
    posting.sent.save()
    return posting.sent


def _is_open(*, number_id: int, contact_id: int) -> bool:
    newest = threads.last_inbound_at(number_id=number_id, contact_id=contact_id)
    return window_open(last_inbound_at=newest, now=timezone.now())


def _choose(letter: Letter, *, waba_id: str) -> tuple[Template, bool]:
    """Find the template, and whether it takes the file; TemplateNotApprovedError without one.

    The reason is in the reader's language: staff read it beside the button.
    """
    with_file, plain = letter.template, whatsapp_settings().supplier_template
    shelf = Shelf.read(waba_id=waba_id, names=[with_file, plain])
    choice = shelf.choose(name=with_file, language=letter.language)
    if choice.template is not None and header_format(choice.template.components) == "DOCUMENT":
        return choice.template, True
    unfit = _("Template %(template)s has no document as its header.") % {"template": with_file}
    reason = choice.why.said(translate=_) or unfit
    if letter.plain_words is not None:
        choice = shelf.choose(name=plain, language=letter.language)
        if choice.template is not None:
            return choice.template, False
        reason = f"{reason} {choice.why.said(translate=_)}"
    raise TemplateNotApprovedError(reason, details={"template": with_file})


@dataclass(kw_only=True, slots=True)
class _Posting:
    """One letter on its way into the queue."""

    letter: Letter
    paper: Paper
    target: Target
    envelope: Envelope
    sent: SentDocument = field(init=False)

    def __post_init__(self) -> None:
        self.sent = SentDocument(
            kind=self.letter.kind.value,
            document_id=self.letter.document_id,
            token=uuid4(),
            version=self.paper.version,
            language=self.letter.language,
        )

    def as_free_text(self) -> None:
        """The file with its text; a text too long for a caption goes before the file."""
        self._await_upload()
        media, title = self.paper.media, self.paper.title
        file = _File(media_id=media.media_id, upload=0 if media.media_id else media.pk)
        if buttons := self.letter.buttons(token=self.sent.token):
            header = Header(kind=MediaKind.DOCUMENT, filename=self.paper.filename, **file)
            body = self.letter.text(title=title, limit=limits.BODY)
            content: Content = Buttons(body=body, buttons=buttons, header=header)
            self.sent.message = self._queue(content, MessageType.INTERACTIVE, media)
            return
        text = self.letter.text(title=title, limit=limits.TEXT)
        if len(text) > limits.CAPTION:
            self._queue(Text(body=text), MessageType.TEXT)
            text = ""
        content = MediaMessage(
            kind=MediaKind.DOCUMENT, caption=text, filename=self.paper.filename, **file
        )
        self.sent.message = self._queue(content, MessageType.DOCUMENT, media)

    def as_template(self) -> None:
        """The template with the file; a plain one owes it until the window opens."""
        template, takes_file = _choose(self.letter, waba_id=self.target.number.account_id)
        require_consent(self.target, category=template.category)
        if takes_file:
            self._await_upload()
            call = call_of(template=template, parameters=self._parameters(template))
            said = call.rendered.removeprefix(_HEADER)  # the file is shown beside the text
            call = replace(call, rendered=said)
            media = self.paper.media
            self.sent.message = self._queue(call, MessageType.TEMPLATE, media, template=template)
            return
        assert self.letter.plain_words is not None
        words = self.letter.plain_words(template.language, self.paper.title)
        call = call_of(template=template, parameters=needed(template=template, words=words))
        self.sent.message = self._queue(call, MessageType.TEMPLATE, template=template)
        self.paper.media.number_id = self.target.number.pk
        self.paper.media.save()
        self.sent.owed = self.paper.media

    def _parameters(self, template: Template) -> dict[str, str]:
        """The words it asks for, the file, and what its first quick replies send back."""
        words = self.letter.words(template.language, self.paper.title)
        file = {"header.document": self.paper.media.media_id or AWAITED}
        replies = [
            f"button.{place}"
            for place, button in enumerate(buttons_of(template.components))
            if button_type(button) == "QUICK_REPLY"
        ]
        buttons = self.letter.buttons(token=self.sent.token)
        return {
            **needed(template=template, words={**words, **file}),
            "header.filename": self.paper.filename,
            **dict(zip(replies, (button.id for button in buttons), strict=False)),
        }

    def _await_upload(self) -> None:
        now = timezone.now()
        number_id = self.target.number.pk
        uploads.await_upload(media=self.paper.media, number_id=number_id, due_at=now, now=now)

    def _queue(
        self,
        content: Content,
        kind: MessageType,
        upload: Media | None = None,
        *,
        template: Template | None = None,
    ) -> Message:
        return queue_message(
            content,
            kind,
            target=self.target,
            envelope=self.envelope,
            template=template,
            upload=upload,
        )
