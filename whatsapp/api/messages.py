"""Messages: what was said, and saying more. Sends are queued, so they answer 202."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import (
    extend_schema,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from whatsapp.api import examples
from whatsapp.api.answers import answers
from whatsapp.api.attempts import AttemptSerializer
from whatsapp.api.base import Resource
from whatsapp.api.expand import OF_MESSAGES, Expandable, MessageExpandedSerializer
from whatsapp.api.filters import Filters, FlagFilter, IdFilter, MomentFilter
from whatsapp.api.idempotency import IDEMPOTENCY_KEY, under_key
from whatsapp.api.media import MediaSerializer
from whatsapp.api.message_details import DetailsSerializer
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
from whatsapp.domain.lifecycle import Direction, MessageStatus
from whatsapp.models import Message
from whatsapp.models.message import MessageQuerySet, MessageType
from whatsapp.services import documents, messages


class FailureSerializer(serializers.Serializer[Message]):
    """Why a message failed; with Meta's code if it was Meta."""

    code = serializers.IntegerField(source="error_code", allow_null=True)
    text = serializers.CharField(source="error_text")


class MessageSerializer(DetailsSerializer):
    """A message. The ids of ERP rows end in `_id`; the others are of WhatsApp's own rows."""

    type = serializers.CharField(source="message_type")
    status = serializers.CharField(
        source="delivery_status", allow_null=True, help_text="Null for received ones."
    )
    error = serializers.SerializerMethodField()
    media = serializers.SerializerMethodField()
    customer_id = serializers.IntegerField(allow_null=True)
    user_id = serializers.IntegerField(allow_null=True)
    order_id = serializers.IntegerField(allow_null=True)
    quote_id = serializers.IntegerField(allow_null=True)
    supplier_order_id = serializers.IntegerField(allow_null=True)
    expanded_with = MessageExpandedSerializer

    class Meta(DetailsSerializer.Meta):
        fields: tuple[str, ...] = (
            *("id", "uuid", "direction", "type", "status", "error", "phone_number"),
            *("conversation", "contact", "number", "template", "reply_to", "media"),
            *DetailsSerializer.Meta.fields,
            *("customer_id", "user_id", "order_id", "quote_id", "supplier_order_id"),
            *("external_message_id", "attempts"),
            *("happened_at", "created_at", "sent_at", "delivered_at", "read_at", "played_at"),
            *("failed_at", "send_at", "expires_at"),
        )
        read_only_fields = fields

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_error(self, message: Message) -> dict[str, Any] | None:
        if message.error_code is None and not message.error_text:
            return None
        return dict(FailureSerializer(message).data)

    @extend_schema_field(MediaSerializer(allow_null=True))
    def get_media(self, message: Message) -> dict[str, Any] | None:
        if self._hides(message):
            return None
        media = getattr(message, "media", None)  # one-to-one from the other side: may be absent
        return dict(MediaSerializer(media).data) if media else None


class MessageDetailSerializer(MessageSerializer):
    """A message with the story of its attempts."""

    attempt_log = AttemptSerializer(
        source="attempt_rows",
        many=True,
        read_only=True,
        help_text="Only those that did not end in plain acceptance.",
    )
    surprise = serializers.SerializerMethodField(
        help_text="Whether Meta took it twice; the customer has it twice, or will."
    )

    class Meta(MessageSerializer.Meta):
        fields = (*MessageSerializer.Meta.fields, "attempt_log", "surprise")

    def get_surprise(self, message: Message) -> bool:
        return message.attempt_rows.surprises().exists()


class MessageFilter(Filters):
    """Which messages; times are of when the row was made."""

    conversation = IdFilter(field_name="conversation_id")
    customer = IdFilter(field_name="customer_id")
    order = IdFilter(field_name="order_id")
    quote = IdFilter(field_name="quote_id")
    supplier_order = IdFilter(field_name="supplier_order_id")
    direction = django_filters.ChoiceFilter(choices=[(d.value, d.value) for d in Direction])
    type = django_filters.ChoiceFilter(
        field_name="message_type", choices=[(t.value, t.value) for t in MessageType]
    )
    status = django_filters.MultipleChoiceFilter(
        field_name="delivery_status", choices=[(s.value, s.value) for s in MessageStatus]
    )
    scheduled = FlagFilter(
        method="filter_scheduled", help_text="Whether it waits for a time of its own."
    )
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lt")

    def filter_scheduled(self, rows: MessageQuerySet, name: str, value: bool) -> MessageQuerySet:
        scheduled = rows.scheduled(now=timezone.now())
        return scheduled if value else rows.exclude(pk__in=scheduled.values("pk"))


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
