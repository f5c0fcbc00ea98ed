"""The control paths under `/_sim/`: play the customer, break things, look at what came."""

from collections.abc import Awaitable, Callable

from whatsapp.simulator import account_control, chats, phone_app_control, reports
from whatsapp.simulator.encoding import Json, webhook_bytes
from whatsapp.simulator.http import Outcome, Request, Stream, answer
from whatsapp.simulator.moves import moved
from whatsapp.simulator.people_control import customers, fail, inbound, read
from whatsapp.simulator.poster import Target
from whatsapp.simulator.settings import FIXED, SECRETS, Settings, change
from whatsapp.simulator.simulator import Simulator
from whatsapp.simulator.template_control import templates_added, templates_changed
from whatsapp.simulator.verification import verify

Handler = Callable[[Simulator, Request], Json | Awaitable[Json]]


async def respond(sim: Simulator, request: Request, path: str) -> Outcome:
    """Answer one control call; a bad description is 400 with the reason."""
    if path == "events":
        return Stream(chunks=chats.watch(sim))
    handler = HANDLERS.get((request.method, path))
    try:
        if handler is not None:
            value = handler(sim, request)
            return answer(value if isinstance(value, dict) else await value)
        if request.method == "GET" and path.startswith("media/"):
            return chats.picture(sim, path.removeprefix("media/"))
    except (ValueError, KeyError, TypeError) as error:
        return answer({"error": f"{type(error).__name__}: {error}"}, status=400)
    return answer({"error": f"no control path {request.method} /_sim/{path}"}, status=404)


def health(sim: Simulator, request: Request) -> Json:
    """Tell that it runs, and for whom."""
    return {
        "ok": True,
        "numbers": [
            {"id": n.id, "display": n.display, "waba_id": n.waba_id, "name": n.name}
            for n in sim.world.numbers.values()
        ],
        "webhook_url": sim.settings.webhook_url,
        "webhook_verified": sim.webhooks.verified,
        "media_port": sim.media.port,
    }


def faults(sim: Simulator, request: Request) -> Json:
    """List the faults, with how often each struck."""
    return {"faults": [fault.shown() for fault in sim.faults.active]}


def faults_added(sim: Simulator, request: Request) -> Json:
    """Switch a fault on."""
    return sim.faults.add(request.json()).shown()


def faults_cleared(sim: Simulator, request: Request) -> Json:
    """Switch one fault (`?id=`) or all off; what `hold` kept stays until released."""
    gone = sim.faults.clear(int(request.query.get("id", 0)))
    return {"cleared": [fault.shown() for fault in gone]}


def clock(sim: Simulator, request: Request) -> Json:
    """Shift the clock of windows and lives by `offset` seconds in all, or `advance` by some."""
    values = request.json()
    sim.clock.offset = float(values.get("offset", sim.clock.offset))
    sim.clock.offset += float(values.get("advance", 0))
    sim.clock.shift_timestamps = bool(values.get("timestamps", sim.clock.shift_timestamps))
    return {"offset": sim.clock.offset, "now": sim.clock.now()}


def settings(sim: Simulator, request: Request) -> Json:
    """List the settings, but for the secrets."""
    names = [name for name in Settings.__slots__ if name not in SECRETS]
    return {name: getattr(sim.settings, name) for name in names} | {"fixed": sorted(FIXED)}


def settings_changed(sim: Simulator, request: Request) -> Json:
    """Change settings while running."""
    values = request.json()
    if values.get("webhook_url"):
        Target.of(values["webhook_url"])
    change(sim.settings, values)
    return settings(sim, request)


def webhooks(sim: Simulator, request: Request) -> Json:
    """Tell what is not delivered yet, and the last tries."""
    return sim.webhooks.state() | {"log": list(sim.webhooks.deliveries.log)}


def webhooks_posted(sim: Simulator, request: Request) -> Json:
    """Post something of the caller's own: `raw` text, a whole `body`, or a `field` and `value`."""
    values = request.json()
    if "raw" in values:
        body = str(values["raw"]).encode("utf-8", "surrogatepass")
    elif "body" in values:
        body = webhook_bytes(values["body"])
    else:
        entry = {
            "id": values.get("waba_id", sim.settings.waba_id),
            "time": int(values.get("time", sim.clock.stamp())),
            "changes": [{"field": values["field"], "value": values["value"]}],
        }
        body = webhook_bytes({"object": "whatsapp_business_account", "entry": [entry]})
    for _ in range(int(values.get("times", 1))):
        sim.webhooks.post(body, signed=str(values.get("signature", "")))
    return {"queued": int(values.get("times", 1)), "bytes": len(body)}


def webhooks_released(sim: Simulator, request: Request) -> Json:
    """Deliver what a `hold` fault kept, and end the fault."""
    values = request.json()
    order, together = str(values.get("order", "same")), bool(values.get("together"))
    return {"released": sim.webhooks.release(order=order, together=together)}


async def verified(sim: Simulator, request: Request) -> Json:
    """Run the verification GET now."""
    url, token = sim.settings.webhook_url, sim.settings.verify_token
    sim.webhooks.verified = bool(url) and await verify(url=url, token=token)
    return {"verified": sim.webhooks.verified}


def reset(sim: Simulator, request: Request) -> Json:
    """Forget everything and go back to the settings of the start (kept with `settings: false`)."""
    sim.reset(settings=bool(request.json().get("settings", True)))
    return {"ok": True}


HANDLERS: dict[tuple[str, str], Handler] = {
    ("GET", "health"): health,
    ("POST", "inbound"): inbound,
    ("POST", "read"): read,
    ("POST", "fail"): fail,
    ("POST", "customers"): customers,
    ("POST", "customers/move"): moved,
    ("GET", "ledger"): lambda sim, request: reports.ledger_page(sim, request.query),
    ("GET", "ledger/duplicates"): lambda sim, request: reports.duplicates(sim),
    ("GET", "requests"): lambda sim, request: reports.requests_page(sim, request.query),
    ("GET", "stats"): lambda sim, request: reports.stats(sim),
    ("GET", "faults"): faults,
    ("POST", "faults"): faults_added,
    ("DELETE", "faults"): faults_cleared,
    ("GET", "templates"): lambda sim, request: {
        "templates": [template.shown() for template in sim.templates.by_id.values()]
    },
    ("POST", "templates"): templates_added,
    ("POST", "templates/change"): templates_changed,
    ("POST", "account"): account_control.account,
    ("POST", "number"): account_control.number,
    ("POST", "echo"): phone_app_control.echo,
    ("POST", "history"): phone_app_control.history,
    ("POST", "address-book"): phone_app_control.address_book,
    ("POST", "clock"): clock,
    ("GET", "settings"): settings,
    ("POST", "settings"): settings_changed,
    ("GET", "webhooks"): webhooks,
    ("POST", "webhooks"): webhooks_posted,
    ("POST", "webhooks/release"): webhooks_released,
    ("POST", "verify"): verified,
    ("POST", "reset"): reset,
    ("GET", "chats"): lambda sim, request: chats.chat_list(sim, request.query),
    ("GET", "chat"): lambda sim, request: chats.chat_view(sim, request.query),
    ("POST", "open"): lambda sim, request: chats.open_chat(sim, request.json()),
}
