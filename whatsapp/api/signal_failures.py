"""Receivers of the ERP's that failed at one of our signals; they can be called again."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from whatsapp.api.answers import answers
from whatsapp.api.base import Resource
from whatsapp.api.filters import Filters, FlagFilter
from whatsapp.models import SignalFailure
from whatsapp.services.shared import announce


class SignalFailureSerializer(serializers.ModelSerializer[SignalFailure]):
    """Which receiver was told of which rows, and why it failed; null until it succeeds."""

    ids = serializers.SerializerMethodField()

    class Meta:
        model = SignalFailure
        fields = (
            *("id", "signal", "receiver", "ids", "error", "attempts"),
            *("failed_at", "succeeded_at"),
        )
        read_only_fields = fields

    @extend_schema_field(
        serializers.DictField(
            child=serializers.JSONField(), help_text="What the signal carried: ids, or a word."
        )
    )
    def get_ids(self, failure: SignalFailure) -> Any:
        return failure.ids


class SignalFailureFilter(Filters):
    """Which failures."""

    open = FlagFilter(
        field_name="succeeded_at", lookup_expr="isnull", help_text="Not succeeded since."
    )


@extend_schema(tags=["troubles"])
@extend_schema_view(
    list=extend_schema(
        summary="List failed receivers", responses=answers({200: SignalFailureSerializer}, 400)
    ),
    retrieve=extend_schema(
        summary="Show a failed receiver", responses=answers({200: SignalFailureSerializer})
    ),
)
class SignalFailureViewSet(ListModelMixin, RetrieveModelMixin, Resource):
    """Newest first."""

    serializer_class = SignalFailureSerializer
    filterset_class = SignalFailureFilter
    permissions = {
        "list": "whatsapp.view_signalfailure",
        "retrieve": "whatsapp.view_signalfailure",
        "retry": "whatsapp.repeat_signalfailure",
    }

    def get_queryset(self) -> QuerySet[SignalFailure]:
        return SignalFailure.objects.all()

    @extend_schema(
        summary="Call again", request=None, responses=answers({200: SignalFailureSerializer})
    )
    def retry(self, request: Request, pk: int) -> Response:
        """With the same ids, now. `succeeded_at` says whether it went well."""
        return self.shown(announce.repeat(failure_id=pk).pk)
