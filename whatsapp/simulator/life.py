"""What becomes of an accepted message: sent, delivered, read, or failed."""

from functools import partial

from whatsapp.simulator.clock import Clock
from whatsapp.simulator.encoding import Json
from whatsapp.simulator.errors import status_error
from whatsapp.simulator.schedule import Schedule
from whatsapp.simulator.settings import Settings
from whatsapp.simulator.updates import Update, contact_of
from whatsapp.simulator.webhooks import Webhooks
from whatsapp.simulator.world import Accepted, Chat, World


class Life:
    """Moves messages on and tells the business, step after step."""

    def __init__(
        self,
        *,
        settings: Settings,
        world: World,
        clock: Clock,
        schedule: Schedule,
        webhooks: Webhooks,
    ) -> None:
        self._settings = settings
        self._world = world
        self._clock = clock
        self._schedule = schedule
        self._webhooks = webhooks
        self.open_chat: Chat | None = None

    def begin(self, message: Accepted) -> None:
        """Plan the statuses of a message that was just accepted."""
        after = self._schedule.after
        if message.code:
            after(self._settings.sent_after, partial(self._fail, message))
            return
        after(self._settings.sent_after, partial(self._move, message, "sent"))
        # A reaction is never reported beyond `sent`.
        if self._settings.delivered_after >= 0 and message.type != "reaction":
            wait = max(self._settings.delivered_after, self._settings.sent_after)
            after(wait, partial(self._deliver, message))

    async def sent_at_once(self, message: Accepted) -> None:
        """Report `sent` before the call that sent the message is answered."""
        message.history.append(("sent", self._clock.stamp()))
        await self._webhooks.send_and_wait(self._update(message, "sent"))

    def read(self, chat: Chat) -> int:
        """Let the customer read what was delivered; returns how many messages that were."""
        messages, chat.unread = chat.unread, []
        for message in messages:
            self._move(message, "read")
        return len(messages)

    def fail(self, message: Accepted, code: int) -> None:
        """Let a message fail, whatever it was before."""
        message.code = code
        self._fail(message)

    def _deliver(self, message: Accepted) -> None:
        if message.code:
            return
        self._move(message, "delivered")
        message.chat.unread.append(message)
        if message.chat is self.open_chat:
            self.read(message.chat)
        elif self._settings.read_after >= 0:
            self._schedule.after(self._settings.read_after, partial(self._read_one, message))

    def _read_one(self, message: Accepted) -> None:
        if message in message.chat.unread:
            message.chat.unread.remove(message)
            self._move(message, "read")

    def _move(self, message: Accepted, status: str) -> None:
        over = message.code and status != "failed"
        if over or any(reached == status for reached, _ in message.history):
            return
        message.history.append((status, self._clock.stamp()))
        self._world.touch(message.chat)
        self._webhooks.put(self._update(message, status))

    def _fail(self, message: Accepted) -> None:
        self._move(message, "failed")

    def _update(self, message: Accepted, status: str) -> Update:
        customer, bsuid = message.chat.customer, self._settings.bsuid
        item: Json = {
            "id": message.wamid,
            "status": status,
            "timestamp": str(message.history[-1][1]),
        }
        if customer.wa_id and not customer.phone_hidden:
            item["recipient_id"] = customer.wa_id
        if "recipient_id" not in item or (bsuid and status != "failed"):
            item["recipient_user_id"] = customer.user_id
        if message.callback:
            item["biz_opaque_callback_data"] = message.callback
        if status == "failed":
            item["errors"] = [status_error(message.code)]
        elif status != "read" and message.billing is not None:
            item["pricing"] = message.billing
        return Update(
            waba_id=message.number.waba_id,
            number=message.number,
            group="statuses",
            item=item,
            contact=None if status == "failed" else contact_of(customer, bsuid=bsuid),
            to=customer.key,
            status_name=status,
        )
