"""Many templates in one call, with a result for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from whatsapp.api import examples
from whatsapp.api.answers import answers
from whatsapp.api.base import Resource
from whatsapp.api.idempotency import IDEMPOTENCY_KEY, under_key
from whatsapp.api.pagination import BIGGEST_ID
from whatsapp.services import messages
from whatsapp.services.messages import BulkResult, Recipient

LIMIT = 500


class BatchItemSerializer(serializers.Serializer[Any]):
    """One person: exactly one of the first three, as in a send, or a `customer_id` alone."""

    phone_number = serializers.CharField(required=False, max_length=32)
    conversation = serializers.IntegerField(
        source="conversation_id",
        required=False,
        min_value=1,
        max_value=BIGGEST_ID,
        help_text="On the number that the batch goes out from.",
    )
    contact = serializers.IntegerField(
        source="contact_id", required=False, min_value=1, max_value=BIGGEST_ID
    )
    customer_id = serializers.IntegerField(required=False, min_value=1, max_value=BIGGEST_ID)
    order_id = serializers.IntegerField(required=False, min_value=1, max_value=BIGGEST_ID)
    parameters = serializers.DictField(
        child=serializers.CharField(max_length=1024, allow_blank=True), required=False
    )


class BatchSerializer(serializers.Serializer[Any]):
    """A template, and up to 500 people who get it; each of them once."""

    template = serializers.CharField(max_length=512, help_text="Its name.")
    language = serializers.CharField(max_length=16, default="ro")
    number = serializers.IntegerField(
        source="number_id",
        required=False,
        min_value=1,
        max_value=BIGGEST_ID,
        help_text="Our business number; the default one if absent.",
    )
    send_at = serializers.DateTimeField(required=False, help_text="At most 30 days ahead.")
    expires_at = serializers.DateTimeField(
        required=False, help_text="When it is too late; 24 hours after it was due if absent."
    )
    messages = BatchItemSerializer(
        many=True,
        allow_empty=False,
        max_length=LIMIT,  # type: ignore[call-arg]
    )


class ItemErrorSerializer(serializers.Serializer[Any]):
    """Why this one was refused, as a send of its own would say it."""

    code = serializers.CharField()
    message = serializers.CharField()
    details = serializers.DictField()


class ItemResultSerializer(serializers.Serializer[Any]):
    """What became of one of them; one of `message` and `error` is null."""

    message = serializers.IntegerField(allow_null=True, help_text="The id of the message.")
    error = ItemErrorSerializer(allow_null=True)


class BatchResultSerializer(serializers.Serializer[Any]):
    """The results in the order of `messages`."""

    accepted = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = ItemResultSerializer(many=True)


@extend_schema(tags=["messages"])
class BatchViewSet(Resource):
    """Queued set by set, in one transaction; behind replies and order notices."""

    permissions = {"batch": "whatsapp.send_message"}

    @extend_schema(
        operation_id="whatsapp_messages_batch",
        summary="Send a template to many",
        parameters=[IDEMPOTENCY_KEY],
        request=BatchSerializer,
        responses=answers({202: BatchResultSerializer}, 400, 409, 413, 415, 422),
        examples=examples.BATCH,
    )
    def batch(self, request: Request) -> Response:
        """Who cannot get it is refused alone; the others are accepted, and each is kept.

        As a broadcast it waits for the end of the quiet hours. The whole batch is one under its
        `Idempotency-Key`; where nobody was accepted, the key stays free.
        """
        asked = {**self.checked(BatchSerializer), "user_id": self.user_id}
        recipients = [Recipient(**item) for item in asked.pop("messages")]
        result = messages.send_many(recipients=recipients, **under_key(request, asked))
        return Response(_results(result, total=len(recipients)), status=202)


def _results(result: BulkResult, *, total: int) -> dict[str, Any]:
    refused = {
        one.position: {"code": one.code, "message": one.reason, "details": dict(one.details)}
        for one in result.refused
    }
    ids: Sequence[int] = result.message_ids
    accepted = iter(ids)
    return {
        "accepted": len(ids),
        "refused": len(refused),
        "results": [
            {"message": None, "error": refused[position]}
            if position in refused
            else {"message": next(accepted), "error": None}
            for position in range(total)
        ],
    }
