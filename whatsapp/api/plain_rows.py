"""Rows of long lists as plain values: Django takes longer over a model than PostgreSQL over a row.

A plain row has what a serializer asks of the model, under the same names. Times that are only
shown are the text of PostgreSQL, for ``fields.moment``.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import F, Model, TextField
from django.db.models.base import ModelState
from django.db.models.functions import Cast

Values = Sequence[Any]  # of one row


class Columns:
    """Some columns among those that are ``asked`` for together."""

    asked: tuple[Any, ...]
    place: slice


def side_by_side(*parts: Columns) -> tuple[Any, ...]:
    """Return what all of them ask for, in this order; each knows its place in it from now on."""
    asked: tuple[Any, ...] = ()
    for part in parts:
        part.place = slice(len(asked), len(asked) + len(part.asked))
        asked += part.asked
    return asked


class Part(Columns):
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
        self.asked = (*named, *(Cast(F(f"{to}{name}"), TextField()) for name in times))
        values = namedtuple("values", (*columns, *times, *joined))  # type: ignore[misc]
        self._row: Any = type("PlainRow", (values, base), {"pk": property(itemgetter(0))})

    def read(self, of_row: Values, *joined: Any) -> Any:
        """Make the row of its values; None if it is not there."""
        values = of_row[self.place]
        return None if values[0] is None else self._row(*values, *joined)


class Host(Columns):
    """A model of the host: all of it, as its ``__str__`` may ask for any field."""

    def __init__(self, model: Any, *, way: str) -> None:
        self._model = model
        self._names = [field.attname for field in model._meta.concrete_fields]
        self._key = self._names.index(model._meta.pk.attname)
        self._is_usual = (model.__init__, model.from_db.__func__) == _USUAL
        self.asked = tuple(f"{way}__{name}" for name in self._names)

    def read(self, of_row: Values) -> Model | None:
        """Make the row of its values; None if it is not there.

        The row is good for its name only: a usual model's is not initialized, which would take six
        times as long.
        """
        values = of_row[self.place]
        if values[self._key] is None:
            return None
        if not self._is_usual:
            made: Model = self._model.from_db(DEFAULT_DB_ALIAS, self._names, values)
            return made
        row: Model = self._model.__new__(self._model)
        row.__dict__.update(zip(self._names, values, strict=True), _state=ModelState())
        return row


_USUAL = (Model.__init__, Model.from_db.__func__)  # type: ignore[attr-defined]
