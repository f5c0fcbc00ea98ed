"""Histories of people whose identifiers move, drawn at random."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

NUMBERS = [f"4071200000{n}" for n in range(3)]
MOST = 9  # words in a history


class Word(NamedTuple):
    """What Meta shows in a second, and who that is from then on, if it says so."""

    at: int
    wa_id: str
    bsuid: str
    to_wa_id: str = ""
    to_bsuid: str = ""

    @property
    def is_move(self) -> bool:
        return bool(self.to_wa_id or self.to_bsuid)

    @property
    def names_bsuid(self) -> bool:
        return bool(self.bsuid or self.to_bsuid)


class Told(NamedTuple):
    """A word in its place; ``by`` says whether a message tells it or a ``user_id_update``."""

    word: Word
    place: int
    by: str = "message"

    @property
    def wamid(self) -> str:
        return f"wamid.{self.place}"


def bsuid_of(person: int, moves: int) -> str:
    return f"RO.{person}{moves}"


def person_of(word: Word) -> str:
    """Whom a word names: all BSUIDs of one person begin alike."""
    return (word.bsuid or word.to_bsuid)[:4]


@st.composite
def histories(draw) -> list[Told]:
    """Words about three people and three numbers, whoever has them by then; often in one second."""
    at, history, moves = 0, [], [0, 0, 0]
    moved_at: dict[int, int] = {}
    kinds = ("both", "both", "bsuid", "number", "system", "update", "silent_id", "same_id")
    for place, kind in enumerate(draw(st.lists(st.sampled_from(kinds), max_size=MOST))):
        at += draw(st.integers(0, 1))
        n = draw(st.integers(0, 2))
        wa_id, new = draw(st.sampled_from(NUMBERS)), draw(st.sampled_from(NUMBERS))
        bsuid = bsuid_of(n, moves[n])
        if kind in ("both", "bsuid", "number"):
            shown = "" if kind == "bsuid" else wa_id, "" if kind == "number" else bsuid
            history.append(Told(Word(at, *shown), place))
            continue
        if moved_at.get(n) == at:  # nobody moves twice in a second
            at += 1
        moved_at[n] = at
        new = new if new != wa_id else NUMBERS[NUMBERS.index(wa_id) - 1]
        if kind == "same_id":
            history.append(Told(Word(at, wa_id, bsuid, new), place))
            continue
        moves[n] += 1
        after = bsuid_of(n, moves[n])
        if kind == "system":
            history.append(Told(Word(at, wa_id, bsuid, new, after), place))
        else:
            shown_new = new if kind == "update" else ""
            history.append(Told(Word(at, "", bsuid, shown_new, after), place, by="update"))
    return history


@st.composite
def steady(draw) -> list[Told]:
    """Words of people whose numbers nobody else ever has, each at a second of its own."""
    history = []
    numbers, moves = [0, 0, 0], [0, 0, 0]
    kinds = ("both", "both", "bsuid", "number", "number", "system", "same_id", "bare")
    for at, kind in enumerate(draw(st.lists(st.sampled_from(kinds), max_size=MOST))):
        n = draw(st.integers(0, 2))
        wa_id, bsuid = f"4071200{n}00{numbers[n]}", bsuid_of(n, moves[n])
        if n == 2:  # who never shows a BSUID
            kind = {"both": "number", "bsuid": "number", "system": "bare", "same_id": "bare"}.get(
                kind, kind
            )
        if kind in ("both", "bsuid", "number"):
            shown = "" if kind == "bsuid" else wa_id, "" if kind == "number" else bsuid
            history.append(Told(Word(at, *shown), at))
            continue
        numbers[n] += 1
        moves[n] += kind == "system"
        after = bsuid_of(n, moves[n]) if kind == "system" else ""
        before = "" if kind == "bare" else bsuid
        history.append(Told(Word(at, wa_id, before, f"4071200{n}00{numbers[n]}", after), at))
    return history
