"""The ground our filters stand on; django-filter has no types of its own."""

from __future__ import annotations

from typing import Any

from django import forms
from django_filters import Filter, FilterSet

from whatsapp.api.pagination import BIGGEST_ID


class Filters(FilterSet):  # type: ignore[misc]
    """Some filters of a list; they join with "and"."""


class IdFilter(Filter):  # type: ignore[misc]
    """An id in the query. NumberFilter would take 1e999999999 and count it out."""

    field_class = forms.IntegerField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=BIGGEST_ID, **kwargs)
