"""Contacts that turned out to be one person, on what evidence; they can be taken apart again."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from whatsapp.api.answers import answers
from whatsapp.api.base import Resource
from whatsapp.api.filters import Filters, FlagFilter, IdFilter
from whatsapp.api.people import ContactSerializer
from whatsapp.models import ContactMerge
from whatsapp.services.contacts import merge_undo


class ContactMergeSerializer(serializers.ModelSerializer[ContactMerge]):
    """`absorbed` became part of `survivor`, since the event `source` showed number and user id."""

    survivor = ContactSerializer()
    absorbed = ContactSerializer()

    class Meta:
        model = ContactMerge
        fields = (
            *("id", "survivor", "absorbed", "source", "shown_at", "shown_wa_id", "shown_bsuid"),
            *("merged_at", "undone_at"),
        )
        read_only_fields = fields


class ContactMergeFilter(Filters):
    """Which merges."""

    contact = IdFilter(field_name="survivor_id", help_text="The contact that stayed.")
    standing = FlagFilter(field_name="undone_at", lookup_expr="isnull", help_text="Not undone.")


@extend_schema(tags=["troubles"])
@extend_schema_view(
    list=extend_schema(
        summary="List merges of contacts", responses=answers({200: ContactMergeSerializer}, 400)
    ),
    retrieve=extend_schema(
        summary="Show a merge of contacts", responses=answers({200: ContactMergeSerializer})
    ),
)
class ContactMergeViewSet(ListModelMixin, RetrieveModelMixin, Resource):
    """Newest first."""

    serializer_class = ContactMergeSerializer
    filterset_class = ContactMergeFilter
    permissions = {
        "list": "whatsapp.view_contactmerge",
        "retrieve": "whatsapp.view_contactmerge",
        "undo": "whatsapp.undo_contactmerge",
    }

    def get_queryset(self) -> QuerySet[ContactMerge]:
        return ContactMerge.objects.select_related("survivor", "absorbed")

    @extend_schema(
        summary="Make them two contacts again",
        request=None,
        responses=answers({200: ContactMergeSerializer}, 422),
    )
    def undo(self, request: Request, pk: int) -> Response:
        """Messages and conversations go back; what came after the merge stays with the survivor.

        422 where it cannot be done any more: `details.reason` is `merged_since` (undo the later
        merge first) or `moved_on` (number or user id are somebody else's since).
        """
        return self.shown(merge_undo.undo(merge_id=pk, by_id=self.user_id).pk)
