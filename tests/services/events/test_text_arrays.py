"""Our own dumper says what psycopg's says."""

from __future__ import annotations

import pytest
from psycopg.adapt import PyFormat, Transformer

from whatsapp.services.events.text_arrays import TextArrayDumper


@pytest.mark.parametrize("texts", [["a"], ["", 'ă\n\\"{}', "NULL", "x" * 3_000_000], ["é"] * 1000])
def test_texts_are_dumped_as_psycopg_dumps_them(texts):
    (theirs,) = Transformer().dump_sequence([texts], [PyFormat.BINARY])

    assert TextArrayDumper(list).dump(texts) == bytes(theirs)
