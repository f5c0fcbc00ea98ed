"""People and things by their names, as many answers show them."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from rest_framework import serializers

from whatsapp.api.fields import named
from whatsapp.models import BusinessNumber, Contact


class ContactSerializer(serializers.ModelSerializer[Contact]):
    """The person; `phone` is absent for who shows only a username."""

    customer_id = serializers.IntegerField(allow_null=True)

    class Meta:
        model = Contact
        fields = ("id", "display_name", "phone", "username", "customer_id")


class NamedSerializer(serializers.Serializer[Any]):
    """A row of the ERP, as it calls itself."""

    id = serializers.IntegerField()
    name = serializers.CharField()

    def to_representation(self, row: Model) -> dict[str, Any]:
        return named(row)


class NumberSerializer(serializers.ModelSerializer[BusinessNumber]):
    """A business number of ours."""

    class Meta:
        model = BusinessNumber
        fields = ("id", "name", "display_number", "phone_number_id")
        read_only_fields = fields
