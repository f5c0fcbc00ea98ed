"""Is the module alive? Anybody may ask; details are for supervisors."""

from __future__ import annotations

from typing import Any

from django.db import Error
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from whatsapp.api.answers import answers
from whatsapp.api.base import Door
from whatsapp.services import health
from whatsapp.services.health import HealthStatus
from whatsapp.services.sending.senders import Sender, Sending

SUPERVISION = "whatsapp.view_businessnumber"


class CheckSerializer(serializers.Serializer[Any]):
    """One thing looked at."""

    name = serializers.CharField()
    status = serializers.CharField(help_text="ok, degraded or down.")
    detail = serializers.CharField()


class SenderSerializer(serializers.Serializer[Sender]):
    """Who sends for a number, and whether its circuit breaker lets it."""

    number = serializers.IntegerField(source="number.pk")
    phone_number_id = serializers.CharField(source="number.phone_number_id")
    sending = serializers.ChoiceField(
        [each.value for each in Sending],
        help_text="PAUSED: nothing leaves. PROBING: one message does, and its fate decides.",
    )
    cause = serializers.CharField(
        source="breaker.cause",
        help_text="TROUBLE: Meta fails too often. SLOW: it asks for patience. ACCOUNT: it refuses "
        "the account. Empty: none.",
    )
    reason = serializers.CharField(source="breaker.reason", help_text="Meta's words.")
    opened_at = serializers.DateTimeField(source="breaker.opened_at", allow_null=True)
    until = serializers.DateTimeField(
        source="breaker.until",
        allow_null=True,
        help_text="Null while PAUSED: until somebody mends the account and resumes sending.",
    )
    streak = serializers.IntegerField(
        source="breaker.streak", help_text="How often in a row it opened again for this cause."
    )
    holder = serializers.CharField(help_text="Host, process and thread; empty: nobody sends now.")
    lease_until = serializers.DateTimeField(allow_null=True)
    verified_name = serializers.CharField(source="number.verified_name")
    quality = serializers.CharField(
        source="number.quality", help_text="GREEN, YELLOW, RED or UNKNOWN; empty: not told yet."
    )
    messaging_limit = serializers.CharField(
        source="number.messaging_limit",
        help_text="People who may be written to first in 24 hours: TIER_250 … TIER_UNLIMITED.",
    )
    messages_per_second = serializers.IntegerField(source="number.pace")
    account = serializers.ListField(
        child=serializers.CharField(),
        source="standing",
        help_text="What Meta holds against the account, the worst last; empty: nothing.",
    )
    lease_left = serializers.DurationField(allow_null=True, help_text="Renewed each second.")


class HealthSerializer(serializers.Serializer[Any]):
    """The worst of the checks. The lists are empty for those who may not see them."""

    status = serializers.CharField(help_text="ok, degraded or down.")
    checks = CheckSerializer(many=True)
    senders = SenderSerializer(many=True)


class HealthView(Door):
    """Never calls Meta: what is said of it is from the last check."""

    permission_classes = ()
    throttle_classes = ()
    names_people = False

    def perform_authentication(self, request: Request) -> None:
        """Put off: it asks the database, which may be what is not well."""

    @extend_schema(
        tags=["health"],
        operation_id="health",
        summary="Tell whether the module is alive",
        responses={
            **answers({200: HealthSerializer}, always=(401, 404)),
            503: HealthSerializer,
        },
    )
    def get(self, request: Request) -> Response:
        """503 when the database does not answer."""
        report = health.report(details=_may_see_details(request))
        status = 503 if report.status is HealthStatus.DOWN else 200
        return Response(HealthSerializer(report).data, status=status)


def _may_see_details(request: Request) -> bool:
    try:
        return request.user.has_perm(SUPERVISION)
    except Error:
        return False
