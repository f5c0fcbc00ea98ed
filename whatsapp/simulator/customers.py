"""The customer's side: messages in, as Meta reports them."""

from dataclasses import dataclass

from whatsapp.simulator.clock import Clock
from whatsapp.simulator.encoding import Json
from whatsapp.simulator.people import BSUID, Customer, digits_of
from whatsapp.simulator.settings import Settings
from whatsapp.simulator.updates import Update, contact_of
from whatsapp.simulator.webhooks import Webhooks
from whatsapp.simulator.world import Chat, Incoming, Number, World, new_wamid

NO_WINDOW = {"reaction", "edit", "revoke", "system"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a customer says: the payload is the part of the message from `type` on."""

    payload: Json
    wamid: str = ""
    at: int = 0
    reply_to: str = ""


class Customers:
    """Finds people by whatever identifies them, and speaks for them."""

    def __init__(
        self, *, settings: Settings, world: World, clock: Clock, webhooks: Webhooks
    ) -> None:
        self._settings = settings
        self._world = world
        self._clock = clock
        self._webhooks = webhooks

    def find(self, values: Json) -> Customer:
        """Return the person named by `from` or `user_id`, updated by the other keys.

        Without a phone the person is known to the business by the BSUID alone.
        """
        phone, user_id = str(values.get("from", "")), str(values.get("user_id", ""))
        if BSUID.fullmatch(phone):
            phone, user_id = "", phone
        wa_id = digits_of(phone)
        if not wa_id and not user_id:
            raise ValueError("say who: from (a phone) or user_id (a BSUID)")
        customer = self._world.customer(wa_id=wa_id, user_id=user_id)
        if user_id and customer.user_id != user_id:
            customer.user_id = user_id
            self._world.remember(customer)
        customer.name = str(values.get("name", customer.name))
        customer.username = str(values.get("username", customer.username))
        customer.phone_hidden = bool(values.get("phone_hidden", customer.phone_hidden))
        return customer

    def say(self, *, number: Number, customer: Customer, said: Said) -> Incoming:
        """Take a message from the customer and tell the business; opens the 24-hour window."""
        return self.tell(number=number, customer=customer, said=said, sender=customer)

    def tell(self, *, number: Number, customer: Customer, said: Said, sender: Customer) -> Incoming:
        """Take a message that names as its sender who the customer was before."""
        chat = self._world.chat(number, customer)
        at = said.at or self._clock.stamp()
        wamid = said.wamid or new_wamid(customer.wa_id or customer.user_id[-11:])
        message = self._head(sender, wamid=wamid, at=at) | said.payload
        if said.reply_to:
            message["context"] = self._context(number, said.reply_to) | message.get("context", {})
        incoming = Incoming(wamid=wamid, at=at, payload=message, chat=chat)
        self._file(chat, incoming, backdated=bool(said.at))
        self._webhooks.put(
            Update(
                waba_id=number.waba_id,
                number=number,
                group="messages",
                item=message,
                contact=None if sender is not customer else self._contact(customer),
                to=customer.key,
            )
        )
        return incoming

    def _contact(self, customer: Customer) -> Json:
        return contact_of(customer, bsuid=self._settings.bsuid)

    def _head(self, customer: Customer, *, wamid: str, at: int) -> Json:
        head: Json = {}
        if customer.wa_id and not customer.phone_hidden:
            head["from"] = customer.wa_id
        if self._settings.bsuid or not head:
            head["from_user_id"] = customer.user_id
        return head | {"id": wamid, "timestamp": str(at)}

    def _context(self, number: Number, wamid: str) -> Json:
        ours = self._world.by_wamid.get(wamid)
        theirs = self._world.incoming.get(wamid)
        sender = theirs.payload.get("from", "") if theirs and not ours else number.digits
        return {"from": sender, "id": wamid}

    def _file(self, chat: Chat, incoming: Incoming, *, backdated: bool) -> None:
        kind = incoming.payload.get("type")
        if kind not in NO_WINDOW:
            opened = incoming.at if backdated else self._clock.now()
            chat.window_opened_at = max(chat.window_opened_at, opened)
        given = incoming.payload.get(str(kind))
        part: Json = given if isinstance(given, dict) else {}
        match kind:
            case "reaction":
                chat.reactions[part.get("message_id", "")] = part.get("emoji", "")
            case "edit":
                edited = part.get("message") or {}
                inner = edited.get(edited.get("type")) or {}
                words = inner.get("body") or inner.get("caption", "")
                chat.edits[part.get("original_message_id", "")] = str(words)
            case "revoke":
                chat.deleted.add(part.get("original_message_id", ""))
            case _:
                chat.add(incoming)
        self._world.incoming[incoming.wamid] = incoming
        self._world.touch(chat)
