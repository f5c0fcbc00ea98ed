"""`POST /{number}/messages`: everything that can be sent, read receipts and typing."""

import asyncio

from whatsapp.simulator import magic
from whatsapp.simulator.breakage import under
from whatsapp.simulator.encoding import Json, dumps
from whatsapp.simulator.errors import GraphError
from whatsapp.simulator.faults import CALL, Kind
from whatsapp.simulator.http import Outcome, Request, Response, answer
from whatsapp.simulator.judgement import Verdict, judge
from whatsapp.simulator.message_rules import check_message
from whatsapp.simulator.people import BSUID, digits_of, wa_id_of
from whatsapp.simulator.simulator import Simulator
from whatsapp.simulator.world import Accepted, Chat, Number, new_wamid

TYPING_SECONDS = 25
EARLY = frozenset({Kind.EARLY})


async def post_message(sim: Simulator, request: Request, number: Number) -> Outcome:
    """Take one call, with the fault it is to have."""
    body = read_body(request)
    if body.get("status") == "read":
        fault = sim.faults.take(CALL, endpoint="receipts", number=number.id)
        return await under(fault, lambda: _receipt(sim, body))
    number.arrivals.append(request.arrived_monotonic)
    wa_id = wa_id_of(str(body.get("to", "")), own_display=number.display)
    fault = sim.faults.take(
        CALL, number=number.id, to=wa_id or str(body.get("recipient", ""))
    ) or magic.call_fault(wa_id)
    return await under(fault, lambda: _accept(sim, request, number, body, wa_id))


def read_body(request: Request) -> Json:
    """Return the JSON body; raises error 100 as Graph does."""
    try:
        return request.json()
    except ValueError as error:
        raise GraphError(100, f"The body is not a JSON object: {error}.") from error


async def _accept(
    sim: Simulator, request: Request, number: Number, body: Json, wa_id: str
) -> Response:
    kind = check_message(body)
    recipient = wa_id or str(body.get("recipient", ""))
    if wa_id == number.digits:
        raise GraphError(131021, "The sender and the recipient are the same number.")
    if not wa_id and not BSUID.fullmatch(recipient):
        raise GraphError(131009, "Param recipient is not a business-scoped user id.")
    customer = sim.world.customer(wa_id=wa_id, user_id="" if wa_id else recipient)
    chat = sim.world.chat(number, customer)
    verdict = judge(sim, chat, body, kind)
    sim.pace.check(number=number, to=customer.user_id, at=request.arrived_monotonic)
    message = _record(sim, request, chat, body, kind, verdict)
    if not verdict.silent:
        if sim.faults.active and sim.faults.take(EARLY, number=number.id, to=customer.key):
            await sim.life.sent_at_once(message)
        sim.life.begin(message)
    return _accepted_answer(body, message)


def _record(
    sim: Simulator, request: Request, chat: Chat, body: Json, kind: str, verdict: Verdict
) -> Accepted:
    world = sim.world
    message = Accepted(
        seq=len(world.ledger) + 1,
        wamid=new_wamid(chat.customer.wa_id or digits_of(chat.customer.user_id)[:11]),
        number=chat.number,
        chat=chat,
        to=str(body.get("to") or body.get("recipient")),
        type=kind,
        body=request.body,
        callback=str(body.get("biz_opaque_callback_data", "")),
        arrived_at=request.arrived_at,
        arrived_monotonic=request.arrived_monotonic,
        billing=verdict.billing,
        template=verdict.template,
        code=verdict.code,
    )
    world.ledger.append(message)
    world.by_wamid[message.wamid] = message
    chat.number.accepted.append(request.arrived_monotonic)
    chat.typing_until = 0.0
    if kind != "reaction":
        chat.add(message)
    elif not verdict.code:
        chat.reactions[body["reaction"]["message_id"]] = body["reaction"]["emoji"]
    world.touch(chat)
    return message


def _accepted_answer(body: Json, message: Accepted) -> Response:
    contact = {"input": message.to}
    if "to" in body:
        contact["wa_id"] = message.chat.customer.wa_id
    else:
        contact["user_id"] = message.chat.customer.user_id
    sent: Json = {"id": message.wamid}
    if message.type == "template":
        sent["message_status"] = "accepted"
    value = {"messaging_product": "whatsapp", "contacts": [contact], "messages": [sent]}
    return Response(body=dumps(value), wamid=message.wamid)


def _receipt(sim: Simulator, body: Json) -> Response:
    incoming = sim.world.incoming.get(str(body.get("message_id", "")))
    if incoming is None:
        raise GraphError(131009, "message_id is not a message this number received.")
    chat = incoming.chat
    chat.seen_by_business = incoming.wamid
    if "typing_indicator" in body:
        chat.typing_until = asyncio.get_running_loop().time() + TYPING_SECONDS
    sim.world.touch(chat)
    return answer({"success": True})
