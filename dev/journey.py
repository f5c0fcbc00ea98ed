"""The whole story, played over HTTP on a throwaway system: order, notice, answer, reply.

    python -m dev.journey       (make journey)

Every step is seen from outside, in the admin, the API or on the simulator; the application is never
imported. Exit code 0 only if all of them were.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

from dev.processes import Failure, interruptible
from dev.redis_server import free_port
from dev.servers import ROOT
from dev.system import Ports, System, running
from dev.visitor import Visitor, notices, row_ids

HOME = ROOT / ".demo" / "journey"
API = "/api/v1/whatsapp"
ORDERS = "/admin/orders/order/"
NEW_ORDERS = f"{ORDERS}?status__exact=NEW"
ANSWER = "Mulțumesc! Când ajunge coletul?"
REPLY = "Bună ziua! Coletul pleacă astăzi și ajunge mâine."
PATIENCE_SECONDS = 30.0

Seen = TypeVar("Seen")


class Story:
    """The people of the story, and what each of them does and sees."""

    def __init__(self, *, system: System, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._clerk = Visitor(base=system.web)
        self._phone = Visitor(base=system.simulator)
        self._agent = Visitor(base=system.web, token=_token(system.web))

    def play(self) -> None:
        order = self._confirm_an_order()
        notice = self._follow_the_notice(order)
        conversation = self._customer_answers(notice)
        self._agent_replies(conversation, to=notice["phone_number"])
        self._agent_resolves(conversation)

    def _confirm_an_order(self) -> int:
        """Sign in to the admin and run the action on the first new order."""
        self._clerk.submit("/admin/login/", username="admin", password="admin", next="/admin/")
        orders = row_ids(self._clerk.page(NEW_ORDERS))
        if not orders:
            raise Failure("The admin lists no new order.")
        self._tell(f"signed in to the admin; {len(orders)} new orders are listed")
        page = self._clerk.submit(NEW_ORDERS, action="confirm_orders", _selected_action=orders[0])
        if orders[0] in row_ids(self._clerk.page(NEW_ORDERS)):
            raise Failure(f"The order was not confirmed; the admin says: {notices(page)}")
        self._tell(f"order {orders[0]} confirmed; the admin says: {' '.join(notices(page))}")
        return orders[0]

    def _follow_the_notice(self, order: int) -> Any:
        """See the order's message in the API, and at Meta's, up to the blue ticks."""

        def found() -> Any:
            messages = self._agent.get(f"{API}/messages", order=order)["results"]
            return messages[0] if messages else None

        notice = wait_for("The API shows a message for the order", found)
        self._tell(f"the API shows the notice to {notice['phone_number']}:")
        self._tell(f"    {one_line(notice['text'])}")
        self._follow(notice["id"], "notice")
        return self._agent.get(f"{API}/messages/{notice['id']}")

    def _customer_answers(self, notice: Any) -> Any:
        """Write from the customer's phone, and see it unread in the agents' list."""
        phone = notice["phone_number"]
        self._phone.post("/_sim/inbound", **{"from": phone, "type": "text", "text": ANSWER})
        self._tell(f"the customer answers: {ANSWER}")

        def unread() -> Any:
            found = self._agent.get(f"{API}/conversations", unread="true")["results"]
            return next((each for each in found if each["id"] == notice["conversation"]), None)

        conversation = wait_for("The conversation is in the API, unread", unread)
        history = self._agent.get(f"{API}/conversations/{conversation['id']}/messages")["results"]
        if history[0]["text"] != ANSWER:
            raise Failure(f"The newest message of the conversation is {history[0]['text']!r}.")
        self._tell(
            f"conversation {conversation['id']} is {conversation['status']}, unread, with it"
        )
        return conversation

    def _agent_replies(self, conversation: Any, *, to: str) -> None:
        """Reply through the API, and see on the phone what the customer has."""
        sent = self._agent.post(f"{API}/messages/send", conversation=conversation["id"], text=REPLY)
        self._tell(f"the agent replies: {REPLY}")
        self._follow(sent["id"], "reply")
        shown = self._phone.get("/_sim/chat", **{"from": to})["messages"]
        if [bubble["text"] for bubble in shown[-2:]] != [ANSWER, REPLY]:
            raise Failure(f"The phone does not end in the answer and the reply: {shown[-2:]}")
        self._tell("the customer's phone shows the notice, the answer and the reply")

    def _agent_resolves(self, conversation: Any) -> None:
        path = f"{API}/conversations/{conversation['id']}"
        self._agent.post(f"{path}/resolve")
        status = self._agent.get(path)["status"]
        if status != "RESOLVED":
            raise Failure(f"The conversation is {status} after it was resolved.")
        self._tell("the conversation is RESOLVED")

    def _follow(self, message: int, name: str) -> None:
        """See a message sent, delivered and read in the API, and once in the simulator's ledger."""
        for event in ("sent", "delivered", "read"):
            wait_for(
                f"The {name} is {event}",
                lambda: self._agent.get(f"{API}/messages/{message}")[f"{event}_at"],  # noqa: B023
            )
            self._tell(f"the {name} is {event}")
        wamid = self._agent.get(f"{API}/messages/{message}")["external_message_id"]
        ledger = self._phone.get("/_sim/ledger")["items"]
        accepted = [line for line in ledger if line["wamid"] == wamid]
        if len(accepted) != 1 or accepted[0]["status"] != "read":
            raise Failure(f"The simulator's ledger does not have the {name} once and read.")


def wait_for(what: str, look: Callable[[], Seen], *, seconds: float = PATIENCE_SECONDS) -> Seen:
    """Look again and again until there is something to see; Failure, saying what was expected."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise Failure(f"Not seen within {seconds:.0f} s: {what}.")
        time.sleep(0.1)
    return seen


def one_line(text: str) -> str:
    return " ".join(text.split())


def teller(started: float) -> Callable[[str], None]:
    """Print one line a step, with the seconds since the start."""
    return lambda text: print(f"[{time.monotonic() - started:6.1f} s] {text}", flush=True)


def main() -> int:
    interruptible()
    tell = teller(time.monotonic())
    ports = Ports(web=free_port(), simulator=free_port())
    shutil.rmtree(HOME, ignore_errors=True)
    try:
        with running(home=HOME, ports=ports, throwaway=True, say=tell) as system:
            _play(system, tell)
    except Failure as failure:
        print(f"\n{failure}\nThe logs are in {HOME / 'logs'}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130
    tell("every step was seen from outside; all processes have ended")
    return 0


def _play(system: System, tell: Callable[[str], None]) -> None:
    try:
        Story(system=system, tell=tell).play()
    except Failure:
        system.children.check()  # a process that died explains more than what was not seen
        raise


def _token(web: str) -> str:
    answer = Visitor(base=web).post("/api/v1/auth/token", username="ana", password="ana")
    return str(answer["access"])


if __name__ == "__main__":
    sys.exit(main())
