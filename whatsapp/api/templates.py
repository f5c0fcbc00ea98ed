"""Templates: kept here as drafts, judged by Meta."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from whatsapp.api import examples
from whatsapp.api.answers import answers
from whatsapp.api.base import Resource
from whatsapp.api.fields import check_storable
from whatsapp.api.filters import Filters
from whatsapp.api.template_details import (
    NewSampleSerializer,
    ProblemsSerializer,
    SampleFileSerializer,
    SampleSerializer,
    VersionsSerializer,
)
from whatsapp.domain.template import (
    ParameterFormat,
    TemplateCategory,
    check_parameters,
    required_params,
)
from whatsapp.models import Template
from whatsapp.services import template_samples, templates
from whatsapp.services.shared import accounts
from whatsapp.services.templating import template_checks
from whatsapp.services.templating.template_words import reason_in_words


class TemplateSerializer(serializers.ModelSerializer[Template]):
    """A template; `parameters` are the keys that a send must give.

    `rejected_reason` is Meta's code, `reason_words` what it means and what to do.
    """

    category = serializers.CharField()
    parameter_format = serializers.CharField()
    components = serializers.ListField(child=serializers.DictField())
    parameters = serializers.SerializerMethodField()
    reason_words = serializers.SerializerMethodField()

    class Meta:
        model = Template
        fields = (
            *("id", "waba_id", "name", "language", "category", "parameter_format", "components"),
            *("parameters", "status", "rejected_reason", "reason_words", "quality", "meta_id"),
            *("submitted_at", "synced_at", "created_at"),
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_parameters(self, template: Template) -> list[str]:
        return list(required_params(template.components, template.parameter_format).keys)

    def get_reason_words(self, template: Template) -> str:
        return reason_in_words(status=template.status, reason=template.rejected_reason)


class ChangeTemplateSerializer(serializers.Serializer[Any]):
    """What may be changed; name and language only until Meta knows the template."""

    name = serializers.CharField(max_length=512)
    language = serializers.CharField(max_length=16)
    category = serializers.ChoiceField(choices=[c.value for c in TemplateCategory])
    components = serializers.ListField(
        child=serializers.DictField(), allow_empty=False, validators=[check_storable]
    )
    parameter_format = serializers.ChoiceField(
        choices=[f.value for f in ParameterFormat], default=ParameterFormat.NAMED.value
    )


class NewTemplateSerializer(ChangeTemplateSerializer):
    """A new one; in the default number's account unless `waba_id` says otherwise."""

    waba_id = serializers.CharField(max_length=64, default="", allow_blank=True)


class PreviewSerializer(serializers.Serializer[Any]):
    parameters = serializers.DictField(
        child=serializers.CharField(max_length=1024, allow_blank=True), default=dict
    )


class RenderedSerializer(serializers.Serializer[Any]):
    """The template filled in; `text` is the whole."""

    text = serializers.CharField()
    header = serializers.CharField()
    body = serializers.CharField()
    footer = serializers.CharField()
    buttons = serializers.ListField(child=serializers.CharField())


class SyncSerializer(serializers.Serializer[Any]):
    """How many rows were touched; `failures` names accounts that Meta did not list, and why."""

    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    vanished = serializers.IntegerField()
    failures = serializers.DictField(child=serializers.CharField())


class TemplateFilter(Filters):
    """Exact matches."""

    name = django_filters.CharFilter()
    language = django_filters.CharFilter()
    status = django_filters.CharFilter()
    category = django_filters.CharFilter()


WRITTEN = answers({200: TemplateSerializer}, 400, 415)
FROM_META = answers({200: TemplateSerializer}, 400, 502)


