"""The road from an update to a POST, with the faults that can befall it on the way."""

import asyncio
from collections.abc import Sequence
from functools import partial

from whatsapp.simulator.deliveries import Deliveries, Delivery
from whatsapp.simulator.encoding import Json, webhook_bytes
from whatsapp.simulator.faults import Fault, Faults, Kind
from whatsapp.simulator.schedule import Schedule
from whatsapp.simulator.settings import Settings
from whatsapp.simulator.updates import Update, envelope


class Webhooks:
    """Takes updates and turns them into POSTs: one each, or several gathered in one."""

    def __init__(self, *, settings: Settings, faults: Faults, schedule: Schedule) -> None:
        self._settings = settings
        self._faults = faults
        self._schedule = schedule
        self.verified = False
        self.deliveries = Deliveries(settings=settings, faults=faults, schedule=schedule)
        self.clear()

    def clear(self) -> None:
        """Forget what waits, subscriptions and overrides."""
        self.held: list[Update] = []
        self._gathered: list[Update] = []
        self.overrides: dict[str, str] = {}
        self.unsubscribed: set[str] = set()
        self.deliveries.clear()

    def state(self) -> Json:
        """Return what is not delivered yet, and the counts."""
        waiting = self.deliveries.state() | {
            "held": len(self.held),
            "gathering": len(self._gathered),
            "scheduled": len(self._schedule) - self.deliveries.waiting,
        }
        return waiting | self.deliveries.counts | {"idle": not any(waiting.values())}

    def put(self, update: Update) -> None:
        """Send an update on its way, unless a fault holds, drops, delays or batches it."""
        if self._faults.active and self._waylaid(update):
            return
        self._gather(update, size=self._settings.batch_size, wait=self._settings.batch_wait)

    def send(self, updates: Sequence[Update]) -> Delivery | None:
        """Post these updates together, now; a `duplicate` fault posts the same bytes again."""
        url = self._url_for(updates[0])
        if not url:
            return None
        delivery = self.post(webhook_bytes(envelope(updates)), url=url)
        if self._faults.active and (fault := self._take(Kind.DUPLICATE, updates[0])):
            twin = Delivery(body=delivery.body, url=url)
            self._schedule.after(fault.seconds, partial(self.deliveries.post, twin))
        return delivery

    def post(self, body: bytes, *, url: str = "", signed: str = "") -> Delivery:
        """Queue exact bytes; `signed` replaces the signature, and `missing` leaves it out."""
        delivery = Delivery(body=body, url=url or self._settings.webhook_url, signed=signed)
        if delivery.url:
            self.deliveries.post(delivery)
        return delivery

    async def send_and_wait(self, update: Update) -> None:
        """Post one update and return when it was answered once, well or not."""
        delivery = self.send([update])
        if delivery is not None:
            delivery.first = asyncio.get_running_loop().create_future()
            await delivery.first

    def release(self, *, order: str = "same", together: bool = False) -> int:
        """Deliver what a `hold` fault kept; the order is same, reverse or shuffled."""
        self._faults.active = [f for f in self._faults.active if f.kind is not Kind.HOLD]
        updates, self.held = self.held, []
        if order == "reverse":
            updates.reverse()
        elif order == "shuffled":
            self._faults.dice.shuffle(updates)
        for group in [updates] if together and updates else [[update] for update in updates]:
            self.send(group)
        return len(updates)

    def _waylaid(self, update: Update) -> bool:
        if self._take(Kind.DROP, update):
            return True
        if self._take(Kind.HOLD, update):
            self.held.append(update)
        elif fault := self._take(Kind.REORDER, update):
            self._schedule.after(fault.seconds, partial(self._send_later, update))
        elif fault := self._take(Kind.BATCH, update):
            self._gather(update, size=fault.size, wait=fault.seconds)
        else:
            return False
        return True

    def _take(self, kind: Kind, update: Update) -> Fault | None:
        return self._faults.take(
            frozenset({kind}),
            number=update.number.id if update.number else "",
            to=update.to,
            status_name=update.status_name,
        )

    def _gather(self, update: Update, *, size: int, wait: float) -> None:
        if size <= 1:
            self.send([update])
            return
        self._gathered.append(update)
        if len(self._gathered) >= size:
            self._flush()
        elif len(self._gathered) == 1:
            self._schedule.after(wait, self._flush)

    def _flush(self) -> None:
        updates, self._gathered = self._gathered, []
        if updates:
            self.send(updates)

    def _send_later(self, update: Update) -> None:
        self.send([update])

    def _url_for(self, update: Update) -> str:
        if update.waba_id in self.unsubscribed:
            return ""
        # Only message-like fields follow an override; templates and accounts keep to the app's URL.
        override = self.overrides.get(update.waba_id, "") if update.topic == "messages" else ""
        return override or self._settings.webhook_url
