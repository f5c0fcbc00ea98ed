"""How much was said and how well it went, for a report or a dashboard."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from whatsapp.api.answers import answers
from whatsapp.api.base import Resource
from whatsapp.api.fields import SecondsField
from whatsapp.api.pagination import BIGGEST_ID
from whatsapp.domain.pricing import Estimate
from whatsapp.services import stats
from whatsapp.services.statistics.figures import Figures, Group, MessageStats
from whatsapp.services.statistics.rollup import SHOP_ZONE
from whatsapp.services.statistics.rows import GroupBy

DEFAULT_PERIOD = timedelta(days=29)  # and today: 30 days
LONGEST_PERIOD = timedelta(days=366)


def _plausible(day: date) -> None:
    if not 2000 <= day.year <= 2999:
        raise serializers.ValidationError("Give a day from 2000 to 2999.")


class PeriodSerializer(serializers.Serializer[Any]):
    """Days in Bucharest, both included; the last 30 unless told otherwise."""

    start_date = serializers.DateField(required=False, validators=[_plausible])
    end_date = serializers.DateField(required=False, validators=[_plausible])
    number = serializers.IntegerField(
        required=False, min_value=1, max_value=BIGGEST_ID, help_text="One business number only."
    )
    group_by = serializers.MultipleChoiceField(
        choices=[by.value for by in GroupBy],
        required=False,
        help_text="The same figures also by each of these; may be given several times.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Fill in the days that were not given."""
        last: date = attrs.get("end_date") or timezone.now().astimezone(SHOP_ZONE).date()
        first: date = attrs.get("start_date") or last - DEFAULT_PERIOD
        if not timedelta(0) <= last - first < LONGEST_PERIOD:
            raise serializers.ValidationError(
                {"start_date": ["Give at most 366 days, the first one first."]}
            )
        return {
            "first": first,
            "last": last,
            "number_id": attrs.get("number"),
            "group_by": sorted(GroupBy(by) for by in attrs.get("group_by", ())),
        }


class DaySerializer(serializers.Serializer[Any]):
    """One day in Bucharest; `failed` of those sent."""

    date = serializers.DateField()
    sent = serializers.IntegerField()
    received = serializers.IntegerField()
    failed = serializers.IntegerField()


class ResponsesSerializer(serializers.Serializer[Any]):
    """How fast people answered; a notice or an automatic reply is no answer."""

    questions = serializers.IntegerField(help_text="First messages since the last answer.")
    answered = serializers.IntegerField()
    median_seconds = SecondsField(source="median", allow_null=True)
    p90_seconds = SecondsField(source="p90", allow_null=True)
    sla_kept = serializers.FloatField(
        allow_null=True, help_text="Share answered in time, of those answered or late."
    )


class ResolutionsSerializer(serializers.Serializer[Any]):
    """How long matters took, by the day they were resolved."""

    resolved = serializers.IntegerField()
    median_seconds = SecondsField(source="median", allow_null=True)
    p90_seconds = SecondsField(source="p90", allow_null=True)


class AmountSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    amount = serializers.DecimalField(max_digits=None, decimal_places=6)


class CostSerializer(serializers.Serializer[Any]):
    """What Meta will charge, by the rate card of the admin: Meta itself tells no amounts."""

    estimate = AmountSerializer(many=True, allow_null=True)
    priced = serializers.IntegerField(help_text="Delivered messages that the estimate is of.")
    unpriced = serializers.IntegerField(help_text="Delivered and charged, but without a price.")
    explanation = serializers.CharField(help_text="What is left out, or why it is null.")


class FiguresSerializer(serializers.Serializer[Any]):
    """Rates are shares from 0 to 1, null where there is nothing to share."""

    sent = serializers.IntegerField()
    received = serializers.IntegerField()
    by_status = serializers.DictField(child=serializers.IntegerField())
    by_type = serializers.DictField(child=serializers.IntegerField())
    delivery_rate = serializers.FloatField(
        allow_null=True, help_text="Delivered or read, of what Meta took or failed."
    )
    read_rate = serializers.FloatField(allow_null=True, help_text="Read, of what was delivered.")
    billable = serializers.DictField(
        child=serializers.IntegerField(), help_text="Messages Meta charges for, by category."
    )
    cost = serializers.SerializerMethodField()
    responses = ResponsesSerializer()
    resolutions = ResolutionsSerializer()

    @extend_schema_field(CostSerializer)
    def get_cost(self, figures: Figures) -> dict[str, Any]:
        return dict(CostSerializer(_cost(figures.cost)).data)


class GroupSerializer(FiguresSerializer):
    """The figures of one; times are null where nobody's answers are told apart."""

    key = serializers.SerializerMethodField()
    name = serializers.CharField()

    def get_key(self, group: Group) -> str | None:
        """The day, the event or the row's id, as text; null: of no business number."""
        return None if group.key is None else str(group.key)


class StatsSerializer(FiguresSerializer):
    """All of the period, and the same figures by whatever was asked for."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    as_of = serializers.DateTimeField(help_text="What happened until then is counted.")
    by_day = DaySerializer(many=True)
    groups = serializers.SerializerMethodField()

    @extend_schema_field(serializers.DictField(child=GroupSerializer(many=True)))
    def get_groups(self, found: MessageStats) -> dict[str, Any]:
        return {
            by.value: GroupSerializer(rows, many=True).data for by, rows in found.groups.items()
        }


class StatsViewSet(Resource):
    """Counts by day, status and type; rates; what it costs; how fast customers were answered."""

    permissions = {"show": "whatsapp.view_message"}

    @extend_schema(
        tags=["stats"],
        operation_id="stats",
        summary="Count messages and answers",
        parameters=[PeriodSerializer],
        responses=answers({200: StatsSerializer}, 400),
    )
    def show(self, request: Request) -> Response:
        """Times are right within 2.5 %. The cost is an estimate; Meta's invoice counts."""
        period = self.checked(PeriodSerializer, data=request.query_params)
        return Response(StatsSerializer(stats.message_stats(**period)).data)


def _cost(found: Estimate | None) -> dict[str, Any]:
    if found is None:
        return {
            "estimate": None,
            "priced": 0,
            "unpriced": 0,
            "explanation": _("No prices are entered; Meta names no amounts."),
        }
    if found.unpriced:
        words = _("%(n)d charged messages have no price and are left out.") % {"n": found.unpriced}
    else:
        words = ""
    amounts = [{"currency": name, "amount": amount} for name, amount in found.amounts.items()]
    return {
        "estimate": amounts,
        "priced": found.priced,
        "unpriced": found.unpriced,
        "explanation": words,
    }
