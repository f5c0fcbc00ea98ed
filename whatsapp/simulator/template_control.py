"""Control of templates: put approved ones in, and move them as Meta's reviewers would."""

from whatsapp.simulator.encoding import Json
from whatsapp.simulator.http import Request
from whatsapp.simulator.simulator import Simulator


def templates_added(sim: Simulator, request: Request) -> Json:
    """Put one template (or a list under `templates`) in, APPROVED unless a status is given.

    `body` is short for a BODY component alone. The same name and language replaces.
    """
    values = request.json()
    added = []
    for template in values.get("templates", [values]):
        waba_id = str(template.get("waba_id", sim.settings.waba_id))
        template.setdefault("language", "ro")
        if "components" not in template:
            template["components"] = [{"type": "BODY", "text": str(template["body"])}]
        old = sim.templates.find(waba_id, template["name"], template["language"])
        if old is not None:
            template["id"] = old.id
        status = str(template.get("status", "APPROVED"))
        added.append(sim.templates.add(waba_id=waba_id, values=template, status=status))
    return {"templates": [template.shown() for template in added]}


def templates_changed(sim: Simulator, request: Request) -> Json:
    """Move a template: `event` (with `reason`, `title`), `quality`, `category` or `components`."""
    values = request.json()
    waba_id = str(values.get("waba_id", sim.settings.waba_id))
    template = sim.templates.find(waba_id, values["name"], values.get("language", "ro"))
    if template is None:
        raise ValueError(f"there is no template {values['name']!r} in that language")
    if "event" in values:
        reason, title = str(values.get("reason", "NONE")), str(values.get("title", ""))
        sim.templates.move(template, str(values["event"]), reason=reason, title=title)
    if "quality" in values:
        sim.templates.rate(template, str(values["quality"]))
    if "category" in values:
        sim.templates.recategorise(template, str(values["category"]))
    if "components" in values:
        sim.templates.rewrite(template, list(values["components"]))
    return template.shown()
