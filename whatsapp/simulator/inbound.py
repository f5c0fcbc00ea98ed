"""`POST /_sim/inbound`: what a customer says, from a plain description of it."""

import binascii
from base64 import b64decode

from whatsapp.simulator.customers import Said
from whatsapp.simulator.encoding import Json
from whatsapp.simulator.errors import status_error
from whatsapp.simulator.kinds import ABOUT_ANOTHER, extras, shorthand
from whatsapp.simulator.samples import sample
from whatsapp.simulator.simulator import Simulator
from whatsapp.simulator.world import Incoming, Number

MEDIA = {"image", "video", "audio", "document", "sticker"}


def speak(sim: Simulator, values: Json) -> Incoming:
    """Let a customer send a message; raises `ValueError` or `KeyError` for a bad description."""
    number = sim.world.number(str(values.get("number", "")))
    customer = sim.customers.find(values)
    payload = _payload(sim, number, values)
    answers = "" if payload.get("type") in ABOUT_ANOTHER else str(values.get("reply_to", ""))
    said = Said(
        payload=payload,
        wamid=str(values.get("id", "")),
        at=int(values.get("timestamp", 0)),
        reply_to=answers,
    )
    return sim.customers.say(number=number, customer=customer, said=said)


def _payload(sim: Simulator, number: Number, values: Json) -> Json:
    if "message" in values:
        message: Json = dict(values["message"])
        return message
    kind = str(values.get("type", "text"))
    payload: Json = {"type": kind}
    if short := shorthand(values):
        payload = short
    elif kind in MEDIA:
        payload[kind] = _medium(sim, number, kind, values)
    elif kind == "text":
        payload["text"] = {"body": str(values["text"])}
    elif kind == "unsupported":
        payload["errors"] = [status_error(int(values.get("code", 131051)))]
        payload["unsupported"] = values.get("unsupported", {"type": "unknown"})
    elif kind in values:
        payload[kind] = values[kind]
    payload |= extras(values)
    for extra in ("context", "referral", "errors", "group_id", "identity"):
        if extra in values:
            payload[extra] = values[extra]
    return payload


def _medium(sim: Simulator, number: Number, kind: str, values: Json) -> Json:
    data, mime_type, filename = sample(kind)
    if "data" in values:
        try:
            data = b64decode(values["data"], validate=True)
        except binascii.Error as error:
            raise ValueError("data must be base64") from error
    medium = sim.media.put(
        number_id=number.id,
        mime_type=str(values.get("mime_type", mime_type)),
        data=data,
        filename=str(values.get("filename", filename)),
        received=True,
    )
    host = sim.settings.public_host or sim.settings.host.replace("0.0.0.0", "127.0.0.1")
    shown = sim.media.webhook_object(medium, host=host)
    if "sha256" in values:
        shown["sha256"] = str(values["sha256"])
    if values.get("without_url"):
        del shown["url"]
    if kind == "document":
        shown["filename"] = medium.filename
    if kind == "audio":
        shown["voice"] = bool(values.get("voice", True))
    if kind == "sticker":
        shown["animated"] = bool(values.get("animated"))
    if kind in {"image", "video", "document"} and values.get("caption"):
        shown["caption"] = str(values["caption"])
    return shown
