"""Rows of long lists as plain values: of a page, models cost more than PostgreSQL does.

A plain row has what a serializer asks of the model, under the same names. Times that are only
shown are the text of PostgreSQL, for ``fields.moment``.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import F, Model, QuerySet, TextField
from django.db.models.base import ModelState
from django.db.models.functions import Cast

from whatsapp.models.prepared import OneOf, Prepared

Values = Sequence[Any]  # of one row


def side_by_side(*parts: Part) -> tuple[Any, ...]:
    """Return what all of them ask for, in this order; each knows its place in it from now on."""
    asked: tuple[Any, ...] = ()
    for part in parts:
        part.place = slice(len(asked), len(asked) + len(part.asked))
        asked += part.asked
    return asked


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
        self.place = slice(0)
        self.asked: tuple[Any, ...] = (
            *named,
            *(Cast(F(f"{to}{name}"), TextField()) for name in times),
        )
        values = namedtuple("values", (*columns, *times, *joined))  # type: ignore[misc]
        self._row: Any = type("PlainRow", (values, base), {"pk": property(itemgetter(0))})

    def read(self, of_row: Values, *joined: Any) -> Any:
        """Make the row of its values; None if it is not there."""
        values = of_row[self.place]
        return None if values[0] is None else self._row(*values, *joined)


class Host:
    """Rows of a model of the host, for their names; whole, as ``__str__`` may ask for any field.

    They are asked for apart: joined, they cost PostgreSQL more to plan than the page to run.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._names = [field.attname for field in model._meta.concrete_fields]
        self._key = self._names.index(model._meta.pk.attname)
        self._is_usual = (model.__init__, model.from_db.__func__) == _USUAL
        self._query = Prepared(self._asked, keys=[-31_013])

    def rows(self, keys: Iterable[Any]) -> dict[Any, Model]:
        """Read the rows that there are of these keys, by their keys.

        A usual model's are not initialized: that costs the most, and a name needs it not.
        """
        wanted = [*{key for key in keys if key is not None}]
        found = self._query.read(keys=wanted) if wanted else ()
        return {values[self._key]: self._row(values) for values in found}

    def _asked(self, keys: list[Any]) -> QuerySet[Any, Any]:
        rows: QuerySet[Any, Any] = self._model._base_manager.filter(OneOf(F("pk"), keys))
        return rows.values_list(*self._names)

    def _row(self, values: Values) -> Model:
        if not self._is_usual:
            made: Model = self._model.from_db(DEFAULT_DB_ALIAS, self._names, values)
            return made
        row: Model = self._model.__new__(self._model)
        row.__dict__.update(zip(self._names, values, strict=True), _state=ModelState())
        return row


_USUAL = (Model.__init__, Model.from_db.__func__)  # type: ignore[attr-defined]
