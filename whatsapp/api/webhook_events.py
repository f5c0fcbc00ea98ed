"""What Meta told us, and what became of it; what is dead can be processed again."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from whatsapp.api.answers import answers
from whatsapp.api.base import Resource
from whatsapp.api.filters import Filters, MomentFilter
from whatsapp.api.pagination import BIGGEST_ID, DIGITS
from whatsapp.models import WebhookEvent
from whatsapp.models.webhook_event import EventOutcome, EventStatus
from whatsapp.services import event_replay, webhook_events
from whatsapp.services.event_replay import MOST, Replayed
from whatsapp.services.events import event_view


class WebhookEventSerializer(serializers.ModelSerializer[WebhookEvent]):
    """One thing Meta told. `payload` is JSON as text, as it came."""

    status = serializers.CharField(help_text="pending, processed or failed: given up.")
    error = serializers.CharField(help_text="Why it failed, or waits.")

    class Meta:
        model = WebhookEvent
        fields: tuple[str, ...] = (
            *("id", "idempotency_key", "field", "phone_number_id", "status", "outcome", "error"),
            *("attempts", "received_at", "next_attempt_at", "processed_at", "payload"),
        )
        read_only_fields = fields


class OneEventSerializer(WebhookEventSerializer):
    """One thing Meta told, and the message that it made or moved."""

    message = serializers.SerializerMethodField()

    class Meta:
        model = WebhookEvent
        fields: tuple[str, ...] = (*WebhookEventSerializer.Meta.fields, "message")
        read_only_fields = fields

    def get_message(self, event: WebhookEvent) -> int | None:
        made = event_view.messages_of([event]).get(event.pk)
        return made.pk if made else None


class ReplayedSerializer(serializers.Serializer[Replayed]):
    """How many will be processed again; `after` is null when none is left."""

    count = serializers.IntegerField()
    after = serializers.IntegerField(
        allow_null=True, help_text="Give it in the next call, with the same filters."
    )


class WebhookEventFilter(Filters):
    """Which events; `status=failed` are the dead ones."""

    status = django_filters.MultipleChoiceFilter(choices=[(s.value, s.value) for s in EventStatus])
    outcome = django_filters.MultipleChoiceFilter(
        choices=[(o.value, o.value) for o in EventOutcome]
    )
    field = django_filters.CharFilter()
    phone_number_id = django_filters.CharFilter(help_text="The business number's id at Meta.")
    received_after = MomentFilter("received_at", lookup_expr="gte")
    received_before = MomentFilter("received_at", lookup_expr="lt")


@extend_schema(tags=["troubles"])
@extend_schema_view(
    list=extend_schema(
        summary="List webhook events", responses=answers({200: WebhookEventSerializer}, 400)
    ),
    retrieve=extend_schema(
        summary="Show a webhook event", responses=answers({200: OneEventSerializer})
    ),
)
class WebhookEventViewSet(ListModelMixin, RetrieveModelMixin, Resource):
    """Newest first."""

    serializer_class = WebhookEventSerializer
    filterset_class = WebhookEventFilter
    permissions = {
        "list": "whatsapp.view_webhookevent",
        "retrieve": "whatsapp.view_webhookevent",
        "replay": "whatsapp.replay_webhookevent",
        "replay_matching": "whatsapp.replay_webhookevent",
    }

    def get_queryset(self) -> QuerySet[WebhookEvent]:
        return WebhookEvent.objects.all()

    def get_serializer_class(self) -> type[WebhookEventSerializer]:
        return WebhookEventSerializer if self.action == "list" else OneEventSerializer

    @extend_schema(
        summary="Process again", request=None, responses=answers({202: OneEventSerializer})
    )
    def replay(self, request: Request, pk: int) -> Response:
        """Dead or done; one that took effect changes nothing, one that is pending stays so."""
        event: WebhookEvent = self.get_object()
        webhook_events.replay(event_ids=[event.pk])
        return self.shown(event.pk, status=202)

    @extend_schema(
        operation_id="whatsapp_webhook_events_replay_matching",
        summary="Process again what the filters find",
        request=None,
        filters=True,
        parameters=[OpenApiParameter("after", int, description="From the last answer.")],
        responses=answers({202: ReplayedSerializer}, 400),
    )
    def replay_matching(self, request: Request) -> Response:
        """The filters of the list, at least one. Oldest first, at most 10,000 in a call."""
        after = _after(request)
        rows = self.filter_queryset(self.get_queryset())
        replayed = event_replay.replay_matching(rows=rows, after=after, limit=MOST)
        return Response(ReplayedSerializer(replayed).data, status=202)


def _after(request: Request) -> int:
    """Read where to go on. What is misspelt must not choose every event there is."""
    given = {name for name, value in request.query_params.items() if value}
    known = set(WebhookEventFilter.base_filters)
    if unknown := sorted(given - known - {"after"}):
        raise ValidationError({name: ["There is no such filter."] for name in unknown})
    if not given & known:
        raise ValidationError(f"Give at least one of: {', '.join(sorted(known))}.")
    after = request.query_params.get("after") or "0"
    is_number = after.isascii() and after.isdecimal() and len(after) <= DIGITS
    if not (is_number and int(after) <= BIGGEST_ID):
        raise ValidationError({"after": ["Give the number of the last answer."]})
    return int(after)
