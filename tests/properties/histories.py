"""Histories that might have happened: what several people wrote, and what became of our messages.

Times are Meta's seconds. Messages of one conversation differ in them: of two in the same second the
first to arrive comes first, by design, so their order is no property of the history.
Replies and amendments speak of anything: of a message of ours whose wamid we do not know, of one
that nobody has, of each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

WABA, NUMBER, OTHER_NUMBER = "777000000000001", "555000000000001", "555000000000009"
BEGINNING = 1_700_000_000  # long before any clock of a test
MOST = 14  # things in a history
TEMPLATE = {"id": 880000000000001, "name": "order_shipped", "language": "ro"}


@dataclass(frozen=True, kw_only=True)
class Thing:
    """One thing Meta tells: an element of ``listed`` in a value, or a whole value without it."""

    field: str
    element: dict[str, Any]
    listed: str = ""
    contact: dict[str, Any] | None = None
    number: str = NUMBER
    time: int = BEGINNING  # of the entry


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody, by what Meta shows of them; each always in the same way."""

    name: str
    wa_id: str = ""
    bsuid: str = ""

    def contact(self) -> dict[str, Any]:
        ids = {"wa_id": self.wa_id, "user_id": self.bsuid}
        return {"profile": {"name": self.name}, **{k: v for k, v in ids.items() if v}}

    def ids(self, phone: str, bsuid: str) -> dict[str, str]:
        return {k: v for k, v in {phone: self.wa_id, bsuid: self.bsuid}.items() if v}


