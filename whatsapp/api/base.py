"""What all our endpoints share. The host's ``REST_FRAMEWORK`` is neither read nor changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from whatsapp.api.authentication import JWTAuthentication
from whatsapp.api.filters import FilterBackend
from whatsapp.api.limits import Limit
from whatsapp.api.openapi import DoorSchema
from whatsapp.api.pagination import KeysetPagination, Position, after
from whatsapp.api.parsers import LARGEST, BoundedJSONParser
from whatsapp.api.problems import REQUEST_ID_HEADER, handle, request_id
from whatsapp.api.renderers import JSONRenderer
from whatsapp.conf import whatsapp_settings
from whatsapp.services.shared import visibility

LIST_PARAMETERS = ("cursor", "limit", "expand", "format")


def strangers(serializer: Any, data: Any) -> dict[str, Any]:
    """Name what a body holds and its serializer does not know, however deep: a slip, or worse."""
    if isinstance(serializer, serializers.ListSerializer):
        inner = {str(n): strangers(serializer.child, one) for n, one in enumerate(data)}
        return {place: found for place, found in inner.items() if found}
    unknown: dict[str, Any] = {
        name: ["There is no such field."] for name in data if name not in serializer.fields
    }
    for name, field in serializer.fields.items():
        nested = name in data and isinstance(field, serializers.BaseSerializer)
        if nested and (found := strangers(field, data[name])):
            unknown[name] = found
    return unknown


class HasPermission(BasePermission):
    """Ask the user's Django permissions, fresh from the database; a token's claims grant nothing.

    The view's ``permissions`` name what each action needs; an action that is missing there is
    refused, so that a new one cannot be left open by mistake.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        if view.action in (None, "metadata"):  # no such method: 405, but not for strangers
            return True
        needed = view.permissions.get(view.action)
        return needed is not None and request.user.has_perm(needed)


class Visible(BaseFilterBackend):
    """Lists and single rows: what is of a conversation that the user may not see is not there."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        if view.conversation_path is None:
            return queryset
        seen = visibility.visible(user=request.user, conversation=view.conversation_path)
        return queryset.filter(seen) if seen else queryset


class Door(APIView):
    """Authentication, errors and formats of every view under our prefix."""

    schema = DoorSchema()
    authentication_classes = (JWTAuthentication, SessionAuthentication)
    renderer_classes: Sequence[type[BaseRenderer]] = (JSONRenderer,)
    parser_classes: Sequence[type[BaseParser]] = (BoundedJSONParser,)
    throttle_classes: Sequence[type[BaseThrottle]] = (Limit,)
    largest_body = LARGEST  # of JSON, in bytes
    names_people = True  # then phone numbers in the answer are veiled for who may not see them
    http_method_names = ("get", "post", "put", "patch", "delete", "head")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Speak UTC, whatever the host's time zone; a time without a zone is read as UTC too."""
        with timezone.override(UTC):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if not whatsapp_settings().enabled:
            raise NotFound
        self._require_size(request)
        super().initial(request, *args, **kwargs)

    def _require_size(self, request: Request) -> None:
        """Refuse what says of itself that it is too large, before a byte of it is read."""
        is_form = (request.content_type or "").startswith("multipart/")
        most = whatsapp_settings().media_max_bytes + LARGEST if is_form else self.largest_body
        given = request.headers.get("Content-Length") or "0"
        if not given.isdecimal() or int(given) > most:
            raise RequestDataTooBig

    def get_exception_handler(self) -> Callable[..., Response]:
        return handle

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response[REQUEST_ID_HEADER] = request_id(self.request._request)
        if getattr(response, "data", None) is not None and self.names_people:
            response.data = visibility.without_phones(response.data, user=request.user)
        return super().finalize_response(request, response, *args, **kwargs)


class Resource(Door, GenericViewSet[Any]):
    """A viewset of ours; ``keyset`` orders its pages, ``permissions`` guards its actions.

    ``conversation_path`` leads from a row to its conversation (empty: it is one); without one, rows
    are everybody's.
    """

    permission_classes = (HasPermission,)
    filter_backends: Sequence[type[BaseFilterBackend]] = (Visible, FilterBackend)
    conversation_path: str | None = None
    pagination_class = KeysetPagination
    keyset: Sequence[str] = ("id",)
    permissions: Mapping[str, str] = {}
    is_whole = False  # whether nothing was left out of the list

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows = super().filter_queryset(queryset)
        self.is_whole = rows is queryset
        return rows

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action == "list":
            self._check_query(request)

    def _check_query(self, request: Request) -> None:
        """Refuse a filter that there is not: it would show every row as if it had matched."""
        filters = getattr(getattr(self, "filterset_class", None), "base_filters", {})
        known = {*filters, *LIST_PARAMETERS}
        if unknown := [name for name in request.query_params if name not in known]:
            raise ValidationError({name: ["There is no such filter."] for name in unknown})

    def page(self, rows: QuerySet[Any], *, limit: int, position: Position | None) -> list[Any]:
        """Read the rows of a page: so many after the position, in the order of ``keyset``."""
        return list(after(rows, self.keyset, position)[:limit])

    def checked(
        self,
        serializer_class: type[serializers.Serializer[Any]],
        *,
        data: Mapping[str, Any] | None = None,
        partial: bool = False,
    ) -> dict[str, Any]:
        """Return the request's body, or other data of its, validated."""
        given = self.request.data if data is None else data
        serializer = serializer_class(data=given, partial=partial)
        serializer.is_valid(raise_exception=True)
        if unknown := strangers(serializer, given):
            raise ValidationError(unknown)
        values: dict[str, Any] = serializer.validated_data
        return values

    def shown(self, pk: int, *, status: int = 200) -> Response:
        """Answer with a row as it is in the database now."""
        row = self.get_queryset().get(pk=pk)
        return Response(self.get_serializer(row).data, status=status)

    def address(self, name: str, pk: int) -> str:
        """Return the address of another of our rows, wherever the host has mounted us."""
        match = self.request.resolver_match
        around = match.namespaces if match else []
        return reverse(":".join([*around, name]), args=[pk])

    @property
    def user_id(self) -> int | None:
        """Who asks; the permission class has let nobody unknown in."""
        return self.request.user.pk


@extend_schema(exclude=True)
class UnknownRoute(Door):
    """What is under our prefix and matches no route: 404 in our own words, for everybody."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound
