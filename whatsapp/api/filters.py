"""The ground our filters stand on; django-filter has no types of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django import forms
from django_filters import BooleanFilter, Filter, FilterSet, IsoDateTimeFilter
from django_filters.fields import IsoDateTimeField
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from whatsapp.api.pagination import BIGGEST_ID

LONGEST_SEARCH = 200  # letters
SHORTEST_SEARCH = 2


class Filters(FilterSet):  # type: ignore[misc]
    """Some filters of a list; they join with "and".

    ``periods`` are pairs of filters, a time and a later one.
    """

    periods: Sequence[tuple[str, str]] = ()

    def filter_queryset(self, queryset: Any) -> Any:
        asked = self.form.cleaned_data
        for since, until in self.periods:
            if asked[since] and asked[until] and asked[since] >= asked[until]:
                raise ValidationError({until: [f"Give a time after `{since}`."]})
        return super().filter_queryset(queryset)


class FilterBackend(DjangoFilterBackend):  # type: ignore[misc]
    """Builds no form, which costs as much as the page, where nothing is filtered."""

    def filter_queryset(self, request: Request, queryset: Any, view: APIView) -> Any:
        filterset = self.get_filterset_class(view, queryset)
        if filterset is None or filterset.base_filters.keys().isdisjoint(request.query_params):
            return queryset
        return super().filter_queryset(request, queryset, view)


class TextFilter(Filter):  # type: ignore[misc]
    """A few words in the query."""

    field_class = forms.CharField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=SHORTEST_SEARCH, max_length=LONGEST_SEARCH, **kwargs)


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
