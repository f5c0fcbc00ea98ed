"""What a message holds besides its text, in our words. ``gateway.details`` reads it from JSON."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Forwarded(StrEnum):
    """How often it went from hand to hand."""

    ONCE = "once"
    OFTEN = "often"  # five times and more


@dataclass(frozen=True, kw_only=True, slots=True)
class Product:
    """A product of the shop's catalogue at Meta; ``product`` is the shop's own code."""

    catalog_id: str
    product: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Referral:
    """The advertisement or post a customer came from. ``url`` is '' unless it is http or https.

    ``click_id`` (``ctwa_clid``) is what Meta's advertising wants back for a conversion.
    """

    source_type: str  # ad, post
    source_id: str = ""
    url: str = ""
    headline: str = ""
    body: str = ""
    media_type: str = ""
    media_url: str = ""
    click_id: str = ""
    welcome: str = ""  # the greeting that the customer saw before writing


@dataclass(frozen=True, kw_only=True, slots=True)
class BasketLine:
    """Some of a product; ``price`` of one, None when Meta gave none that can be read."""

    product: str
    quantity: int
    price: Decimal | None = None
    currency: str = ""

    @property
    def total(self) -> Decimal | None:
        return None if self.price is None else self.price * self.quantity


@dataclass(frozen=True, kw_only=True, slots=True)
class Basket:
    """What a customer put together from the catalogue; an order of the ERP is made by people."""

    catalog_id: str
    lines: tuple[BasketLine, ...] = ()

    @property
    def currency(self) -> str:
        """The one currency of all lines; '' where they differ."""
        found = {line.currency for line in self.lines}
        return found.pop() if len(found) == 1 else ""

    @property
    def total(self) -> Decimal | None:
        """The sum; None where a price is missing or currencies differ."""
        totals = [line.total for line in self.lines if line.total is not None]
        complete = self.lines and len(totals) == len(self.lines) and self.currency
        return sum(totals, Decimal(0)) if complete else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One field of a form (a flow) that the customer filled in."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CardNumber:
    """A number on an address card; ``wa_id`` where it is known to be on WhatsApp."""

    phone: str
    wa_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """An address card; ``is_own`` where it answers our request for the customer's number."""

    name: str
    numbers: tuple[CardNumber, ...] = ()
    lines: tuple[str, ...] = ()  # company, e-mail, address, link
    is_own: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A pin on the map, in degrees."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """Why Meta did not pass something on, in its own words."""

    code: int | None
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Details:
    """All of it; what a message does not have is empty."""

    reply_to_wamid: str = ""
    forwarded: Forwarded | None = None
    product: Product | None = None
    referral: Referral | None = None
    basket: Basket | None = None
    answers: tuple[Answer, ...] = ()
    choice: str = ""  # the line below the title of the row that was chosen
    permission: str = ""  # to call: accept, reject
    cards: tuple[Card, ...] = ()
    place: Place | None = None
    event: str = ""  # of a system message: user_changed_number, customer_identity_changed
    new_phone: str = ""  # E.164, after a change of number
    withheld: str = ""  # the type Meta would not pass on: poll, edit
    is_voice: bool = False
    is_animated: bool = False
    troubles: tuple[Trouble, ...] = ()
