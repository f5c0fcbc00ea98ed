"""What Meta told us, and what became of it; what is dead can be processed again."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from whatsapp.api.answers import answers
from whatsapp.api.base import Resource
from whatsapp.api.filters import Filters
from whatsapp.models import WebhookEvent
from whatsapp.models.webhook_event import EventOutcome, EventStatus
from whatsapp.services import webhook_events


class WebhookEventSerializer(serializers.ModelSerializer[WebhookEvent]):
    """One thing Meta told. `payload` is JSON as text, as it came."""

    status = serializers.CharField(help_text="pending, processed or failed: given up.")
    error = serializers.CharField(help_text="Why it failed, or waits.")

    class Meta:
        model = WebhookEvent
        fields = (
            *("id", "idempotency_key", "field", "phone_number_id", "status", "outcome", "error"),
            *("attempts", "received_at", "next_attempt_at", "processed_at", "payload"),
        )
        read_only_fields = fields


class WebhookEventFilter(Filters):
    """Which events; `status=failed` are the dead ones."""

    status = django_filters.MultipleChoiceFilter(choices=[(s.value, s.value) for s in EventStatus])
    outcome = django_filters.MultipleChoiceFilter(
        choices=[(o.value, o.value) for o in EventOutcome]
    )
    field = django_filters.CharFilter()


@extend_schema(tags=["troubles"])
@extend_schema_view(
    list=extend_schema(
        summary="List webhook events", responses=answers({200: WebhookEventSerializer}, 400)
    ),
    retrieve=extend_schema(
        summary="Show a webhook event", responses=answers({200: WebhookEventSerializer})
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
    }

    def get_queryset(self) -> QuerySet[WebhookEvent]:
        return WebhookEvent.objects.all()

    @extend_schema(
        summary="Process again", request=None, responses=answers({202: WebhookEventSerializer})
    )
    def replay(self, request: Request, pk: int) -> Response:
        """Dead or done; one that took effect changes nothing, one that is pending stays so."""
        event: WebhookEvent = self.get_object()
        webhook_events.replay(event_ids=[event.pk])
        return self.shown(event.pk, status=202)
