"""Messages: what was said, and saying more. Sends are queued, so they answer 202."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import (
    extend_schema,
    extend_schema_view,
)
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from whatsapp.api import examples
from whatsapp.api.answers import answers
from whatsapp.api.base import Resource
from whatsapp.api.expand import OF_MESSAGES, Expandable
from whatsapp.api.idempotency import IDEMPOTENCY_KEY, under_key
from whatsapp.api.message_filters import MessageFilter
from whatsapp.api.message_rows import MessageDetailSerializer, MessageSerializer
from whatsapp.api.pagination import Position
from whatsapp.api.sends import (
    DocumentSerializer,
    FileSerializer,
    LocationSerializer,
    ReactionSerializer,
    TemplateCallSerializer,
    TextSerializer,
)
from whatsapp.api.sends_contacts import ContactsSerializer
from whatsapp.api.sends_interactive import InteractiveSerializer
from whatsapp.models import Message
from whatsapp.services import documents, messages
from whatsapp.services.dialogue import message_search
from whatsapp.services.shared import visibility

QUEUED = answers({202: MessageSerializer}, 400, 415, 422)
SENT = answers({202: MessageSerializer}, 400, 409, 415, 422)


@extend_schema(tags=["messages"])
@extend_schema_view(
    list=extend_schema(summary="List messages", responses=answers({200: MessageSerializer}, 400)),
    retrieve=extend_schema(
        summary="Show a message", responses=answers({200: MessageDetailSerializer}, 400)
    ),
)
class MessageViewSet(Expandable, ListModelMixin, RetrieveModelMixin, Resource):
    """Newest first."""

    serializer_class = MessageSerializer
    filterset_class = MessageFilter
    conversation_path = "conversation"
    expansions = OF_MESSAGES
    located_actions = (
        *("send", "template", "media", "interactive", "location", "contacts", "reaction"),
        *("document", "retry"),
    )
    permissions = {
        "list": "whatsapp.view_message",
        "retrieve": "whatsapp.view_message",
        "send": "whatsapp.send_message",
        "template": "whatsapp.send_message",
        "media": "whatsapp.send_message",
        "interactive": "whatsapp.send_message",
        "location": "whatsapp.send_message",
        "contacts": "whatsapp.send_message",
        "reaction": "whatsapp.send_message",
        "document": "whatsapp.send_message",
        "retry": "whatsapp.send_message",
        "cancel": "whatsapp.send_message",
    }

    def get_serializer_class(self) -> type[MessageSerializer]:
        return MessageDetailSerializer if self.action == "retrieve" else MessageSerializer

    def get_queryset(self) -> QuerySet[Message]:
        return Message.objects.select_related("media")

    def page(
        self, rows: QuerySet[Message], *, limit: int, position: Position | None
    ) -> list[Message]:
        """Words are looked for from the newest messages on, until the page is full."""
        words = self.request.query_params.get("search", "").strip()
        if not words:
            return super().page(rows, limit=limit, position=position)
        before = position[-1] if position else None
        reads = visibility.reads(user=self.request.user)
        return message_search.newest(rows=rows, text=words, limit=limit, before=before, reads=reads)

    @extend_schema(
        summary="Send a text",
        parameters=[IDEMPOTENCY_KEY],
        request=TextSerializer,
        responses=SENT,
        examples=examples.TEXT,
    )
    def send(self, request: Request) -> Response:
        """Free text reaches only customers who wrote in the last 24 hours; see `template`."""
        return self._queued(messages.send_text(**self._asked(TextSerializer)))

    @extend_schema(
        summary="Send a template",
        parameters=[IDEMPOTENCY_KEY],
        request=TemplateCallSerializer,
        responses=SENT,
        examples=examples.TEMPLATE,
    )
    def template(self, request: Request) -> Response:
        """Send an approved template, at any time."""
        return self._queued(messages.send_template(**self._asked(TemplateCallSerializer)))

    @extend_schema(
        summary="Send a file",
        parameters=[IDEMPOTENCY_KEY],
        request={"multipart/form-data": FileSerializer, "application/json": FileSerializer},
        responses=answers({202: MessageSerializer}, 400, 409, 413, 415, 422),
        examples=examples.MEDIA,
    )
    def media(self, request: Request) -> Response:
        """An upload is checked by its real type; then the message waits until Meta has it."""
        return self._queued(messages.send_media(**self._asked(FileSerializer)))

    @extend_schema(
        summary="Send a question or a link button",
        parameters=[IDEMPOTENCY_KEY],
        request=InteractiveSerializer,
        responses=SENT,
        examples=examples.INTERACTIVE,
    )
    def interactive(self, request: Request) -> Response:
        """Ask with reply buttons, with a list, or for the customer's place; or offer a link."""
        return self._queued(messages.send_interactive(**self._asked(InteractiveSerializer)))

    @extend_schema(
        summary="Send a place",
        parameters=[IDEMPOTENCY_KEY],
        request=LocationSerializer,
        responses=SENT,
        examples=examples.LOCATION,
    )
    def location(self, request: Request) -> Response:
        """A pin on the map, with a name and an address if you give them."""
        return self._queued(messages.send_location(**self._asked(LocationSerializer)))

    @extend_schema(
        summary="Send people",
        parameters=[IDEMPOTENCY_KEY],
        request=ContactsSerializer,
        responses=SENT,
        examples=examples.CONTACTS,
    )
    def contacts(self, request: Request) -> Response:
        """Address cards, which the customer can save, call or write to."""
        return self._queued(messages.send_contacts(**self._asked(ContactsSerializer)))

    @extend_schema(
        summary="React to a message",
        parameters=[IDEMPOTENCY_KEY],
        request=ReactionSerializer,
        responses=SENT,
        examples=examples.REACTION,
    )
    def reaction(self, request: Request) -> Response:
        """Only to one that Meta has and that is not older than 30 days; a second replaces it."""
        return self._queued(messages.send_reaction(**self._asked(ReactionSerializer)))

    @extend_schema(
        summary="Send an order, an invoice or a quote",
        parameters=[IDEMPOTENCY_KEY],
        request=DocumentSerializer,
        responses=answers({202: MessageSerializer}, 400, 409, 415, 422, 502),
        examples=examples.DOCUMENT,
    )
    def document(self, request: Request) -> Response:
        """The ERP makes the PDF. One that was sent before answers with its message, unless that
        failed or you ask for it `again`."""
        return self._queued(documents.send(**self._asked(DocumentSerializer)))

    @extend_schema(summary="Send again", request=None, responses=QUEUED)
    def retry(self, request: Request, pk: int) -> Response:
        """Only what failed or is held; it becomes a new attempt of the same message."""
        return self._queued(messages.retry(message_id=pk, by_id=self.user_id))

    @extend_schema(
        summary="Call back", request=None, responses=answers({200: MessageSerializer}, 422)
    )
    def cancel(self, request: Request, pk: int) -> Response:
        """Only while it still waits here."""
        return self.shown(messages.cancel(message_id=pk, by_id=self.user_id).pk)

    def _asked(self, serializer_class: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """Read what is to be sent, by whom, and under which key, if any."""
        values = {**self.checked(serializer_class), "user_id": self.user_id}
        return under_key(self.request, values)

    def _queued(self, message: Message) -> Response:
        response = self.shown(message.pk, status=202)
        response["Location"] = self.address("message", message.pk)
        return response
