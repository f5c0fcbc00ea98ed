"""One template for many people: read once, then filled in for each at the cost of a few joins.

What the slow road makes of a template, with a marker for each parameter, is cut at the markers;
so there is no second opinion on how a template is filled in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from whatsapp.domain import content as contents
from whatsapp.domain import template as rules
from whatsapp.domain.content import TemplateCall
from whatsapp.domain.template_parts import MEDIA_HEADERS, Component

_MARKER = "\0{}\0"  # neither a template nor a value can hold a NUL: PostgreSQL would not keep it
_IN_TEXT, _IN_JSON = re.compile("\0(\\d+)\0"), re.compile(r"\\u0000(\d+)\\u0000")
_FILES = frozenset(f"header.{kind.lower()}" for kind in MEDIA_HEADERS)
_SHAPES_KEPT = 64  # a broadcast has one file in its header, or another for each of its people

Pieces = list[str | int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cast:
    """A template filled in: what an agent reads, and the message's ``content`` as JSON text."""

    text: str
    content: str


class Mould:
    """A template, ready to be filled in."""

    def __init__(
        self, *, name: str, language: str, components: Sequence[Component], parameter_format: str
    ) -> None:
        self._name, self._language = name, language
        self._components, self._format = components, parameter_format
        self._needed = rules.required_params(components, parameter_format).keys
        self._file = next((key for key in self._needed if key in _FILES), "")
        # what is given beyond the needed, and a file's value, decide the shape of the components
        self._shapes = lru_cache(maxsize=_SHAPES_KEPT)(self._cut)

    def fill(self, parameters: Mapping[str, str]) -> Cast:
        """Fill it in; raises as ``domain.template.check_parameters``."""
        values = rules.clean_parameters(
            components=self._components, needed=self._needed, parameters=parameters
        )
        header, body, text, content = self._shapes(tuple(values), values.get(self._file, ""))
        plain = list(values.values())
        rules.require_fits(header=_join(header, plain), body=_join(body, plain))
        quoted = [json.dumps(value)[1:-1] for value in plain]
        return Cast(text=_join(text, plain), content=_join(content, quoted))

    def _cut(self, keys: tuple[str, ...], file: str) -> tuple[Pieces, ...]:
        """Cut header, body, text and content at the parameters, each an index among the keys."""
        marked = {key: _MARKER.format(index) for index, key in enumerate(keys)}
        if self._file:
            marked[self._file] = file
        rendered = rules.render(self._components, marked)
        call = TemplateCall(
            name=self._name,
            language=self._language,
            components=rules.call_components(
                components=self._components, parameter_format=self._format, parameters=marked
            ),
            rendered=rendered.text,
        )
        content = json.dumps(contents.to_json(call))
        return (
            _pieces(_IN_TEXT, rules.text_header(self._components, rendered)),
            _pieces(_IN_TEXT, rendered.body),
            _pieces(_IN_TEXT, rendered.text),
            _pieces(_IN_JSON, content),
        )


def _pieces(marker: re.Pattern[str], text: str) -> Pieces:
    cut = marker.split(text)
    return [int(piece) if place % 2 else piece for place, piece in enumerate(cut)]


def _join(pieces: Sequence[str | int], values: Sequence[str]) -> str:
    return "".join(values[piece] if isinstance(piece, int) else piece for piece in pieces)
