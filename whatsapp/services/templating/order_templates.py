"""Which template tells an event, in which language: a stated chain of languages, then a fallback.

For each of the names in turn: the customer's language as it is written, the same without its
country, the same of another country, the shop's. The first that Meta lets us send is taken. While
one of a name is in review that name is waited for; the fallback is for what is paused, disabled,
rejected, archived or not there in every language of the chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext_noop as _

from whatsapp.conf import whatsapp_settings
from whatsapp.domain import template as rules
from whatsapp.domain.reason import Reason
from whatsapp.domain.template import TemplateStatus
from whatsapp.models import Template

# From these no template comes back by itself; from every other status it may within the day
FINAL = frozenset({TemplateStatus.REJECTED, TemplateStatus.DISABLED, TemplateStatus.DELETED})
# Of these a fallback takes the place at once
STOPPED = frozenset(
    {
        *(TemplateStatus.PAUSED, TemplateStatus.DISABLED, TemplateStatus.REJECTED),
        *(TemplateStatus.ARCHIVED, TemplateStatus.DELETED, TemplateStatus.MISSING),
        *("PENDING_DELETION", "LIMIT_EXCEEDED"),
    }
)
NO_TEMPLATE = _("There is no template %(template)s in %(languages)s.")
NOT_APPROVED = _("Template %(template)s is not approved: %(states)s.")
IN_ANOTHER_LANGUAGE = _("There is no approved translation in %(wanted)s; told in %(language)s.")
BY_FALLBACK = _("Template %(template)s cannot be sent (%(states)s); told by %(fallback)s.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """The template to send, and what is odd about it; or why there is none, and may yet be.

    ``waits_for`` are those of which one may come.
    """

    template: Template | None = None
    why: Reason = field(default_factory=Reason)
    waits_for: tuple[int, ...] = ()

    @property
    def may_come(self) -> bool:
        return bool(self.waits_for)

    @property
    def reason(self) -> str:
        return str(self.why)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """The templates of an account by name and language, read once for many notices."""

    templates: Mapping[tuple[str, str], Template] = field(default_factory=dict)

    @classmethod
    def read(cls, *, waba_id: str, names: Iterable[str]) -> Shelf:
        """Read the templates of these names, in every language."""
        rows = Template.objects.present().filter(waba_id=waba_id, name__in=set(names))
        return cls(templates={(row.name, row.language): row for row in rows.order_by("id")})

    def named(self, name: str) -> list[Template]:
        """Every translation of a template."""
        return [row for (each, _language), row in self.templates.items() if each == name]

    def choose(self, *, name: str, language: str, fallback: str = "") -> Choice:
        """Take the first template that may be sent: by language, then the fallback's."""
        chosen = self._choose(name, language)
        if not fallback or not self._is_stopped(name, language):
            return chosen
        instead = self._choose(fallback, language)
        if instead.template is None:
            either = (*chosen.waits_for, *instead.waits_for)
            return replace(chosen if chosen.may_come else instead, waits_for=either)
        states = self._states(name, language) or "-"
        values = {"template": name, "states": states, "fallback": fallback}
        return Choice(template=instead.template, why=Reason(text=BY_FALLBACK, values=values))

    def _choose(self, name: str, language: str) -> Choice:
        rows = self._translations(name, language)
        approved = next((row for row in rows if row.is_approved), None)
        wanted = _code(language)
        if approved is not None:
            is_theirs = not wanted or _base(approved.language) == _base(wanted)
            values = {"wanted": wanted, "language": approved.language}
            odd = Reason() if is_theirs else Reason(text=IN_ANOTHER_LANGUAGE, values=values)
            return Choice(template=approved, why=odd)
        if not rows:
            chain = (wanted, _base(wanted), whatsapp_settings().default_language)
            languages = ", ".join(dict.fromkeys(code for code in chain if code))
            return Choice(
                why=Reason(text=NO_TEMPLATE, values={"template": name, "languages": languages})
            )
        values = {"template": name, "states": self._states(name, language)}
        return Choice(
            why=Reason(text=NOT_APPROVED, values=values),
            waits_for=tuple(row.pk for row in rows if row.status not in FINAL),
        )

    def _translations(self, name: str, language: str) -> list[Template]:
        """Those of the chain that there are, in its order."""
        chain = dict.fromkeys(self._chain(name, language))
        return [self.templates[name, code] for code in chain if (name, code) in self.templates]

    def _chain(self, name: str, language: str) -> Iterator[str]:
        wanted, default = _code(language), whatsapp_settings().default_language
        if wanted:
            yield wanted
            yield _base(wanted)
            same = (row.language for row in self.named(name))
            yield from sorted(code for code in same if _base(code) == _base(wanted))
        yield default

    def _is_stopped(self, name: str, language: str) -> bool:
        return all(row.status in STOPPED for row in self._translations(name, language))

    def _states(self, name: str, language: str) -> str:
        rows = self._translations(name, language)
        return "; ".join(f"{row.language} {_state(row)}" for row in rows)


def needed(*, template: Template, words: Mapping[str, str]) -> dict[str, str]:
    """Of all that can be said, what this template asks for."""
    keys = rules.required_params(template.components, template.parameter_format).keys
    return {key: words[key] for key in keys if key in words}


def _code(language: str) -> str:
    """Meta writes ``pt_BR`` where others write ``pt-BR``."""
    return language.strip().replace("-", "_")


def _base(code: str) -> str:
    return code.partition("_")[0]


def _state(row: Template) -> str:
    return f"{row.status} ({row.rejected_reason})" if row.rejected_reason else row.status
