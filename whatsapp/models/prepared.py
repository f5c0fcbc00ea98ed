"""Queries compiled once: Django takes as long to write a page's SQL as PostgreSQL to run it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import Lookup, QuerySet
from django.db.models.query import ValuesListIterable

Build = Callable[..., QuerySet[Any, Any]]


class Prepared:
    """A query whose SQL is always the same, but for some values.

    ``build`` makes it, given ``samples``: for each value one that stands nowhere else in it, and
    reaches PostgreSQL as it is. What decides on the SQL's form, such as a limit, is not a value.
    """

    def __init__(self, build: Build, **samples: Any) -> None:
        self._build, self._samples = build, samples
        self._made: _Compiled | None = None

    def read(self, **values: Any) -> list[Any]:
        """Run the query with these values; return what it gives, rows or tuples."""
        made = self._compiled()
        params = tuple(values[one.name] if isinstance(one, _Place) else one for one in made.params)
        compiler = _twin(made.compiler)
        compiler.connection = connections[made.rows.db]  # each thread has its own
        if made.gives_tuples:
            return _tuples(compiler, made, params)
        compiler.as_sql = lambda *_, **__: (made.sql, params)
        compiler.get_converters = lambda _: made.converters
        rows: Any = _twin(made.rows)
        rows._query = _twin(made.rows.query)
        rows._query.get_compiler = lambda *_, **__: compiler
        return list(rows)

    def _compiled(self) -> _Compiled:
        if self._made is None:
            rows = self._build(**self._samples)
            compiler = rows.query.get_compiler(rows.db)
            sql, params = compiler.as_sql()
            read = [column for column, *_ in compiler.select[: compiler.col_count]]
            places = tuple(map(self._place, params))
            found = {place.name for place in places if isinstance(place, _Place)}
            if lost := self._samples.keys() - found:  # the sample itself would be asked for, always
                raise LookupError(f"The query does not take {', '.join(sorted(lost))} as given.")
            self._made = _Compiled(
                rows=rows,
                compiler=compiler,
                sql=sql,
                params=places,
                converters=compiler.get_converters(read),
                gives_tuples=_gives_tuples(rows, compiler, read),
            )
        return self._made

    def _place(self, param: Any) -> Any:
        for name, sample in self._samples.items():
            if type(param) is type(sample) and param == sample:
                return _Place(name)
        return param


class OneOf(Lookup):
    """``= ANY(list)``: the same SQL however many there are, as ``IN`` is not."""

    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        sql, params = self.process_lhs(compiler, connection)
        return f"{sql} = ANY(%s)", (*params, self.rhs)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Compiled:
    rows: QuerySet[Any, Any]
    compiler: Any
    sql: str
    params: tuple[Any, ...]
    converters: Any
    gives_tuples: bool  # just what PostgreSQL gives, but for the converters


class _Place:
    def __init__(self, name: str) -> None:
        self.name = name


def _twin(thing: Any) -> Any:
    """A shallow copy, without the questions that `copy` asks first."""
    twin = object.__new__(type(thing))
    twin.__dict__.update(thing.__dict__)
    return twin


def _gives_tuples(rows: Any, compiler: Any, columns: list[Any]) -> bool:
    is_list = rows._iterable_class is ValuesListIterable
    return is_list and not (compiler.has_extra_select or compiler.has_composite_fields(columns))


def _tuples(compiler: Any, made: _Compiled, params: tuple[Any, ...]) -> list[Any]:
    """As the compiler's own ``results_iter``, but at one go."""
    with compiler.connection.cursor() as cursor:
        cursor.execute(made.sql, params)
        found: list[Any] = cursor.fetchall()
    if not made.converters:
        return found
    return list(map(tuple, compiler.apply_converters(found, made.converters)))
