"""Which template tells an event, in which language, and with which words of the order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from whatsapp.conf import whatsapp_settings
from whatsapp.domain import template as rules
from whatsapp.domain.template import TemplateStatus
from whatsapp.models import Template

# From these no template comes back by itself; from every other status it may within the day
FINAL = frozenset({TemplateStatus.REJECTED, TemplateStatus.DISABLED, TemplateStatus.DELETED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """The template to send; or why there is none, and whether waiting may help."""

    template: Template | None = None
    reason: str = ""
    may_come: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """The templates of an account by name and language, read once for many notices."""

    templates: Mapping[tuple[str, str], Template] = field(default_factory=dict)

    @classmethod
    def read(cls, *, waba_id: str, names: Iterable[str]) -> Shelf:
        """Read the templates of these names, in every language."""
        rows = Template.objects.present().filter(waba_id=waba_id, name__in=set(names))
        return cls(templates={(row.name, row.language): row for row in rows})

    def choose(self, *, name: str, language: str) -> Choice:
        """Take the customer's language if Meta approved it, else the shop's; no third."""
        chain = dict.fromkeys((_code(language), whatsapp_settings().default_language))
        rows = [self.templates[name, code] for code in chain if (name, code) in self.templates]
        approved = next((row for row in rows if row.is_approved), None)
        if approved is not None:
            return Choice(template=approved)
        if not rows:
            languages = ", ".join(code for code in chain if code)
            return Choice(reason=f"There is no template {name} in {languages}.")
        words = "; ".join(f"{row.language} is {_state(row)}" for row in rows)
        return Choice(
            reason=f"Template {name}: {words}.",
            may_come=any(row.status not in FINAL for row in rows),
        )


def needed(*, template: Template, words: Mapping[str, str]) -> dict[str, str]:
    """Of all that can be said, what this template asks for."""
    keys = rules.required_params(template.components, template.parameter_format).keys
    return {key: words[key] for key in keys if key in words}


def _code(language: str) -> str:
    """Meta writes ``pt_BR`` where others write ``pt-BR``."""
    return language.strip().replace("-", "_")


def _state(row: Template) -> str:
    return f"{row.status} ({row.rejected_reason})" if row.rejected_reason else row.status
