"""Control of what Meta says of accounts and numbers: `POST /_sim/account` and `/_sim/number`."""

from collections.abc import Callable

from whatsapp.simulator.encoding import Json
from whatsapp.simulator.http import Request
from whatsapp.simulator.settings import BUSINESS_ID
from whatsapp.simulator.simulator import Simulator
from whatsapp.simulator.updates import Update
from whatsapp.simulator.world import Number

Told = tuple[str, Json]  # a webhook field and its value
BAN_STATES = {"DISABLE", "REINSTATE", "SCHEDULE_FOR_DISABLE"}


def account(sim: Simulator, request: Request) -> Json:
    """Say one thing of the account: `ban`, `restrict`, `event`, `alert`, `review` or `limit`."""
    values = request.json()
    waba_id = str(values.get("waba_id", sim.settings.waba_id))
    topic, value = _one_of(ACCOUNT, values)
    return _tell(sim, waba_id=waba_id, values=values, topic=topic, value=value)


def number(sim: Simulator, request: Request) -> Json:
    """Say one thing of a number: `quality`, `name`, `security` or `username`."""
    values = request.json()
    found = sim.world.number(str(values.get("number", "")))
    topic, value = _one_of(NUMBER, {**values, "of": found})
    value = {"display_phone_number": found.digits} | value
    return _tell(sim, waba_id=found.waba_id, values=values, topic=topic, value=value)


def _one_of(known: dict[str, Callable[[Json], Told]], values: Json) -> Told:
    for name, told in known.items():
        if name in values:
            return told(values)
    raise ValueError(f"say one of {', '.join(known)}")


def _tell(sim: Simulator, *, waba_id: str, values: Json, topic: str, value: Json) -> Json:
    at = int(values.get("time", sim.clock.stamp()))
    sim.webhooks.put(Update(waba_id=waba_id, topic=topic, value=value, time=at))
    return {"field": topic, "value": value, "time": at}


def _ban(values: Json) -> Told:
    state = str(values["ban"])
    if state not in BAN_STATES:
        raise ValueError(f"ban must be one of {', '.join(sorted(BAN_STATES))}")
    info = {"waba_ban_state": state, "waba_ban_date": str(values.get("date", "2026-11-22"))}
    return "account_update", {"event": "DISABLED_UPDATE", "ban_info": info}


def _restrict(values: Json) -> Told:
    """A list of restriction types, all until `until` (Unix seconds) if given; none lifts them."""
    until = {"expiration": int(values["until"])} if "until" in values else {}
    info = [{"restriction_type": str(kind)} | until for kind in values["restrict"]]
    return "account_update", {"event": "ACCOUNT_RESTRICTION", "restriction_info": info}


def _event(values: Json) -> Told:
    return "account_update", {"event": str(values["event"])} | dict(values.get("more", {}))


def _alert(values: Json) -> Told:
    info = {
        "alert_severity": str(values.get("severity", "WARNING")),
        "alert_status": str(values.get("status", "ACTIVE")),
        "alert_type": str(values["alert"]),
        "alert_description": str(values.get("description", "Simulated alert.")),
    }
    on_number = {"entity_type": "PHONE_NUMBER", "entity_id": str(values.get("number", ""))}
    whole = {"entity_type": "BUSINESS", "entity_id": BUSINESS_ID}
    return "account_alerts", (on_number if values.get("number") else whole) | {"alert_info": info}


def _review(values: Json) -> Told:
    return "account_review_update", {"decision": str(values["review"])}


def _limit(values: Json) -> Told:
    """Meta writes `TIER_…` in one place and a number in another: it is told as it is given."""
    limit = {"max_daily_conversations_per_business": values["limit"]}
    return "business_capability_update", limit | {"max_phone_numbers_per_business": 20}


def _quality(values: Json) -> Told:
    told: Json = {"event": str(values["quality"])}
    if "tier" in values:
        told["max_daily_conversations_per_business"] = values["tier"]
    return "phone_number_quality_update", told


def _name(values: Json) -> Told:
    decision, name = str(values.get("decision", "APPROVED")), str(values["name"])
    found: Number = values["of"]
    if decision == "APPROVED":
        found.name = name
    told = {"decision": decision, "requested_verified_name": name}
    return "phone_number_name_update", told | {
        "rejection_reason": str(values.get("reason", "NONE"))
    }


def _security(values: Json) -> Told:
    return "security", {"event": str(values["security"]), "requester": values.get("requester", "")}


def _username(values: Json) -> Told:
    status = str(values.get("status", "approved"))
    named = {} if status == "deleted" else {"username": str(values["username"])}
    return "business_username_updates", named | {"status": status}


ACCOUNT: dict[str, Callable[[Json], Told]] = {
    "ban": _ban,
    "restrict": _restrict,
    "event": _event,
    "alert": _alert,
    "review": _review,
    "limit": _limit,
}
NUMBER: dict[str, Callable[[Json], Told]] = {
    "quality": _quality,
    "name": _name,
    "security": _security,
    "username": _username,
}
