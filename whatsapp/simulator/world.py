"""What the simulator remembers: numbers, people, chats, and the ledger of what it accepted."""

import json
import os
import sys
from array import array
from base64 import b64encode
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from whatsapp.simulator.clock import Clock
from whatsapp.simulator.encoding import Json
from whatsapp.simulator.people import Customer, digits_of, user_id_for
from whatsapp.simulator.settings import Settings
from whatsapp.simulator.template import Template

CHAT_LENGTH = 300
WINDOW = 24 * 3600


@dataclass(slots=True, kw_only=True, eq=False)
class Number:
    """A business number, with the monotonic arrival times of its sends (all, and accepted)."""

    id: str
    waba_id: str
    display: str
    name: str
    arrivals: "array[float]" = field(default_factory=lambda: array("d"))
    accepted: "array[float]" = field(default_factory=lambda: array("d"))
    recent: deque[float] = field(default_factory=deque)

    @property
    def digits(self) -> str:
        """Return the display number as webhooks print it."""
        return digits_of(self.display)


@dataclass(slots=True, kw_only=True, eq=False)
class Incoming:
    """A message of the customer, as it stood in the webhook."""

    wamid: str
    at: float
    payload: Json
    chat: "Chat"


@dataclass(slots=True, kw_only=True, eq=False)
class Accepted:
    """One line of the ledger. The body stays as the bytes that came, which is the compact form."""

    seq: int
    wamid: str
    number: Number
    chat: "Chat"
    to: str
    type: str
    body: bytes
    callback: str
    arrived_at: float
    arrived_monotonic: float
    billing: Json | None = None
    template: Template | None = None
    history: list[tuple[str, int]] = field(default_factory=list)
    code: int = 0

    @property
    def status(self) -> str:
        """Return the newest status, `accepted` before any."""
        return self.history[-1][0] if self.history else "accepted"

    @property
    def at(self) -> float:
        return self.arrived_at

    def content(self) -> Json:
        """Return what was sent."""
        body: Json = json.loads(self.body)
        return body


class Call(NamedTuple):
    """One call of the Graph API; status 0 means that it got no answer."""

    seq: int
    arrived_at: float
    arrived_monotonic: float
    method: str
    path: str
    status: int
    code: int
    wamid: str


@dataclass(slots=True, kw_only=True, eq=False)
class Chat:
    """One customer's talk with one business number, as both see it."""

    number: Number
    customer: Customer
    messages: list[Accepted | Incoming] = field(default_factory=list)
    unread: list[Accepted] = field(default_factory=list)
    window_opened_at: float = 0.0
    typing_until: float = 0.0
    seen_by_business: str = ""
    reactions: dict[str, str] = field(default_factory=dict)
    edits: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)

    def add(self, message: Accepted | Incoming) -> None:
        """Put a message at the end; of a long talk the phone keeps only the last part."""
        self.messages.append(message)
        if len(self.messages) > 2 * CHAT_LENGTH:
            del self.messages[:CHAT_LENGTH]


class World:
    """Everything that a reset forgets, except numbers, settings and what the clock shows."""

    def __init__(self, *, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.numbers = {number.id: number for number in _numbers(settings)}
        self._names = {number.id: number.name for number in self.numbers.values()}
        self.clear()

    def clear(self) -> None:
        """Forget people, chats, the ledger and the log of requests."""
        self.customers: dict[str, Customer] = {}
        self.owners: dict[str, int] = {}  # of a phone, before the one it has now
        self.chats: dict[tuple[str, Customer], Chat] = {}
        self.ledger: list[Accepted] = []
        self.by_wamid: dict[str, Accepted] = {}
        self.incoming: dict[str, Incoming] = {}
        self.requests: deque[Call] = deque(maxlen=self.settings.requests_kept)
        self.requests_seen = 0
        self.changes = 0
        self.touched: dict[Chat, None] = {}
        for number in self.numbers.values():
            number.arrivals, number.accepted = array("d"), array("d")
            number.recent.clear()
            number.name = self._names[number.id]

    def number(self, number_id: str = "") -> Number:
        """Return a number by id, the first without one; raises `KeyError`."""
        return self.numbers[number_id] if number_id else next(iter(self.numbers.values()))

    def customer(self, *, wa_id: str = "", user_id: str = "") -> Customer:
        """Return the person with this phone or BSUID, new if never seen.

        A person known by the BSUID alone gets the phone when both come together.
        """
        if wa_id in self.customers:
            return self.customers[wa_id]
        known = self.customers.get(user_id)
        if known is not None and (not wa_id or not known.wa_id):
            known.wa_id = wa_id or known.wa_id
            self.remember(known)
            return known
        customer = Customer(wa_id=wa_id, user_id=user_id or self.user_id_for(wa_id))
        self.remember(customer)
        return customer

    def remember(self, customer: Customer) -> None:
        """File a person under both identifiers."""
        for key in (customer.wa_id, customer.user_id):
            if key:
                self.customers[sys.intern(key)] = customer

    def user_id_for(self, wa_id: str) -> str:
        """Return the BSUID that goes with a phone; a later owner of it has another."""
        return user_id_for(wa_id, owner=self.owners.get(wa_id, 0))

    def leave(self, customer: Customer) -> None:
        """Take the phone from a person: whoever has it next is somebody else."""
        if self.customers.get(customer.wa_id) is customer:
            del self.customers[customer.wa_id]
            self.owners[customer.wa_id] = self.owners.get(customer.wa_id, 0) + 1
        customer.wa_id = ""

    def rename(self, customer: Customer, *, wa_id: str, user_id: str) -> None:
        """Give a person other identifiers."""
        self.customers.pop(customer.user_id, None)
        customer.wa_id, customer.user_id = wa_id, user_id
        self.remember(customer)

    def chat(self, number: Number, customer: Customer) -> Chat:
        """Return their chat, new if there was none."""
        key = (number.id, customer)
        chat = self.chats.get(key)
        if chat is None:
            chat = self.chats[key] = Chat(number=number, customer=customer)
        return chat

    def window_open(self, chat: Chat) -> bool:
        """Tell whether free text may go to this person now."""
        return self.clock.now() - chat.window_opened_at < WINDOW

    def touch(self, chat: Chat) -> None:
        """Note that a chat looks different now, for whoever watches."""
        self.changes += 1
        self.touched.pop(chat, None)
        self.touched[chat] = None

    def recent_chats(self) -> Iterator[Chat]:
        """Yield the chats, the last changed first."""
        return reversed(self.touched)


def new_wamid(digits: str) -> str:
    """Return a message id that looks like Meta's and never repeats, in this run or another."""
    head = b"\x1d" + bytes([len(digits)]) + digits.encode()
    return "wamid." + b64encode(head + b"\x15\x02\x00\x11\x18" + os.urandom(12)).decode()


def _numbers(settings: Settings) -> Iterator[Number]:
    ids = settings.phone_number_id.split(",")
    displays = settings.display_number.split(",")
    for place, number_id in enumerate(ids):
        fallback = f"+4030000{place:04d}"
        yield Number(
            id=number_id.strip(),
            waba_id=settings.waba_id,
            display=displays[place].strip() if place < len(displays) else fallback,
            name=settings.verified_name if place == 0 else f"{settings.verified_name} {place + 1}",
        )
