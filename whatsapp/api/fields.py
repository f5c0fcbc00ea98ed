"""Fields that DRF does not have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Model
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

_USUAL = (len("2026-11-27 22:03:09+00"), len("2026-11-27 22:03:09.123456+00"))


def moment(at: datetime | str | None) -> str | None:
    """A time of the database as DateTimeField writes it, in a tenth of the time.

    Or the text of one, as PostgreSQL writes it: 2026-11-27 22:03:09.123456+00.
    """
    if at is None:
        return None
    if isinstance(at, str):
        if len(at) in _USUAL and at.endswith("+00"):
            return f"{at[:10]}T{at[11:-3]}Z"
        at = datetime.fromisoformat(at)
    if at.tzinfo is not UTC:  # of a session in another zone
        at = at.astimezone(UTC)
    return at.isoformat().replace("+00:00", "Z")


def named(row: Model) -> dict[str, Any]:
    """The id and the name of a row."""
    return {"id": row.pk, "name": str(row)}


class RowIdField(serializers.PrimaryKeyRelatedField[Any]):
    """The id of a row that must exist, of the host's model behind a foreign key of ours."""

    def __init__(self, *, of: type[Model], to: str, **kwargs: Any) -> None:
        model: Any = of._meta.get_field(to).related_model
        super().__init__(queryset=model._default_manager.all(), **kwargs)

    def to_internal_value(self, data: Any) -> int:
        return int(super().to_internal_value(data).pk)


@extend_schema_field(OpenApiTypes.FLOAT)
class SecondsField(serializers.Field[Any, Any, float, timedelta]):
    """A duration as a number of seconds."""

    def to_representation(self, value: timedelta) -> float:
        return value.total_seconds()


def check_storable(value: object) -> None:
    """Refuse what jsonb cannot hold, however deep: NUL; the parser lets no half letter through."""
    match value:
        case str() if "\0" in value:
            raise serializers.ValidationError("Null characters are not allowed.")
        case dict():
            for name, inner in value.items():
                check_storable(name)
                check_storable(inner)
        case list():
            for inner in value:
                check_storable(inner)
