"""What is searched, as SQL functions of ours: an index holds what each makes of a row."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, Lookup, TextField
from django.db.models.sql.compiler import SQLCompiler


class WordsField(SearchVectorField):  # type: ignore[type-arg]
    """Compared with a query by ``words__answer``."""


@WordsField.register_lookup
class Answer(Lookup):
    """Whether the words answer a query, written as PostgreSQL writes a tsquery."""

    lookup_name = "answer"
    prepare_rhs = False

    def as_sql(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        words, words_params = self.process_lhs(compiler, connection)
        query, query_params = self.process_rhs(compiler, connection)
        return f"{words} @@ {query}::tsquery", [*words_params, *query_params]


class Words(Func):
    """The stems of a message's text, and the blocks that its id is in."""

    function = "whatsapp_words"
    output_field = WordsField()


class Person(Func):
    """What a contact is called and its number, folded, each part after a space."""

    function = "whatsapp_person"
    output_field = TextField()


class Fold(Func):
    """Small letters without diacritics."""

    function = "whatsapp_fold"
    output_field = TextField()
