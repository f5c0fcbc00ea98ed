"""What is said beside a paper of the shop's, to whom, and in which language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_noop as _

from whatsapp.conf import whatsapp_settings
from whatsapp.domain import document_parameters, supplier_texts
from whatsapp.domain.content import Button
from whatsapp.domain.document_texts import QUOTE_BUTTONS, TEMPLATES
from whatsapp.domain.documents import DocumentKind, QuoteReply, reply_id
from whatsapp.domain.formats import known_language
from whatsapp.errors import MessageNotDeliverableError, NotFoundError
from whatsapp.models import Contact
from whatsapp.ports import CustomerRecord
from whatsapp.wiring import customer_directory, order_book

Words = Callable[[str, str], Mapping[str, str]]  # of a language and the paper's title


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A paper with its addressee; ``belongs`` are the ids its messages carry.

    ``words`` fills the template with the document, ``long_text`` is free text that may be longer
    than a caption, ``plain_words`` fills a template without the file, for who cannot get that yet.
    """

    kind: DocumentKind
    document_id: int
    language: str
    to: Mapping[str, Any]
    belongs: Mapping[str, int]
    words: Words
    long_text: Callable[[int], str] | None = None
    plain_words: Words | None = None

    @property
    def template(self) -> str:
        return whatsapp_settings().document_templates[self.kind.value]

    def text(self, *, title: str, limit: int) -> str:
        """Write the free text that goes with the file."""
        if self.long_text is not None:
            return self.long_text(limit)
        name = TEMPLATES[self.kind]
        words = self.words(self.language, title)
        return document_parameters.body_text(name=name, language=self.language, parameters=words)

    def buttons(self, *, token: UUID) -> tuple[Button, ...]:
        """Give the buttons under the paper: a quote has two."""
        if self.kind is not DocumentKind.QUOTE:
            return ()
        return tuple(
            Button(id=reply_id(QuoteReply(token=token, answer=answer)), title=labels[self.language])
            for answer, labels in QUOTE_BUTTONS.items()
        )


def letter_of(*, kind: DocumentKind, document_id: int) -> Letter:
    """Ask the ERP what the paper says and who gets it.

    Raises NotFoundError (no such paper, nobody to send it to), MessageNotDeliverableError
    (cancelled, answered), ValidationError (without lines).
    """
    match kind:
        case DocumentKind.ORDER | DocumentKind.INVOICE:
            return _of_order(kind, document_id)
        case DocumentKind.QUOTE:
            return _of_quote(document_id)
        case DocumentKind.SUPPLIER_ORDER:
            return _of_supplier_order(document_id)


def _of_order(kind: DocumentKind, order_id: int) -> Letter:
    order = order_book().find_by_id(order_id)
    if order is None:
        raise NotFoundError(_("There is no such order."), details={"field": "order_id"})
    if order.is_cancelled:
        raise MessageNotDeliverableError(
            _("The order was cancelled."), details={"reason": "order_cancelled"}
        )
    person = _person(order.customer_id)
    return Letter(
        kind=kind,
        document_id=order_id,
        language=person.language,
        to=person.address,
        belongs={"order_id": order_id},
        words=lambda language, title: document_parameters.document_parameters(
            customer_name=person.customer.name,
            order_number=order.number,
            document=title,
            total=order.total,
            currency=order.currency,
            language=language,
        ),
    )


def _of_quote(quote_id: int) -> Letter:
    quote = order_book().find_quote(quote_id)
    if quote is None:
        raise NotFoundError(_("There is no such quote."), details={"field": "quote_id"})
    if not quote.is_open:
        raise MessageNotDeliverableError(
            _("The quote was answered, or has run out."), details={"reason": "quote_closed"}
        )
    person = _person(quote.customer_id)
    return Letter(
        kind=DocumentKind.QUOTE,
        document_id=quote_id,
        language=person.language,
        to=person.address,
        belongs={"quote_id": quote_id},
        words=lambda language, _title: document_parameters.quote_parameters(
            customer_name=person.customer.name,
            quote_number=quote.number,
            total=quote.total,
            currency=quote.currency,
            valid_until=quote.valid_until,
            language=language,
        ),
    )


def _of_supplier_order(supplier_order_id: int) -> Letter:
    order = order_book().find_supplier_order(supplier_order_id)
    if order is None:
        raise NotFoundError(_("There is no such order."), details={"field": "supplier_order_id"})
    if not order.supplier_phone.strip():
        raise NotFoundError(
            _("The supplier has no phone number."), details={"field": "supplier_phone"}
        )
    said: dict[str, Any] = {
        "supplier_name": order.supplier_name,
        "order_number": order.number,
        "lines": order.lines,
        "notes": order.notes,
    }
    language = known_language(order.language or whatsapp_settings().default_language)

    def words(language: str, _title: str) -> Mapping[str, str]:
        return supplier_texts.supplier_parameters(
            **said, language=language, template="supplier_order_document"
        )

    words(language, "")  # an order without lines is refused before its paper is made
    return Letter(
        kind=DocumentKind.SUPPLIER_ORDER,
        document_id=supplier_order_id,
        language=language,
        to={"phone_number": order.supplier_phone},
        belongs={"supplier_order_id": supplier_order_id},
        words=words,
        long_text=lambda limit: supplier_texts.supplier_text(
            **said, language=language, limit=limit
        ),
        plain_words=lambda language, _title: supplier_texts.supplier_parameters(
            **said, language=language
        ),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Person:
    customer: CustomerRecord
    language: str
    address: Mapping[str, Any] = field(default_factory=dict)


def _person(customer_id: int) -> _Person:
    """Find how to reach a customer: by the ERP's phone, else where they wrote to us from."""
    customer = customer_directory().find_by_id(customer_id)
    if customer is None:
        raise NotFoundError(_("The customer no longer exists."), details={"field": "customer"})
    contacts = Contact.objects.filter(customer=customer_id, merged_into=None).order_by("pk")
    contact = contacts.first()
    spoken = customer.language or (contact.language if contact else "")
    language = known_language(spoken or whatsapp_settings().default_language)
    if customer.phone.strip():
        to: dict[str, Any] = {"phone_number": customer.phone}
    elif contact is not None:
        to = {"contact_id": contact.pk}
    else:
        raise NotFoundError(_("The customer has no phone number."), details={"field": "phone"})
    return _Person(customer=customer, language=language, address={**to, "customer_id": customer_id})
