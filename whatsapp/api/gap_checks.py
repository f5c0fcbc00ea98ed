"""What Meta counted of each number and day, beside what we stored."""

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
from whatsapp.models import GapCheck
from whatsapp.models.gap_check import GapState
from whatsapp.services.events import gap_check


class GapCheckSerializer(serializers.ModelSerializer[GapCheck]):
    """One number on one day. Counts are null until Meta answered."""

    state = serializers.ChoiceField([state.value for state in GapState])
    error = serializers.CharField(help_text="Why Meta did not answer.")
    advice = serializers.SerializerMethodField(help_text="What to look at when they differ.")

    class Meta:
        model = GapCheck
        fields = (
            *("id", "number", "day", "starts_at", "ends_at", "state", "meta_sent", "our_sent"),
            *("meta_delivered", "our_delivered", "error", "advice", "attempts", "checked_at"),
        )
        read_only_fields = fields

    def get_advice(self, row: GapCheck) -> str:
        return gap_check.advice(row)


class GapCheckFilter(Filters):
    """Which comparisons; `state=DIFFERENT` are those beyond the tolerance."""

    state = django_filters.MultipleChoiceFilter(choices=[(s.value, s.value) for s in GapState])
    number = IdFilter(field_name="number_id")
    start_date = django_filters.DateFilter("day", lookup_expr="gte")
    end_date = django_filters.DateFilter("day", lookup_expr="lte")


@extend_schema(tags=["troubles"])
@extend_schema_view(
    list=extend_schema(
        summary="List comparisons with Meta's counts",
        responses=answers({200: GapCheckSerializer}, 400),
    ),
    retrieve=extend_schema(
        summary="Show a comparison with Meta's counts", responses=answers({200: GapCheckSerializer})
    ),
)
class GapCheckViewSet(ListModelMixin, RetrieveModelMixin, Resource):
    """Newest first."""

    serializer_class = GapCheckSerializer
    filterset_class = GapCheckFilter
    permissions = {
        "list": "whatsapp.view_gapcheck",
        "retrieve": "whatsapp.view_gapcheck",
        "retry": "whatsapp.repeat_gapcheck",
    }

    def get_queryset(self) -> QuerySet[GapCheck]:
        return GapCheck.objects.all()

    @extend_schema(
        summary="Compare again", request=None, responses=answers({202: GapCheckSerializer})
    )
    def retry(self, request: Request, pk: int) -> Response:
        """A worker asks Meta soon; `state` is PENDING until then."""
        return self.shown(gap_check.repeat(check_id=pk).pk, status=202)
