"""Messages as the phone shows them: text, header, footer, buttons, media, ticks."""

import re

from whatsapp.simulator.encoding import Json
from whatsapp.simulator.template import Template
from whatsapp.simulator.template_sends import parameters_of, render
from whatsapp.simulator.world import Accepted, Chat, Incoming

MEDIA = {"image", "video", "audio", "document", "sticker"}
SHORT = 60
LINK = re.compile(r"https?://[^\s<>\"]+")


def preview(message: Accepted | Incoming | None) -> str:
    """Return one line for the list."""
    if message is None:
        return ""
    shown = _shown(message)
    return (shown.get("text") or shown.get("title") or message_type(message))[:SHORT]


def message_type(message: Accepted | Incoming) -> str:
    """Return the type of a message, whoever wrote it."""
    if isinstance(message, Accepted):
        return message.type
    return str(message.payload.get("type", "unknown"))


def bubble(chat: Chat, message: Accepted | Incoming, *, seen: Incoming | None) -> Json:
    """Return one bubble; `seen` is the last message the business marked as read."""
    content = message.content() if isinstance(message, Accepted) else message.payload
    value = {
        "id": message.wamid,
        "mine": isinstance(message, Incoming),
        "type": message_type(message),
        "at": int(message.at),
        "reply_to": (content.get("context") or {}).get("message_id")
        or (content.get("context") or {}).get("id", ""),
        "reaction": chat.reactions.get(message.wamid, ""),
    } | _shown(message)
    if message.wamid in chat.edits:
        value |= {"text": chat.edits[message.wamid], "edited": True}
    if message.wamid in chat.deleted:
        value |= {"text": "You deleted this message", "media": "", "deleted": True}
    if isinstance(message, Accepted):
        value["status"] = message.status
        value["code"] = message.code
    else:
        value["status"] = "read" if seen is not None and message.at <= seen.at else "delivered"
    return value


def _shown(message: Accepted | Incoming) -> Json:
    content = message.content() if isinstance(message, Accepted) else message.payload
    kind = message_type(message)
    match kind:
        case "template" if isinstance(message, Accepted) and message.template:
            return _template(content["template"], message.template)
        case "interactive" if isinstance(message, Accepted):
            return _interactive(content["interactive"])
        case "interactive":
            return _reply(content.get("interactive") or {})
        case "order":
            return {"text": _basket(content.get("order") or {})}
        case "location":
            return _location(content.get("location") or {})
        case "contacts":
            return {"text": "\n".join(_person(card) for card in content["contacts"])}
        case _ if kind in MEDIA:
            return _medium(content.get(kind) or {})
        case "text" if found := _previewed(content.get("text") or {}):
            return {"text": str(content["text"]["body"]), "preview": found}
        case _:
            part = content.get(kind) if isinstance(content.get(kind), dict) else {}
            return {
                "text": str((part or {}).get("body") or (part or {}).get("text") or f"[{kind}]")
            }


def _previewed(part: Json) -> str:
    """Return the link that is shown as a card: the first, if a card is asked for."""
    found = LINK.search(str(part.get("body", "")))
    return found[0] if found and part.get("preview_url") else ""


def _person(card: Json) -> str:
    phones = [str(one.get("phone", "")) for one in card.get("phones") or []]
    return "☎ " + " · ".join([str((card.get("name") or {}).get("formatted_name", "")), *phones])


def _medium(part: Json) -> Json:
    media_id = str(part.get("id", ""))
    return {
        "voice": bool(part.get("voice")),
        "media": f"/_sim/media/{media_id}" if media_id else str(part.get("link", "")),
        "title": str(part.get("filename", "")),
        "text": str(part.get("caption", "")),
    }


def _location(part: Json) -> Json:
    place = f"{part.get('latitude')}, {part.get('longitude')}"
    return {"text": "⌖ " + " · ".join(filter(None, (part.get("name"), part.get("address"), place)))}


def _reply(part: Json) -> Json:
    kind = str(part.get("type", ""))
    chosen = part.get(kind) or {}
    if kind == "call_permission_reply":
        return {"text": f"☎ {chosen.get('response', '')}"}
    return {"text": str(chosen.get("title") or chosen.get("body") or "[reply]")}


def _basket(part: Json) -> str:
    lines = [
        f"{item.get('quantity')} × {item.get('product_retailer_id')}"
        for item in part.get("product_items") or []
    ]
    return "\n".join(filter(None, ["🛒", *lines, str(part.get("text", ""))]))


def _template(call: Json, template: Template) -> Json:
    header, given = template.part("HEADER") or {}, call.get("components") or []
    values = parameters_of(given, "header")
    value: Json = {
        "text": render(template.part("BODY"), parameters_of(given, "body")),
        "footer": str((template.part("FOOTER") or {}).get("text", "")),
        "buttons": _template_buttons(template, given),
        "template": template.name,
    }
    kind = str(header.get("format", "TEXT")).lower()
    if kind == "text":
        return value | {"header": render(header, values)}
    medium = _medium((values[0].get(kind) or {}) if values else {})
    return value | {"media": medium["media"], "media_type": kind, "title": medium["title"]}


def _template_buttons(template: Template, given: list[Json]) -> list[Json]:
    calls = {
        str(c.get("index")): (c.get("parameters") or [{}])[0]
        for c in given
        if str(c.get("type", "")).lower() == "button"
    }
    shown = []
    for place, button in enumerate((template.part("BUTTONS") or {}).get("buttons", [])):
        value = calls.get(str(place), {})
        label = str(button.get("text", ""))
        if button["type"].upper() == "QUICK_REPLY":
            shown.append({"kind": "button", "text": label, "id": value.get("payload") or label})
        elif button["type"].upper() == "URL":
            url = str(button.get("url", "")).split("{{")[0] + str(value.get("text", ""))
            shown.append({"kind": "url", "text": label, "url": url})
        else:
            shown.append({"kind": "note", "text": label or button["type"].title()})
    return shown


def _interactive(part: Json) -> Json:
    header = part.get("header") or {}
    action = part.get("action") or {}
    value: Json = {
        "header": str(header.get("text", "")),
        "text": str((part.get("body") or {}).get("text", "")),
        "footer": str((part.get("footer") or {}).get("text", "")),
        "buttons": [
            {"kind": "button_reply", "id": b["reply"]["id"], "text": b["reply"]["title"]}
            for b in action.get("buttons", [])
        ],
    }
    if header.get("type") in MEDIA:
        value |= _medium(header[header["type"]]) | {
            "media_type": header["type"],
            "text": value["text"],
        }
    if "sections" in action:
        value["list"] = {"label": action.get("button", ""), "sections": action["sections"]}
    if action.get("name") == "cta_url":
        link = action["parameters"]
        value["buttons"] = [{"kind": "url", "text": link["display_text"], "url": link["url"]}]
    if action.get("name") == "send_location":
        value["buttons"] = [{"kind": "location", "text": "Send location"}]
    return value
