"""The templates of every account, and their life: in review, approved, rejected, paused."""

from functools import partial

from whatsapp.simulator.clock import Clock
from whatsapp.simulator.encoding import Json
from whatsapp.simulator.schedule import Schedule
from whatsapp.simulator.settings import Settings
from whatsapp.simulator.template import Template
from whatsapp.simulator.updates import Update
from whatsapp.simulator.webhooks import Webhooks

FIRST_ID = 880000000000001


class Templates:
    """The templates of every account. A name with `reject` in it fails its review."""

    def __init__(
        self, *, settings: Settings, clock: Clock, schedule: Schedule, webhooks: Webhooks
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._schedule = schedule
        self._webhooks = webhooks
        # Ids go on after a reset, so that an old one never means a new template.
        self._last_id = FIRST_ID - 1
        self.clear()

    def clear(self) -> None:
        """Forget all of them."""
        self.by_id: dict[str, Template] = {}
        self.by_name: dict[tuple[str, str, str], Template] = {}
        self.deleted_at: dict[tuple[str, str], float] = {}
        self.changes = 0

    def find(self, waba_id: str, name: str, language: str) -> Template | None:
        """Return the template of this name in exactly this language."""
        return self.by_name.get((waba_id, name, language))

    def of(self, waba_id: str) -> list[Template]:
        """Return an account's templates, oldest first."""
        return [t for t in self.by_id.values() if t.waba_id == waba_id]

    def add(self, *, waba_id: str, values: Json, status: str = "PENDING") -> Template:
        """Put one in, in review unless a status is given."""
        template = Template(
            id=str(values.get("id") or self._new_id()),
            waba_id=waba_id,
            name=values["name"],
            language=values["language"],
            category=values.get("category", "UTILITY").upper(),
            components=values["components"],
            parameter_format=(values.get("parameter_format") or "POSITIONAL").upper(),
            status=status,
        )
        self.put_back(template)
        return template

    def put_back(self, template: Template) -> None:
        """File a template; one that waits for its review goes on waiting."""
        self.by_id[template.id] = template
        self._last_id = max(self._last_id, int(template.id))
        self.by_name[(template.waba_id, template.name, template.language)] = template
        self.changes += 1
        if template.status == "PENDING":
            self.review(template)

    def remove(self, template: Template) -> None:
        """Take one out; the name of an approved one is blocked for 30 days."""
        del self.by_id[template.id]
        del self.by_name[(template.waba_id, template.name, template.language)]
        self.changes += 1
        if template.status == "APPROVED":
            self.deleted_at[(template.waba_id, template.name)] = self._clock.now()

    def review(self, template: Template) -> None:
        """Put a template into review; the verdict comes by webhook after `approve_after`."""
        template.status = "PENDING"
        if self._settings.approve_after >= 0:
            verdict = partial(self._decide, template)
            self._schedule.after(self._settings.approve_after, verdict)

    def move(
        self, template: Template, event: str, *, reason: str = "NONE", title: str = ""
    ) -> None:
        """Change a template's state as Meta would, and tell the business."""
        template.status = {"FLAGGED": "APPROVED", "REINSTATED": "APPROVED"}.get(event, event)
        template.rejected_reason = reason if event == "REJECTED" else "NONE"
        value = self._subject(template) | {
            "event": event,
            "message_template_category": template.category,
            "reason": reason,
        }
        if title:
            value["other_info"] = {"title": title, "description": f"Simulated: {title}."}
        if reason == "INVALID_FORMAT":
            value["rejection_info"] = {"reason": reason, "recommendation": "Simulated: rewrite it."}
        self._tell(template, "message_template_status_update", value)

    def rate(self, template: Template, score: str) -> None:
        """Change a template's quality, and tell the business."""
        value = self._subject(template) | {
            "previous_quality_score": template.quality,
            "new_quality_score": score,
        }
        template.quality = score
        self._tell(template, "message_template_quality_update", value)

    def recategorise(self, template: Template, category: str) -> None:
        """Change a template's category, and tell the business."""
        value = self._subject(template) | {
            "previous_category": template.category,
            "new_category": category,
        }
        template.previous_category, template.category = template.category, category
        self._tell(template, "template_category_update", value)

    def rewrite(self, template: Template, components: list[Json]) -> None:
        """Change a template's components, as in WhatsApp Manager, and tell the business."""
        template.components = components
        texts = {"BODY": "element", "HEADER": "title", "FOOTER": "footer"}
        parts = {str(part["type"]).upper(): part for part in components}
        value = self._subject(template) | {
            f"message_template_{name}": parts[kind]["text"]
            for kind, name in texts.items()
            if parts.get(kind, {}).get("text")
        }
        if "BUTTONS" in parts:
            value["message_template_buttons"] = [
                {f"message_template_button_{name}": told for name, told in button.items()}
                for button in parts["BUTTONS"]["buttons"]
            ]
        self._tell(template, "message_template_components_update", value)

    def _new_id(self) -> int:
        return self._last_id + 1

    def _decide(self, template: Template) -> None:
        if template.status != "PENDING" or self.by_id.get(template.id) is not template:
            return
        if "reject" in template.name:
            self.move(template, "REJECTED", reason="INVALID_FORMAT")
        else:
            self.move(template, "APPROVED")

    def _subject(self, template: Template) -> Json:
        return {
            "message_template_id": int(template.id),
            "message_template_name": template.name,
            "message_template_language": template.language,
        }

    def _tell(self, template: Template, topic: str, value: Json) -> None:
        self.changes += 1
        self._webhooks.put(
            Update(
                waba_id=template.waba_id,
                topic=topic,
                value=value,
                time=self._clock.stamp(),
            )
        )
