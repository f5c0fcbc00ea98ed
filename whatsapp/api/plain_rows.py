"""Rows of long lists as plain values: Django takes longer over a model than PostgreSQL over a row.

A plain row has what a serializer asks of the model, under the same names. Times that are only
shown are the text of PostgreSQL, for ``fields.moment``.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any

from django.db.models import F, Model, TextField
from django.db.models.base import ModelState
from django.db.models.functions import Cast

Values = Iterator[Any]  # of one row, those yet to be read


class Part:
    """Some columns of a model, the primary key first, and the plain row they make.

    ``way`` leads from the rows that are read to this model, empty if they are of it; ``joined``
    names what the row holds besides, given when it is read.
    """

    def __init__(
        self,
        columns: Sequence[str],
        *,
        way: str = "",
        times: Sequence[str] = (),
        joined: Sequence[str] = (),
        base: type = object,
    ) -> None:
        to = f"{way}__" if way else ""
        named = [f"{to}{name}" for name in columns]
        self.asked: tuple[Any, ...] = (
            *named,
            *(Cast(F(f"{to}{name}"), TextField()) for name in times),
        )
        values = namedtuple("values", (*columns, *times, *joined))  # type: ignore[misc]
        self._row = type("PlainRow", (values, base), {"pk": property(itemgetter(0))})

    def read(self, given: Values, *joined: Any) -> Any:
        """Take this part's values; None if the row is not there."""
        values = [*islice(given, len(self.asked))]
        return None if values[0] is None else self._row(*values, *joined)


class Host:
    """A model of the host: all of it, as its ``__str__`` may ask for any field."""

    def __init__(self, model: Any, *, way: str) -> None:
        self._model = model
        self._names = [field.attname for field in model._meta.concrete_fields]
        self._key = self._names.index(model._meta.pk.attname)
        self.asked: tuple[Any, ...] = tuple(f"{way}__{name}" for name in self._names)

    def read(self, given: Values) -> Model | None:
        """Take the model's values; None if the row is not there.

        The row is good for its name only: it was not initialized, which takes six times as long.
        """
        values = [*islice(given, len(self._names))]
        if values[self._key] is None:
            return None
        row: Model = self._model.__new__(self._model)
        row.__dict__.update(zip(self._names, values, strict=True), _state=ModelState())
        return row
