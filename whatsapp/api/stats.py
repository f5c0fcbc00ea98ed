"""How much was said and how well it went, for a report or a dashboard."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from whatsapp.api.answers import answers
from whatsapp.api.base import Resource
from whatsapp.api.fields import SecondsField
from whatsapp.api.pagination import BIGGEST_ID
from whatsapp.services import stats
from whatsapp.services.stats import SHOP_ZONE

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

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Turn days into moments: midnight to midnight of the shop."""
        last: date = attrs.get("end_date") or timezone.now().astimezone(SHOP_ZONE).date()
        first: date = attrs.get("start_date") or last - DEFAULT_PERIOD
        if not timedelta(0) <= last - first < LONGEST_PERIOD:
            raise serializers.ValidationError(
                {"start_date": ["Give at most 366 days, the first one first."]}
            )
        return {
            "start": _midnight(first),
            "end": _midnight(last + timedelta(days=1)),
            "number_id": attrs.get("number"),
        }


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHOP_ZONE)


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


class StatsSerializer(serializers.Serializer[Any]):
    """Rates are shares from 0 to 1, null where there is nothing to share."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    sent = serializers.IntegerField()
    received = serializers.IntegerField()
    by_day = DaySerializer(many=True)
    by_status = serializers.DictField(child=serializers.IntegerField())
    by_type = serializers.DictField(child=serializers.IntegerField())
    delivery_rate = serializers.FloatField(
        allow_null=True, help_text="Delivered or read, of what Meta took or failed."
    )
    read_rate = serializers.FloatField(allow_null=True, help_text="Read, of what was delivered.")
    billable = serializers.DictField(
        child=serializers.IntegerField(), help_text="Messages Meta charges for, by category."
    )
    responses = ResponsesSerializer()


class StatsViewSet(Resource):
    """Counts by day, status and type; rates; how fast customers were answered."""

    permissions = {"show": "whatsapp.view_message"}

    @extend_schema(
        tags=["stats"],
        operation_id="stats",
        summary="Count messages and answers",
        parameters=[PeriodSerializer],
        responses=answers({200: StatsSerializer}, 400),
    )
    def show(self, request: Request) -> Response:
        """Meta tells what it charges for, but no amounts; so there is no cost here."""
        period = self.checked(PeriodSerializer, data=request.query_params)
        return Response(StatsSerializer(stats.message_stats(**period)).data)
