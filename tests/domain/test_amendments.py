"""Reactions, edits and deletions give one end state, in whatever order they came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from whatsapp.domain.amendments import UNTOUCHED, Amendment, Change, Reaction, Wording, fold

T0 = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OURS, THEIRS = "SENT", "RECEIVED"


def said(change: Change, text: str = "", *, after: int = 0, by: str = THEIRS, wamid: str = "w"):
    return Amendment(
        change=change, direction=by, at=T0 + timedelta(seconds=after), wamid=wamid, text=text
    )


def reacted(emoji: str, **more) -> Amendment:
    return said(Change.REACTION, emoji, **more)


def edited(text: str, **more) -> Amendment:
    return said(Change.EDIT, text, **more)


def emojis(*amendments: Amendment) -> list[str]:
    return [reaction.emoji for reaction in fold(amendments, author=THEIRS).reactions]


def test_nothing_is_untouched():
    assert fold([], author=THEIRS) == UNTOUCHED
    assert UNTOUCHED.text("Bună") == "Bună"
    assert UNTOUCHED.earlier(Wording(text="Bună", at=T0)) == ()


def test_last_reaction_of_each_side_counts():
    found = fold(
        [reacted("❤️", after=2), reacted("👍", after=1), reacted("🙏", by=OURS)], author=THEIRS
    )

    assert found.reactions == (
        Reaction(emoji="❤️", direction=THEIRS, at=T0 + timedelta(seconds=2)),
        Reaction(emoji="🙏", direction=OURS, at=T0),
    )


def test_reaction_taken_back_is_gone_and_an_older_one_does_not_bring_it_back():
    assert emojis(reacted("👍", after=1), reacted("", after=2)) == []
    assert emojis(reacted("", after=2), reacted("👍", after=1)) == []
    assert emojis(reacted("", after=1), reacted("👍", after=2)) == ["👍"]


def test_same_second_is_decided_by_the_wamid():
    one, other = reacted("👍", wamid="a"), reacted("❤️", wamid="b")

    assert emojis(one, other) == emojis(other, one) == ["❤️"]


def test_last_wording_counts_and_the_earlier_are_kept():
    found = fold([edited("a treia", after=9), edited("a doua", after=5)], author=THEIRS)
    own = Wording(text="prima", at=T0)

    assert found.text("prima") == "a treia"
    assert [wording.text for wording in found.earlier(own)] == ["prima", "a doua"]


def test_deleted_message_says_nothing_whatever_was_edited():
    found = fold([said(Change.REVOKE, after=1), edited("altfel", after=2)], author=THEIRS)

    assert found.revoked_at == T0 + timedelta(seconds=1)
    assert found.text("prima") == ""
    assert found.earlier(Wording(text="prima", at=T0)) == ()


def test_nobody_edits_or_deletes_what_another_wrote():
    found = fold([edited("altfel", by=OURS), said(Change.REVOKE, by=OURS)], author=THEIRS)

    assert found == UNTOUCHED


AMENDMENTS = st.lists(
    st.builds(
        said,
        st.sampled_from(Change),
        st.sampled_from(["", "👍", "da", "nu"]),
        after=st.integers(0, 3),
        by=st.sampled_from([OURS, THEIRS]),
        wamid=st.uuids().map(str),
    ),
    max_size=8,
)


@given(AMENDMENTS, st.randoms())
def test_order_of_arrival_changes_nothing(amendments, chance):
    shuffled = list(amendments)
    chance.shuffle(shuffled)

    assert fold(shuffled, author=THEIRS) == fold(amendments, author=THEIRS)
