"""Was the customer told of the order? If not, why not; and once more."""

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
from whatsapp.api.filters import Filters, IdFilter
from whatsapp.models import OrderNotice
from whatsapp.models.order_notice import Decision
from whatsapp.services import orders


class OrderNoticeSerializer(serializers.ModelSerializer[OrderNotice]):
    """The decision on one event of one order; `message` shows how far it came."""

    order_id = serializers.IntegerField(allow_null=True)
    decision = serializers.CharField(help_text="pending, waiting, sent, suppressed or failed.")
    reason = serializers.CharField(
        source="why", help_text="Why it was not sent, or not as it was meant."
    )
    rule = serializers.CharField(
        source="rule.name", default=None, allow_null=True, help_text="The rule that decided it."
    )
    planned_at = serializers.DateTimeField(allow_null=True, help_text="When a delayed one is due.")
    fell_back_at = serializers.DateTimeField(
        allow_null=True, help_text="When it got the fallback template."
    )
    told_otherwise_at = serializers.DateTimeField(
        allow_null=True, help_text="When the ERP told the customer."
    )
    told_otherwise_by = serializers.CharField(
        help_text="By which channel, such as `email`; `-` where the ERP has none either."
    )

    class Meta:
        model = OrderNotice
        fields = (
            *("id", "order_id", "event", "occurrence", "decision", "reason", "message"),
            *("rule", "planned_at", "fell_back_at", "told_otherwise_at", "told_otherwise_by"),
            *("created_at", "decided_at", "next_attempt_at"),
        )
        read_only_fields = fields


class OrderNoticeFilter(Filters):
    """Which notices."""

    order = IdFilter(field_name="order_id")
    event = django_filters.CharFilter()
    decision = django_filters.MultipleChoiceFilter(choices=[(d.value, d.value) for d in Decision])


@extend_schema(tags=["troubles"])
@extend_schema_view(
    list=extend_schema(
        summary="List order notices", responses=answers({200: OrderNoticeSerializer}, 400)
    ),
    retrieve=extend_schema(
        summary="Show an order notice", responses=answers({200: OrderNoticeSerializer})
    ),
)
class OrderNoticeViewSet(ListModelMixin, RetrieveModelMixin, Resource):
    """Newest first."""

    serializer_class = OrderNoticeSerializer
    filterset_class = OrderNoticeFilter
    permissions = {
        "list": "whatsapp.view_ordernotice",
        "retrieve": "whatsapp.view_ordernotice",
        "retry": "whatsapp.send_message",
    }

    def get_queryset(self) -> QuerySet[OrderNotice]:
        return OrderNotice.objects.select_related("rule")

    @extend_schema(
        summary="Decide again", request=None, responses=answers({202: OrderNoticeSerializer}, 422)
    )
    def retry(self, request: Request, pk: int) -> Response:
        """What was suppressed or failed; if its message failed, that is sent again."""
        return self.shown(orders.retry_notice(notice_id=pk).pk, status=202)
