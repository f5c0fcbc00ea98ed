"""Numbers and accounts over the Graph API: information, health, token, subscription."""

import time

from whatsapp.simulator.encoding import Json
from whatsapp.simulator.errors import GraphError
from whatsapp.simulator.graph_messages import read_body
from whatsapp.simulator.http import Request, Response, answer
from whatsapp.simulator.paging import chosen, fields_of, page_of
from whatsapp.simulator.settings import BUSINESS_ID
from whatsapp.simulator.simulator import Simulator
from whatsapp.simulator.verification import verify
from whatsapp.simulator.world import Number

NUMBER_FIELDS = (
    "id", "display_phone_number", "verified_name", "quality_rating", "code_verification_status",
    "platform_type", "throughput",
)  # fmt: skip
SCOPES = ["whatsapp_business_management", "whatsapp_business_messaging"]


def get_number(sim: Simulator, request: Request, number: Number) -> Response:
    """Answer with a number's information or health."""
    return answer(chosen(_number(sim, number), fields_of(request), default=NUMBER_FIELDS))


def list_numbers(sim: Simulator, request: Request, waba_id: str) -> Response:
    """Answer with an account's numbers."""
    rows = [_number(sim, n) for n in sim.world.numbers.values() if n.waba_id == waba_id]
    fields = fields_of(request)
    shown = [chosen(row, fields, default=NUMBER_FIELDS) for row in rows]
    return answer(page_of(request, shown, largest=sim.settings.page_size))


def get_account(sim: Simulator, request: Request, waba_id: str) -> Response:
    """Answer with an account's information or health."""
    value = {
        "id": waba_id,
        "name": sim.settings.verified_name,
        "timezone_id": "135",
        "message_template_namespace": f"sim_{waba_id}",
        "account_review_status": "APPROVED",
        "health_status": _health([("WABA", waba_id)]),
    }
    default = ("id", "name", "timezone_id", "message_template_namespace")
    return answer(chosen(value, fields_of(request), default=default))


def debug_token(sim: Simulator, request: Request) -> Response:
    """Tell what a token is worth."""
    token = request.query.get("input_token", "")
    if not token:
        raise GraphError(100, "The parameter input_token is required.")
    if token != sim.settings.access_token:
        error = {"code": 190, "message": "Invalid OAuth access token.", "subcode": 463}
        return answer({"data": {"is_valid": False, "error": error, "scopes": []}})
    return answer(
        {
            "data": {
                "app_id": sim.settings.app_id,
                "type": "SYSTEM_USER",
                "application": "Simulator",
                "is_valid": True,
                "expires_at": 0,
                "issued_at": int(time.time()),
                "data_access_expires_at": 0,
                "scopes": SCOPES,
                "granular_scopes": [
                    {"scope": scope, "target_ids": [sim.settings.waba_id]} for scope in SCOPES
                ],
                "user_id": "444000000000001",
            }
        }
    )


def list_subscriptions(sim: Simulator, waba_id: str) -> Response:
    """Answer with the app, if it is subscribed."""
    if waba_id in sim.webhooks.unsubscribed:
        return answer({"data": []})
    app = {"id": sim.settings.app_id, "name": "Simulator", "link": "http://localhost/"}
    row: Json = {"whatsapp_business_api_data": app}
    if waba_id in sim.webhooks.overrides:
        row["override_callback_uri"] = sim.webhooks.overrides[waba_id]
    return answer({"data": [row]})


async def subscribe(sim: Simulator, request: Request, waba_id: str) -> Response:
    """Let webhooks flow, to a URL of the account's own if one is given and passes the check."""
    values = read_body(request)
    url = str(values.get("override_callback_uri", ""))
    if url and not await verify(url=url, token=str(values.get("verify_token", ""))):
        raise GraphError(100, "The callback URL could not be validated.")
    sim.webhooks.unsubscribed.discard(waba_id)
    sim.webhooks.overrides.pop(waba_id, None)
    if url:
        sim.webhooks.overrides[waba_id] = url
    return answer({"success": True})


def unsubscribe(sim: Simulator, waba_id: str) -> Response:
    """Let no webhook leave for this account any more."""
    sim.webhooks.unsubscribed.add(waba_id)
    return answer({"success": True})


def _number(sim: Simulator, number: Number) -> Json:
    fast = sim.settings.rate > 80 or not sim.settings.rate
    return {
        "id": number.id,
        "display_phone_number": _pretty(number.digits),
        "verified_name": number.name,
        "quality_rating": "GREEN",
        "status": "CONNECTED",
        "name_status": "APPROVED",
        "code_verification_status": "VERIFIED",
        "platform_type": "CLOUD_API",
        "account_mode": "LIVE",
        "throughput": {"level": "HIGH" if fast else "STANDARD"},
        "whatsapp_business_manager_messaging_limit": "TIER_10K",
        "webhook_configuration": {"application": sim.settings.webhook_url},
        "health_status": _health([("PHONE_NUMBER", number.id), ("WABA", number.waba_id)]),
    }


def _health(entities: list[tuple[str, str]]) -> Json:
    whole = [*entities, ("BUSINESS", BUSINESS_ID)]
    return {
        "can_send_message": "AVAILABLE",
        "entities": [
            {"entity_type": kind, "id": entity_id, "can_send_message": "AVAILABLE"}
            for kind, entity_id in whole
        ],
    }


def _pretty(digits: str) -> str:
    return f"+{digits[:2]} {digits[2:5]} {digits[5:8]} {digits[8:]}".strip()
