"""The words of each kind of message: remarks, what WhatsApp withholds, why a file is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from whatsapp.domain.details import Basket, Details, Forwarded, Place, Trouble
from whatsapp.domain.formats import money
from whatsapp.models import Message
from whatsapp.models.message import MessageType

# by Meta's code; what has none is said in Meta's own words
_TROUBLES: Mapping[int, str] = MappingProxyType(
    {
        131051: noop("WhatsApp does not pass on this kind of message. Ask the customer to write."),
        131052: noop(
            "WhatsApp could not take this file in: it is damaged, or larger than 100 MB."
            " Ask the customer to send it again."
        ),
        131053: noop("WhatsApp could not take this file in. Ask the customer for another one."),
        131060: noop("WhatsApp shows this message only on the customer's phone."),
    }
)
# by Meta's name of the type; any other is called by that name
_WITHHELD: Mapping[str, str] = MappingProxyType(
    {
        "edit": noop("The customer edited a message. WhatsApp does not pass on the new wording."),
        "poll": noop("A poll, which WhatsApp does not pass on. Ask the customer to write it."),
        "poll_creation": noop(
            "A poll, which WhatsApp does not pass on. Ask the customer to write it."
        ),
        "event": noop("An event, which WhatsApp does not pass on. Ask the customer to write it."),
        "live_location": noop(
            "A live location, which WhatsApp does not pass on. Ask for the place instead."
        ),
        "view_once": noop(
            "A file to be seen once, which WhatsApp does not pass on. Ask for it as a usual one."
        ),
    }
)
_PERMISSIONS: Mapping[str, str] = MappingProxyType(
    {"accept": noop("The shop may call"), "reject": noop("The shop may not call")}
)
_FORWARDED: Mapping[Forwarded, str] = MappingProxyType(
    {Forwarded.ONCE: noop("Forwarded"), Forwarded.OFTEN: noop("Forwarded many times")}
)
_MAP = "https://www.openstreetmap.org/?mlat={0}&mlon={1}#map=17/{0}/{1}"


@dataclass(frozen=True, kw_only=True, slots=True)
class BasketRow:
    """A line of a basket as people read it; '' where Meta gave no price."""

    quantity: int
    product: str
    price: str
    total: str


def line_of(message: Message, details: Details) -> str:
    """Say a remark of WhatsApp's, or something about a message that we do not have."""
    text = message.message_text
    match message.message_type:
        case MessageType.REACTION.value if text:
            return _("%(emoji)s to a message that is not here") % {"emoji": text}
        case MessageType.REACTION.value:
            return _("Took back a reaction to a message that is not here")
        case MessageType.EDIT.value:
            return _("Edited a message that is not here: %(text)s") % {"text": text}
        case MessageType.REVOKE.value:
            return _("Deleted a message that is not here")
    match details.event:
        case "user_changed_number" | "customer_changed_number" if details.new_phone:
            return _("The customer's number is now %(phone)s.") % {"phone": details.new_phone}
        case "user_changed_number" | "customer_changed_number" | "user_changed_user_id":
            return _("The customer has a new WhatsApp account.")
        case "customer_identity_changed":
            return _("The customer's security code has changed: perhaps another phone.")
    return text


def withheld_of(details: Details) -> str:
    """Say what kind of message came without its content, and what to do about it."""
    if known := _WITHHELD.get(details.withheld):
        return _(known)
    general = _("A kind of message that WhatsApp does not pass on. Ask the customer to write it.")
    return f"{general} ({details.withheld})" if details.withheld else general


def trouble_of(trouble: Trouble) -> str:
    """Say why something of a message is missing; in Meta's words where we have none."""
    known = _TROUBLES.get(trouble.code or 0)
    if known:
        return _(known)
    return f"{trouble.text} ({trouble.code})" if trouble.code else trouble.text


def permission_of(details: Details) -> str:
    """Say what was answered to our question whether we may call."""
    return _(_PERMISSIONS.get(details.permission, details.permission or ""))


def forwarded_of(details: Details) -> str:
    """Say whether it went from hand to hand before it came here."""
    return _(_FORWARDED[details.forwarded]) if details.forwarded else ""


def basket_of(basket: Basket) -> list[BasketRow]:
    """Write the lines of a basket."""
    return [
        BasketRow(
            quantity=line.quantity,
            product=line.product,
            price=amount(line.price, line.currency),
            total=amount(line.total, line.currency),
        )
        for line in basket.lines
    ]


def amount(given: Decimal | None, currency: str) -> str:
    """Write money as the agent reads it."""
    if given is None:
        return ""
    return money(given, currency=currency or "RON", language=get_language() or "")


def map_of(place: Place) -> str:
    """Where the place is on a map."""
    return _MAP.format(place.latitude, place.longitude)