PEOPLE = (
    Person(name="Ana", wa_id="40700000001"),
    Person(name="Bogdan", wa_id="40700000002", bsuid="RO.1002"),
    Person(name="Corina", bsuid="RO.1003"),
    Person(name="Dan", bsuid="RO.1004"),
)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A message of ours: how its statuses name it."""

    wamid: str
    callback: str = ""
    wa_id: str = field(default=PEOPLE[0].wa_id)


Draw = Callable[[st.SearchStrategy[Any]], Any]


@st.composite
def histories(draw: Draw, *, sent: tuple[Sent, ...]) -> list[Thing]:
    """Up to ``MOST`` things, in the order in which they happened.

    A status is told of a message once, so its second telling is the same to the letter.
    """
    kinds = st.sampled_from((*("message",) * 4, *("status",) * 5, *_RARER))
    things: dict[object, Thing] = {}
    for place, kind in enumerate(draw(st.lists(kinds, min_size=2, max_size=MOST))):
        thing = _MAKERS[kind](draw, BEGINNING + 60 * place, place, sent)
        things.setdefault(_identity(thing, place), thing)
    return list(things.values())


def _identity(thing: Thing, place: int) -> object:
    if thing.listed != "statuses":
        return place
    element = thing.element
    return element["id"], element["status"], str(element.get("errors"))


def _target(sent: tuple[Sent, ...]) -> st.SearchStrategy[str]:
    """The wamid of a message of ours, or of whatever else is told in a history, perhaps later."""
    return st.sampled_from([*(each.wamid for each in sent), *map(_wamid, range(MOST))])


def _wamid(place: int) -> str:
    return f"wamid.IN{place}"


def _message(draw: Draw, at: int, place: int, sent: tuple[Sent, ...]) -> Thing:
    person = draw(st.sampled_from(PEOPLE))
    kinds = ("text", "image", "button", "system", "edit", "revoke", "future")
    kind = draw(st.sampled_from(kinds))
    element = {
        **person.ids("from", "from_user_id"),
        "id": _wamid(place),
        "timestamp": str(at),
        "type": kind,
        **_bodies(place, target=draw(_target(sent)))[kind],
    }
    if draw(st.booleans()):
        element["context"] = {"id": draw(_target(sent))}
    if draw(st.integers(0, 9)) == 0:
        element["group_id"] = "Y2FwaV9ncm91cA"
    number = draw(st.sampled_from((NUMBER,) * 9 + (OTHER_NUMBER,)))
    return Thing(
        field="messages",
        listed="messages",
        element=element,
        contact=person.contact(),
        number=number,
        time=at,
    )


def _bodies(place: int, *, target: str) -> dict[str, dict[str, Any]]:
    return {
        "text": {"text": {"body": f"Mesajul {place} ăîâ \u0000"}},
        "image": {"image": {"id": f"9{place:014d}", "mime_type": "image/jpeg"}},
        "button": {"button": {"payload": "da", "text": "Da"}},
        "system": {"system": {"type": "customer_identity_changed", "body": "s-a schimbat"}},
        "edit": {"edit": {"original_message_id": target, "message": {"type": "text"}}},
        "revoke": {"revoke": {"original_message_id": target}},
        "future": {"future": {"x": place}},
    }


def _reaction(draw: Draw, at: int, place: int, sent: tuple[Sent, ...]) -> Thing:
    person = draw(st.sampled_from(PEOPLE))
    emoji = draw(st.sampled_from(("👍", "❤️", "")))
    reaction = {"message_id": draw(_target(sent)), "emoji": emoji}
    element = {
        **person.ids("from", "from_user_id"),
        "id": _wamid(place),
        "timestamp": str(at),
        "type": "reaction",
        "reaction": reaction,
    }
    return Thing(
        field="messages", listed="messages", element=element, contact=person.contact(), time=at
    )


def _echo(draw: Draw, at: int, place: int, sent: tuple[Sent, ...]) -> Thing:
    """What the shop wrote in the phone app: words, a new wording, a deletion; perhaps an answer."""
    person = draw(st.sampled_from(PEOPLE))
    kind = draw(st.sampled_from(("text", "edit", "revoke")))
    element = {
        **person.ids("to", "to_user_id"),
        "from": "40300000000",
        "id": _wamid(place),
        "timestamp": str(at),
        "type": kind,
        **_bodies(place, target=draw(_target(sent)))[kind],
    }
    if draw(st.booleans()):
        element["context"] = {"id": draw(_target(sent))}
    return Thing(
        field="smb_message_echoes",
        listed="message_echoes",
        element=element,
        contact=person.contact(),
        time=at,
    )


def _status(draw: Draw, at: int, place: int, sent: tuple[Sent, ...]) -> Thing:
    """Of any message, in any order, also before it happened by the clock of another server."""
    message = draw(st.sampled_from(sent))
    word = draw(st.sampled_from(("sent", "delivered", "read", "failed", "played")))
    element: dict[str, Any] = {
        "id": message.wamid,
        "status": word,
        "timestamp": str(at + draw(st.sampled_from((0, -60, -600)))),
        "recipient_id": message.wa_id,
    }
    if message.callback:
        element["biz_opaque_callback_data"] = message.callback
    if word == "failed":
        code = draw(st.sampled_from((131026, 131047, 131050, 130472)))
        element["errors"] = [{"code": code, "title": f"Error {code}"}]
    elif draw(st.booleans()):
        element["pricing"] = {"category": "utility", "type": "regular"}
    return Thing(field="messages", listed="statuses", element=element, time=at)


def _wish(draw: Draw, at: int, place: int, sent: tuple[Sent, ...]) -> Thing:
    person = draw(st.sampled_from(PEOPLE))
    element = {
        **person.ids("wa_id", "user_id"),
        "category": "marketing_messages",
        "value": draw(st.sampled_from(("stop", "resume"))),
        "timestamp": BEGINNING + draw(st.integers(0, 2)),  # often in the same second
    }
    return Thing(
        field="user_preferences",
        listed="user_preferences",
        element=element,
        contact=person.contact(),
    )


def _template(draw: Draw, at: int, place: int, sent: tuple[Sent, ...]) -> Thing:
    name = {f"message_template_{key}": value for key, value in TEMPLATE.items()}
    told = draw(
        st.sampled_from(
            (
                ("message_template_status_update", {"event": "APPROVED", "reason": "NONE"}),
                ("message_template_status_update", {"event": "REJECTED", "reason": "SCAM"}),
                ("message_template_status_update", {"event": "PAUSED"}),
                ("message_template_quality_update", {"new_quality_score": "RED"}),
                ("message_template_quality_update", {"new_quality_score": "GREEN"}),
                ("template_category_update", {"new_category": "MARKETING"}),
                ("template_category_update", {"new_category": "UTILITY"}),
            )
        )
    )
    field_name, value = told
    time = BEGINNING + draw(st.integers(0, 2))  # often in the same second
    return Thing(field=field_name, element={**name, **value}, time=time)


_RARER = ("reaction", "echo", "wish", "template")
_MAKERS = {
    "echo": _echo,
    "message": _message,
    "reaction": _reaction,
    "status": _status,
    "wish": _wish,
    "template": _template,
}
