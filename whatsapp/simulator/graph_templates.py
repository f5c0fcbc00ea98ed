"""Templates over the Graph API: list, create, edit, delete, un-pause."""

import json

from whatsapp.simulator.encoding import Json
from whatsapp.simulator.errors import GraphError
from whatsapp.simulator.graph_messages import read_body
from whatsapp.simulator.http import Request, Response, answer
from whatsapp.simulator.paging import chosen, fields_of, page_of
from whatsapp.simulator.simulator import Simulator
from whatsapp.simulator.template import Template
from whatsapp.simulator.template_content import check_copy, check_sample
from whatsapp.simulator.template_rules import (
    check_category,
    check_components,
    check_new,
    refusal,
)

FIELDS = (
    "id", "name", "language", "status", "category", "previous_category", "parameter_format",
    "components",
)  # fmt: skip
EDITABLE = {"APPROVED", "REJECTED", "PAUSED"}
DAY = 86400
NAME_BLOCKED = 30 * DAY


def list_templates(sim: Simulator, request: Request, waba_id: str) -> Response:
    """Answer with a page of an account's templates, filtered."""
    query, fields = request.query, fields_of(request)
    rows = [template.shown() for template in sim.templates.of(waba_id)]
    for name in ("status", "category", "language", "name"):
        if wanted := query.get(name):
            rows = [row for row in rows if row[name] == wanted or _partly(name, wanted, row)]
    shown = [chosen(row, fields, default=FIELDS) for row in rows]
    return answer(page_of(request, shown, largest=sim.settings.page_size))


def create_template(sim: Simulator, request: Request, waba_id: str) -> Response:
    """Take a template into review."""
    values = read_body(request)
    check_new(values)
    check_sample(values, sim.uploads.handles)
    if sim.templates.find(waba_id, values["name"], values["language"]):
        raise refusal("Content in this language already exists.", subcode=2388024)
    deleted_at = sim.templates.deleted_at.get((waba_id, values["name"]), float("-inf"))
    if sim.clock.now() - deleted_at < NAME_BLOCKED:
        raise refusal("This name was deleted less than 30 days ago.", subcode=2388023)
    check_copy(values, _same_language(sim, waba_id, values["language"]))
    if "promo" in values["name"] and values["category"].upper() == "UTILITY":
        # Meta does not reject what it finds promotional: it approves it as marketing.
        values["category"] = "MARKETING"
    template = sim.templates.add(waba_id=waba_id, values=values)
    return answer({"id": template.id, "status": template.status, "category": template.category})


def get_template(sim: Simulator, request: Request, template: Template) -> Response:
    """Answer with one template."""
    shown = template.shown() | {"health_status": _health(template)}
    return answer(chosen(shown, fields_of(request), default=FIELDS))


def edit_template(sim: Simulator, request: Request, template: Template) -> Response:
    """Replace category or components, and review again."""
    values, now = read_body(request), sim.clock.now()
    if template.status not in EDITABLE:
        raise refusal("Only approved, rejected or paused templates can be edited.", subcode=2388039)
    if template.status == "APPROVED":
        _count_edit(template, values, now)
    if "category" in values:
        check_category(values)
        template.category = values["category"].upper()
    if "components" in values:
        check_components(
            {"category": template.category, "parameter_format": template.parameter_format} | values
        )
        check_sample(values, sim.uploads.handles)
        alike = _same_language(sim, template.waba_id, template.language)
        others = [one for one in alike if one is not template]
        check_copy({"category": template.category} | values, others)
        template.components = values["components"]
    sim.templates.review(template)
    return answer({"success": True})


def delete_templates(sim: Simulator, request: Request, waba_id: str) -> Response:
    """Delete by name (all languages), by id, or by ids, all or nothing."""
    query = request.query
    doomed = _doomed(sim, waba_id, query)
    if not doomed:
        raise GraphError(100, "Message template was not found.", status=404)
    for template in doomed:
        sim.templates.remove(template)
    return answer({"success": True})


def unpause_template(sim: Simulator, template: Template) -> Response:
    """Lift a pause."""
    if template.status != "PAUSED":
        return answer({"success": False, "reason": "The template is not paused."})
    sim.templates.move(template, "APPROVED", title="UNPAUSE")
    return answer({"success": True})


def _same_language(sim: Simulator, waba_id: str, language: str) -> list[Template]:
    return [one for one in sim.templates.of(waba_id) if one.language == language]


def _partly(name: str, wanted: str, row: Json) -> bool:
    return name == "name" and wanted in str(row[name])


def _doomed(sim: Simulator, waba_id: str, query: dict[str, str]) -> list[Template]:
    of_account = sim.templates.of(waba_id)
    if ids := query.get("hsm_ids") or query.get("hsm_id"):
        wanted = [str(i) for i in json.loads(ids)] if ids.startswith("[") else [ids]
        found = [t for t in of_account if t.id in wanted]
        return found if len(found) == len(wanted) else []
    return [t for t in of_account if t.name == query.get("name")]


def _count_edit(template: Template, values: Json, now: float) -> None:
    if values.get("category", template.category).upper() != template.category:
        raise refusal("The category of an approved template can't be changed.", subcode=2388039)
    template.edited_at = [at for at in template.edited_at if now - at < 30 * DAY]
    if len(template.edited_at) >= 10 or any(now - at < DAY for at in template.edited_at):
        raise refusal("An approved template can be edited once a day.", subcode=2388039)
    template.edited_at.append(now)


def _health(template: Template) -> Json:
    state = "AVAILABLE" if template.status == "APPROVED" else "BLOCKED"
    entity: Json = {
        "entity_type": "MESSAGE_TEMPLATE",
        "id": template.id,
        "can_send_message": state,
    }
    if state == "BLOCKED":
        entity["errors"] = [
            {
                "error_code": 141002,
                "error_description": f"The template is {template.status}.",
                "possible_solution": "Wait for its approval, or edit it.",
            }
        ]
    return {"can_send_message": state, "entities": [entity]}
