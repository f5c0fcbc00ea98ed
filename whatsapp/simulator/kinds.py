"""Shorthands for what a customer can say beside plain words: one name, and Meta's own payload."""

import json
from collections.abc import Callable

from whatsapp.simulator.encoding import Json
from whatsapp.simulator.errors import status_error

ABOUT_ANOTHER = {"reaction", "edit", "revoke"}  # they carry the other's id themselves
CATALOG = "660000000000001"
AD: Json = {
    "source_url": "https://fb.me/demo-ad",
    "source_id": "120000000000001",
    "source_type": "ad",
    "headline": "Reduceri de toamnă",
    "body": "Până la 30 % la pantofi, o săptămână.",
    "media_type": "image",
    "image_url": "https://fb.me/demo-ad.jpg",
    "ctwa_clid": "ARAkLkA8rmlFeiCktEJQ-demo",
    "welcome_message": {"text": "Bună! Cu ce vă ajutăm?"},
}


def shorthand(values: Json) -> Json | None:
    """Return the payload of a shorthand, or None for what is described as Meta writes it."""
    kind = str(values.get("type", ""))
    make = _KINDS.get(kind)
    return make(values) if make is not None and kind not in values else None


def extras(values: Json) -> Json:
    """Return what a message of any type may carry: forwarded, a product, an advertisement."""
    context: Json = {}
    if forwarded := values.get("forwarded"):
        context["frequently_forwarded" if forwarded == "often" else "forwarded"] = True
    if product := values.get("product"):
        context["referred_product"] = {"catalog_id": CATALOG, "product_retailer_id": str(product)}
    found: Json = {"context": context} if context else {}
    return found | ({"referral": AD} if values.get("ad") else {})


def _edit(values: Json) -> Json:
    text = str(values["text"])
    of = str(values.get("of", "text"))
    part = {"body": text} if of == "text" else {"caption": text}
    message = {"type": of, of: part}
    return {
        "type": "edit",
        "edit": {"original_message_id": str(values["reply_to"]), "message": message},
    }


def _revoke(values: Json) -> Json:
    return {"type": "revoke", "revoke": {"original_message_id": str(values["reply_to"])}}


def _reaction(values: Json) -> Json:
    part = {"message_id": str(values["reply_to"])}
    emoji = str(values.get("emoji", ""))
    return {"type": "reaction", "reaction": part | ({"emoji": emoji} if emoji else {})}


def _order(values: Json) -> Json:
    items = values.get("items") or [
        {"product": "PANTOFI-42", "quantity": 1, "price": 249.9},
        {"product": "CREMA-NEAGRA", "quantity": 2, "price": 19.5},
    ]
    products = [
        {
            "product_retailer_id": str(item["product"]),
            "quantity": int(item.get("quantity", 1)),
            "item_price": item.get("price", 0),
            "currency": str(item.get("currency", "RON")),
        }
        for item in items
    ]
    part = {"catalog_id": CATALOG, "text": str(values.get("text", "")), "product_items": products}
    return {"type": "order", "order": part}


def _flow(values: Json) -> Json:
    answers = values.get("answers") or {
        "screen_0_Nume_complet_0": "Ana Popescu",
        "screen_0_Ziua_livrarii_1": "1_Luni_dimineata",
        "screen_0_Accept_2": True,
    }
    reply = {
        "name": "flow",
        "body": "Sent",
        "response_json": json.dumps(answers | {"flow_token": "demo"}),
    }
    return {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": reply}}


def _call_permission(values: Json) -> Json:
    reply: Json = {"response": str(values.get("response", "accept")), "is_permanent": False}
    part = {"type": "call_permission_reply", "call_permission_reply": reply}
    return {"type": "interactive", "interactive": part}


def _number_change(values: Json) -> Json:
    old, new = str(values.get("from", "")).lstrip("+"), str(values["to"]).lstrip("+")
    body = f"User changed from {old} to {new}"
    return {
        "type": "system",
        "system": {"body": body, "wa_id": new, "type": "user_changed_number"},
    }


def _identity_change(values: Json) -> Json:
    return {
        "type": "system",
        "system": {"body": "The security code changed", "type": "customer_identity_changed"},
        "identity": {"acknowledged": True, "created_timestamp": "1795000000", "hash": "demo="},
    }


def _lost_media(values: Json) -> Json:
    kind = str(values.get("of", "image"))
    return {"type": kind, kind: {"mime_type": "image/jpeg"}, "errors": [status_error(131052)]}


_KINDS: dict[str, Callable[[Json], Json]] = {
    "edit": _edit,
    "revoke": _revoke,
    "reaction": _reaction,
    "order": _order,
    "flow": _flow,
    "call_permission": _call_permission,
    "number_change": _number_change,
    "identity_change": _identity_change,
    "lost_media": _lost_media,
}