@extend_schema(tags=["templates"])
@extend_schema_view(
    list=extend_schema(summary="List templates", responses=answers({200: TemplateSerializer}, 400)),
    retrieve=extend_schema(summary="Show a template", responses=answers({200: TemplateSerializer})),
)
class TemplateViewSet(ListModelMixin, RetrieveModelMixin, Resource):
    """Newest first."""

    serializer_class = TemplateSerializer
    filterset_class = TemplateFilter
    located_actions = ("create",)
    permissions = {
        "list": "whatsapp.view_template",
        "retrieve": "whatsapp.view_template",
        "preview": "whatsapp.view_template",
        "check": "whatsapp.view_template",
        "versions": "whatsapp.view_template",
        "samples": "whatsapp.add_template",
        "sample": "whatsapp.change_template",
        "create": "whatsapp.add_template",
        "update": "whatsapp.change_template",
        "partial_update": "whatsapp.change_template",
        "destroy": "whatsapp.delete_template",
        "submit": "whatsapp.submit_template",
        "sync": "whatsapp.submit_template",
    }

    def get_queryset(self) -> QuerySet[Template]:
        return Template.objects.present()

    @extend_schema(
        summary="Make a draft",
        request=NewTemplateSerializer,
        responses=answers({201: TemplateSerializer}, 400, 415),
        examples=examples.CREATE_TEMPLATE,
    )
    def create(self, request: Request) -> Response:
        """Checked by Meta's rules; Meta does not see it before `submit`."""
        made = templates.create(**self.checked(NewTemplateSerializer), by_id=self.user_id)
        response = self.shown(made.pk, status=201)
        response["Location"] = self.address("template", made.pk)
        return response

    @extend_schema(summary="Replace", request=ChangeTemplateSerializer, responses=WRITTEN)
    def update(self, request: Request, pk: int) -> Response:
        """It is a draft afterwards, not sent before Meta has approved it again."""
        return self._changed(pk, self.checked(ChangeTemplateSerializer))

    @extend_schema(summary="Change", request=ChangeTemplateSerializer, responses=WRITTEN)
    def partial_update(self, request: Request, pk: int) -> Response:
        """What is left out stays. It is a draft afterwards."""
        return self._changed(pk, self.checked(ChangeTemplateSerializer, partial=True))

    @extend_schema(summary="Delete", responses=answers({204: None}, 400, 502))
    def destroy(self, request: Request, pk: int) -> Response:
        """At Meta too; messages that were sent with it keep it."""
        templates.delete(template_id=pk)
        return Response(status=204)

    @extend_schema(summary="Submit to Meta", request=None, responses=FROM_META)
    def submit(self, request: Request, pk: int) -> Response:
        """Meta's verdict comes later, by webhook or `sync`."""
        return self.shown(templates.submit(template_id=pk).pk)

    @extend_schema(
        summary="Preview",
        request=PreviewSerializer,
        responses=answers({200: RenderedSerializer}, 400, 415),
        examples=examples.PREVIEW,
    )
    def preview(self, request: Request, pk: int) -> Response:
        """What the customer would read; the parameters are checked as in a send."""
        template: Template = self.get_object()
        values = check_parameters(
            components=template.components,
            parameter_format=template.parameter_format,
            parameters=self.checked(PreviewSerializer)["parameters"],
        )
        return Response(RenderedSerializer(template.render(values)).data)

    @extend_schema(
        summary="Check",
        request=NewTemplateSerializer,
        responses=answers({200: ProblemsSerializer}, 400, 415),
        examples=examples.CREATE_TEMPLATE,
    )
    def check(self, request: Request) -> Response:
        """What Meta would refuse in it, and warnings; nothing is kept, and Meta is not asked."""
        values = self.checked(NewTemplateSerializer)
        row = Template(**{**values, "waba_id": values["waba_id"] or accounts.default_account()})
        same = Template.objects.present().filter(waba_id=row.waba_id, name=row.name)
        known = same.filter(language=row.language).first()
        row.pk = known.pk if known else None
        found = template_checks.problems_of(row)
        return Response(ProblemsSerializer({"problems": found}).data)

    @extend_schema(summary="List its versions", responses=answers({200: VersionsSerializer}))
    def versions(self, request: Request, pk: int) -> Response:
        """What it said and what became of each text, newest first; they are few, so all."""
        template: Template = self.get_object()
        rows = template.versions.order_by("-number")
        return Response(VersionsSerializer({"versions": rows}).data)

    @extend_schema(
        summary="Upload a sample",
        request={"multipart/form-data": NewSampleSerializer},
        responses=answers({200: SampleSerializer}, 400, 413, 415, 502),
    )
    def samples(self, request: Request) -> Response:
        """Give Meta the sample of a header, for a template that is to be made with it."""
        values = self.checked(NewSampleSerializer)
        sample = template_samples.upload(
            header_format=values["format"], file=values["file"], waba_id=values["waba_id"]
        )
        return Response(SampleSerializer(sample).data)

    @extend_schema(
        summary="Put a sample",
        request={"multipart/form-data": SampleFileSerializer},
        responses=answers({200: TemplateSerializer}, 400, 413, 415, 502),
    )
    def sample(self, request: Request, pk: int) -> Response:
        """Upload another sample for its header of a file. It is a draft afterwards."""
        file = self.checked(SampleFileSerializer)["file"]
        template_samples.put(template_id=pk, file=file, by_id=self.user_id)
        return self.shown(pk)

    @extend_schema(summary="Sync with Meta", request=None, responses=answers({200: SyncSerializer}))
    def sync(self, request: Request) -> Response:
        """Bring every account's templates in line with Meta's list now; it is also done by beat."""
        return Response(SyncSerializer(templates.sync_statuses(now=timezone.now())).data)

    def _changed(self, pk: int, values: dict[str, Any]) -> Response:
        """Ask only for what differs: an unchanged name is no attempt to rename."""
        before = self.get_object()
        changes = {name: new for name, new in values.items() if getattr(before, name) != new}
        if changes:
            templates.change(template_id=pk, by_id=self.user_id, **changes)
        return self.shown(pk)
