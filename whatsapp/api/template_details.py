"""What else is told of a template: its problems, its versions, and samples of its header."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from whatsapp.models import TemplateVersion
from whatsapp.services.template_samples import TYPES
from whatsapp.services.templating.template_words import reason_in_words


class ProblemSerializer(serializers.Serializer[Any]):
    """Why Meta would refuse it, or with `is_warning` what it may cost; `code` is stable."""

    field = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()
    is_warning = serializers.BooleanField()


class ProblemsSerializer(serializers.Serializer[Any]):
    """Refusals first; none of them means that it can be submitted."""

    problems = ProblemSerializer(many=True)


class VersionSerializer(serializers.ModelSerializer[TemplateVersion]):
    """What a template said; `status` is the one it has, or had when the next took its place.

    `source` is HERE or META; `author` a user's id, if it was written here.
    """

    reason_words = serializers.SerializerMethodField()

    class Meta:
        model = TemplateVersion
        fields = (
            *("number", "category", "parameter_format", "components", "source", "author"),
            *("status", "reason", "reason_words", "created_at", "submitted_at", "approved_at"),
            "status_changed_at",
        )
        read_only_fields = fields

    def get_reason_words(self, version: TemplateVersion) -> str:
        return reason_in_words(status=version.status, reason=version.reason)


class VersionsSerializer(serializers.Serializer[Any]):
    """All of them, newest first."""

    versions = VersionSerializer(many=True)


@extend_schema_field(OpenApiTypes.BINARY)
class BinaryField(serializers.FileField):
    """The file of a form."""


class SampleFileSerializer(serializers.Serializer[Any]):
    """A file as multipart/form-data."""

    file = BinaryField()


class NewSampleSerializer(SampleFileSerializer):
    """A file for the header of a template that is to be made."""

    format = serializers.ChoiceField(choices=sorted(TYPES))
    waba_id = serializers.CharField(max_length=64, default="", allow_blank=True)


class SampleSerializer(serializers.Serializer[Any]):
    """What Meta has now; `header` goes into the template's `components` as it is."""

    handle = serializers.CharField()
    header = serializers.DictField()
    filename = serializers.CharField()
    mime_type = serializers.CharField()
    size = serializers.IntegerField()
