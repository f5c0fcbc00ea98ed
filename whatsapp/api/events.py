"""What changes, as it happens: Server-Sent Events, or a long poll for who cannot stream."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import HttpResponseBase, StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.tokens import Token

from whatsapp.api.answers import answers
from whatsapp.api.base import Resource
from whatsapp.api.renderers import JSONRenderer
from whatsapp.models.change import ChangeKind
from whatsapp.services.shared import change_log, event_sight, visibility
from whatsapp.services.shared.change_log import Event, Position
from whatsapp.services.shared.event_stream import Feed, Listener

EVENT_STREAM = "text/event-stream"
PERMISSION = "whatsapp.view_conversation"
RESET = "reset"
GLANCE = 0.25  # seconds between two looks into the process's memory
HEARTBEAT = 15.0  # seconds; also how long a right that was taken away still counts
LONGEST_STREAM = 300.0  # seconds; then the client comes back, with a fresh token
LONGEST_POLL = 25  # seconds
_RETRY = f"retry: {int(GLANCE * 4000)}\n\n"

Shown = Sequence[Mapping[str, Any]]
Answer = TypeVar("Answer")

feed = Feed()


class EventStreamRenderer(BaseRenderer):
    """Only says that this media type can be had; the view writes the stream itself."""

    media_type = EVENT_STREAM
    format = "stream"

    def render(self, data: Any, *_: Any) -> bytes:
        """Whatever DRF answers instead of a stream is a refusal, and that is JSON."""
        return JSONRenderer().render(data)


class ItemSerializer(serializers.Serializer[Any]):
    """What it happened to. `message` is null when it happened to the conversation."""

    conversation = serializers.IntegerField(allow_null=True)
    message = serializers.IntegerField(allow_null=True)


class EventSerializer(serializers.Serializer[Event]):
    """Something that happened; look up the rows for what they are now."""

    id = serializers.IntegerField(source="row", help_text="Unique; the same when told again.")
    type = serializers.ChoiceField(
        source="kind",
        choices=[*(kind.value for kind in ChangeKind), RESET],
        help_text="`conversation_hidden`: it was handed to a colleague, and is not yours to see any"
        " more. `reset`: too much was missed; read everything anew.",
    )
    at = serializers.DateTimeField(allow_null=True)
    items = ItemSerializer(many=True)


class EventsSerializer(serializers.Serializer[Any]):
    """The answer to a long poll."""

    events = EventSerializer(many=True)
    next = serializers.CharField(help_text="Give it as `after` to go on from here.")


class WaitSerializer(serializers.Serializer[Any]):
    after = serializers.CharField(
        required=False,
        max_length=8000,
        help_text="Where to go on: `next` of the last answer, or the `id` of the last event. The"
        " header `Last-Event-ID` says the same. Without either it begins now.",
    )
    wait = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=LONGEST_POLL,
        default=LONGEST_POLL,
        help_text="Long poll only: seconds to wait for something to happen.",
    )


class EventViewSet(Resource):
    """What happens, told at least once and in order; nothing is skipped."""

    permissions = {"stream": PERMISSION}
    renderer_classes = (JSONRenderer, EventStreamRenderer)

    @extend_schema(
        tags=["events"],
        summary="Listen to what changes",
        parameters=[WaitSerializer, OpenApiParameter("Last-Event-ID", str, "header")],
        responses={
            **answers({}, 400, 429),
            (200, "application/json"): EventsSerializer,
            (200, EVENT_STREAM): OpenApiResponse(str, description="Server-Sent Events."),
        },
    )
    def stream(self, request: Request) -> HttpResponseBase:
        """With `Accept: text/event-stream` a stream, which ends now and then and is resumed by
        `Last-Event-ID`; under a WSGI server it ends with the first events. Else a long poll.

        An event of type `reset` means that too much was missed: read everything anew.
        """
        asked = self.checked(WaitSerializer, data=request.query_params)
        after = request.headers.get("Last-Event-ID") or asked.get("after")
        position = change_log.parse(position=after) if after else None
        feed.require_room()
        if request.accepted_renderer.media_type != EVENT_STREAM:
            events, last = _wait(position, user_id=self.user_id, seconds=asked["wait"])
            return Response({"events": events, "next": str(last)})
        ends_at = time.time() + LONGEST_STREAM
        if isinstance(request.auth, Token):  # it has an end of its own
            ends_at = min(ends_at, float(request.auth["exp"]))
        if isinstance(request._request, ASGIRequest):
            live = _streamed(position, user_id=self.user_id, ends_at=ends_at)
            return _response(live)
        return _response(_streamed_once(position, user_id=self.user_id))

    def handle_exception(self, exc: Exception) -> Response:
        """Refuse in JSON, whatever the client would have listened to."""
        response = super().handle_exception(exc)
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        return response


def _response(stream: Any) -> StreamingHttpResponse:
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(stream, content_type=EVENT_STREAM, headers=headers)


def _streamed_once(position: Position | None, *, user_id: int | None) -> Iterator[str]:
    """One held thread per client is dear: end with the first events, and be asked again."""
    yield _RETRY
    yield _written(*_wait(position, user_id=user_id, seconds=LONGEST_POLL))


def _wait(
    position: Position | None, *, user_id: int | None, seconds: float
) -> tuple[Shown, Position]:
    """Wait for the first events; give also where to go on."""
    listener = Listener(feed=feed, position=position)
    try:
        told = _past(listener, user_id=user_id)
        deadline = time.monotonic() + seconds
        while not told and time.monotonic() < deadline:
            if not connection.in_atomic_block:
                connection.close()  # who waits keeps none; hundreds may
            time.sleep(GLANCE)
            told = _next(listener, user_id=user_id)
        return told, listener.position
    finally:
        listener.leave()


async def _streamed(
    position: Position | None, *, user_id: int | None, ends_at: float
) -> AsyncIterator[str]:
    """Go on until the client leaves, its right or its token ends, or it has been long enough."""
    listener = await sync_to_async(_apart)(partial(Listener, feed=feed, position=position))
    try:
        yield _RETRY
        past = partial(_past, listener, user_id=user_id)
        yield _written(await sync_to_async(_apart)(past), listener.position)
        heartbeat = time.monotonic() + HEARTBEAT
        while time.time() < ends_at:
            await asyncio.sleep(GLANCE)
            events = listener.take()
            if events is None:
                shown = await sync_to_async(_apart)(past)
                yield _written(shown, listener.position)
            elif events:
                seen = partial(_shown, events, user_id=user_id)
                limited = visibility.limits_anybody()
                shown = await sync_to_async(_apart)(seen) if limited else seen()
                yield _written(shown, listener.position)
            if time.monotonic() >= heartbeat:
                if not await sync_to_async(_apart)(partial(_may_listen, user_id)):
                    return
                yield _written((), listener.position)
                heartbeat = time.monotonic() + HEARTBEAT
    finally:
        listener.leave()


def _apart(call: Callable[[], Answer]) -> Answer:
    """Ask the database, and keep no connection for a client that mostly waits."""
    try:
        return call()
    finally:
        connection.close()


def _may_listen(user_id: int | None) -> bool:
    user = get_user_model().objects.filter(pk__in=[user_id], is_active=True).first()
    return user is not None and user.has_perm(PERMISSION)


def _next(listener: Listener, *, user_id: int | None) -> Shown:
    events = listener.take()
    if events is None:
        return _past(listener, user_id=user_id)
    return _shown(events, user_id=user_id)


def _past(listener: Listener, *, user_id: int | None) -> Shown:
    """What the client has missed; or that it has missed too much."""
    news = listener.catch_up()
    if news is None:
        return [{"id": 0, "type": RESET, "at": None, "items": []}]
    return _shown(news.events, user_id=user_id)


def _shown(events: Sequence[Event], *, user_id: int | None) -> Shown:
    """As the client is told them, who sees what the user sees."""
    seen = event_sight.seen_by(events=events, user_id=user_id)
    return [EventSerializer(event).data for event in seen]


def _written(events: Shown, position: Position) -> str:
    """The events of one look; the position comes with the last, or alone as a sign of life."""
    lines = [f"event: {event['type']}\ndata: {json.dumps(event)}\n" for event in events]
    *before, last = lines or [""]
    return "".join(f"{each}\n" for each in before) + f"{last}id: {position}\n\n"
