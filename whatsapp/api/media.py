"""Files that came with messages: which could not be fetched, why, and once more."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from whatsapp.api.answers import answers
from whatsapp.api.base import Resource
from whatsapp.api.filters import Filters, IdFilter
from whatsapp.api.message_details import SEES_DELETED
from whatsapp.models import Media
from whatsapp.models.media import MediaState
from whatsapp.services.receiving import media, media_files


class MediaSerializer(serializers.ModelSerializer[Media]):
    """A file; PENDING until it is here or, sent by us, at Meta. `error` says why it is not."""

    class Meta:
        model = Media
        fields = ("id", "message", "mime_type", "filename", "size", "state", "error")
        read_only_fields = fields


class MediaFilter(Filters):
    """Which files."""

    state = django_filters.ChoiceFilter(choices=MediaState.choices)
    conversation = IdFilter(field_name="message__conversation_id")


RANGE = OpenApiParameter(
    "Range", str, OpenApiParameter.HEADER, description="`bytes=0-1023`: a part of it, as 206."
)


@extend_schema(tags=["troubles"])
@extend_schema_view(
    list=extend_schema(summary="List files", responses=answers({200: MediaSerializer}, 400)),
    retrieve=extend_schema(summary="Show a file", responses=answers({200: MediaSerializer})),
)
class MediaViewSet(ListModelMixin, RetrieveModelMixin, Resource):
    """Newest first."""

    serializer_class = MediaSerializer
    filterset_class = MediaFilter
    conversation_path = "message__conversation"
    permissions = {
        "list": "whatsapp.view_media",
        "retrieve": "whatsapp.view_media",
        "file": "whatsapp.view_media",
        "retry": "whatsapp.reply_conversation",
    }

    def get_queryset(self) -> QuerySet[Media]:
        return Media.objects.all()

    @extend_schema(
        summary="Download a file",
        parameters=[RANGE],
        responses=answers(
            {
                (200, "application/octet-stream"): OpenApiTypes.BINARY,
                (206, "application/octet-stream"): OpenApiTypes.BINARY,
            }
        ),
    )
    def file(self, request: Request, pk: int) -> FileResponse:
        """Its bytes, as an attachment, for who may read messages; 404 until they are here.

        The type is the real one where browsers may know it, else `application/octet-stream`.
        """
        if not request.user.has_perm("whatsapp.view_message"):
            raise PermissionDenied
        media: Media = self.get_object()
        return media_files.answer(
            media,
            user=request.user,
            wanted=request.headers.get("Range", ""),
            deleted_too=request.user.has_perm(SEES_DELETED),
        )

    @extend_schema(summary="Fetch again", request=None, responses=answers({202: MediaSerializer}))
    def retry(self, request: Request, pk: int) -> Response:
        """A received file that was given up; a file of ours goes with its message's `retry`."""
        return self.shown(media.retry(media_id=pk, by_id=self.user_id).pk, status=202)
