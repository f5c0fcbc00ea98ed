"""What becomes of a well-formed message: taken or refused, delivered or failed, its price."""

from dataclasses import dataclass
from functools import cache

from whatsapp.simulator import magic
from whatsapp.simulator.encoding import Json
from whatsapp.simulator.errors import GraphError
from whatsapp.simulator.faults import MESSAGE, Kind
from whatsapp.simulator.people import BSUID, country_code_of
from whatsapp.simulator.simulator import Simulator
from whatsapp.simulator.template import Template
from whatsapp.simulator.template_sends import check_call
from whatsapp.simulator.world import Accepted, Chat

MEDIA_FAMILIES = {"image": "image/", "video": "video/", "audio": "audio/", "sticker": "image/webp"}
MEDIA_TYPES = {*MEDIA_FAMILIES, "document"}
SHORTEST_PHONE = 8
REACTION_AGE = 30 * 86400


@dataclass(slots=True, kw_only=True)
class Verdict:
    """A message that is taken: `code` says why it fails later, `silent` that nothing is told."""

    billing: Json
    template: Template | None = None
    code: int = 0
    silent: bool = False


def judge(sim: Simulator, chat: Chat, body: Json, kind: str) -> Verdict:
    """Return what becomes of a message; raises what Meta refuses at once."""
    window_open = sim.world.window_open(chat)
    template = _template(sim, chat, body) if kind == "template" else None
    verdict = Verdict(billing=_billing(template, window_open=window_open), template=template)
    if template is not None:
        verdict.code = _marketing_stopped(chat, template)
    elif window_open:
        verdict.code = _content_failure(sim, chat, body, kind)
    elif sim.settings.window_error == "sync":
        raise GraphError(131047, "More than 24 hours since the customer's last message.")
    else:
        verdict.code = 131047
    _judge_reach(chat, body, verdict)
    _judge_faults(sim, chat, verdict)
    return verdict


def _template(sim: Simulator, chat: Chat, body: Json) -> Template:
    call = body["template"]
    found = sim.templates.find(chat.number.waba_id, call["name"], call["language"]["code"])
    template = check_call(call, found)
    if template.category == "AUTHENTICATION" and "to" not in body:
        raise GraphError(131062, "Authentication templates need a phone number.")
    return template


def _marketing_stopped(chat: Chat, template: Template) -> int:
    return 131050 if template.category == "MARKETING" and chat.customer.marketing_stopped else 0


def _content_failure(sim: Simulator, chat: Chat, body: Json, kind: str) -> int:
    if kind == "reaction":
        return _reaction_failure(sim, chat, body["reaction"]["message_id"])
    part: Json = body[kind] if kind in MEDIA_TYPES else {}
    if kind == "interactive":
        header = body[kind].get("header") or {}
        kind = str(header.get("type", ""))
        part = header[kind] if kind in MEDIA_TYPES else {}
    media_id = str(part.get("id", ""))
    if not media_id:
        return 0
    medium = sim.media.get(media_id)
    if medium is None or medium.number_id != chat.number.id:
        raise GraphError(
            100,
            f"Param {kind}['id'] is not a valid whatsapp business account media attachment ID",
        )
    if part.get("voice") and not medium.mime_type.startswith("audio/ogg"):
        return 131053
    return 0 if medium.mime_type.startswith(MEDIA_FAMILIES.get(kind, "")) else 131053


def _reaction_failure(sim: Simulator, chat: Chat, wamid: str) -> int:
    """Meta looks for the message only after it has taken the reaction."""
    target = sim.world.incoming.get(wamid) or sim.world.by_wamid.get(wamid)
    if target is None or target.chat is not chat:
        return 131009
    is_reaction = isinstance(target, Accepted) and target.type == "reaction"
    return 131009 if is_reaction or sim.clock.now() - target.at > REACTION_AGE else 0


def _judge_reach(chat: Chat, body: Json, verdict: Verdict) -> None:
    wa_id = chat.customer.wa_id
    # Meta reads the digits of a BSUID in `to` as a phone, and nothing is ever reported.
    verdict.silent = BSUID.fullmatch(str(body.get("to", ""))) is not None
    nowhere = len(wa_id) < SHORTEST_PHONE or wa_id.startswith(country_code_of(wa_id) + "0")
    if wa_id and nowhere:
        verdict.code = 131026
    verdict.code = magic.failure_code(wa_id) or verdict.code


def _judge_faults(sim: Simulator, chat: Chat, verdict: Verdict) -> None:
    if not sim.faults.active:
        return
    fault = sim.faults.take(MESSAGE, number=chat.number.id, to=chat.customer.key)
    if fault is not None:
        verdict.silent = verdict.silent or fault.kind is Kind.SILENT
        verdict.code = fault.code or verdict.code


def _billing(template: Template | None, *, window_open: bool) -> Json:
    category = template.category.lower() if template else "service"
    return _price(category, free=template is None or (category == "utility" and window_open))


@cache
def _price(category: str, *, free: bool) -> Json:
    # One object for all messages alike: a ledger of a million keeps it once.
    return {
        "billable": not free,
        "pricing_model": "PMP",
        "type": "free_customer_service" if free else "regular",
        "category": category,
    }
