"""The ground our filters stand on; django-filter has no types of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django_filters import BooleanFilter, Filter, FilterSet, IsoDateTimeFilter
from django_filters.fields import IsoDateTimeField

from whatsapp.api.pagination import BIGGEST_ID


class Filters(FilterSet):  # type: ignore[misc]
    """Some filters of a list; they join with "and"."""


class IdFilter(Filter):  # type: ignore[misc]
    """An id in the query. NumberFilter would take 1e999999999 and count it out."""

    field_class = forms.IntegerField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=BIGGEST_ID, **kwargs)


class _FlagField(forms.Field):
    def to_python(self, value: Any) -> bool | None:
        known = {"": None, "true": True, "1": True, "false": False, "0": False}
        try:
            return known[str(value or "").lower()]
        except KeyError:
            raise forms.ValidationError("Give true or false.") from None


class FlagFilter(BooleanFilter):  # type: ignore[misc]
    """Yes or no. BooleanFilter takes any other word for silence, and shows every row."""

    field_class = _FlagField


class _MomentField(IsoDateTimeField):  # type: ignore[misc]
    def clean(self, value: Any) -> datetime | None:
        moment: datetime | None = super().clean(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError:  # the last day of the year 9999, west of Greenwich
            raise forms.ValidationError(self.error_messages["invalid"]) from None


class MomentFilter(IsoDateTimeFilter):  # type: ignore[misc]
    """A time in the query."""

    field_class = _MomentField
