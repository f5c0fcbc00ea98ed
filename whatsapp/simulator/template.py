"""One message template, and the variables in its texts."""

import re
from dataclasses import dataclass, field

from whatsapp.simulator.encoding import Json

VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")


@dataclass(slots=True, kw_only=True, eq=False)
class Template:
    """One (name, language) of an account."""

    id: str
    waba_id: str
    name: str
    language: str
    category: str
    components: list[Json]
    parameter_format: str = "POSITIONAL"
    status: str = "PENDING"
    rejected_reason: str = "NONE"
    quality: str = "UNKNOWN"
    previous_category: str = ""
    edited_at: list[float] = field(default_factory=list)

    def part(self, kind: str) -> Json | None:
        """Return the component of a type, or None."""
        return next((c for c in self.components if c["type"].upper() == kind), None)

    def shown(self) -> Json:
        """Return every field the Graph API can give."""
        return {
            "id": self.id,
            "name": self.name,
            "language": self.language,
            "status": self.status,
            "category": self.category,
            "previous_category": self.previous_category or None,
            "parameter_format": self.parameter_format,
            "components": self.components,
            "rejected_reason": self.rejected_reason,
            "quality_score": {"score": self.quality, "date": 0},
        }


def variables_of(text: str) -> list[str]:
    """Return the names or numbers of the variables, each once, in order."""
    return list(dict.fromkeys(VARIABLE.findall(text)))
