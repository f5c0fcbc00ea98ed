"""The newest 50 messages with a word in them, however common it is, beside ``icontains``."""

from __future__ import annotations

from statistics import median

from bench import reading, seeded
from bench.figures import Figure, at_least, at_most, noted
from bench.system import System
from whatsapp.models import Message
from whatsapp.services.dialogue import conversation_search, message_search

PAGE = 50
# the last is at the end of what people speak of; see whatsapp.management.seed_texts
WORDS = {"common": "comanda", "middling": "bec", "rare": "dolomita", "two": "motor garantie"}
SLOWLY = 3  # rounds of icontains, which takes seconds


def run(_: System) -> list[Figure]:
    """Milliseconds of the service, which reads the rows, too."""
    seeded.fill()
    rows = Message.objects.standing().select_related("media")
    found = []
    for name, word in WORDS.items():
        times = reading.timed(
            lambda word=word: message_search.newest(rows=rows, text=word, limit=PAGE)
        )
        ours = median(times)
        found.append(at_most(f"search_word_{name}", ours, "ms", goal=10))
        found.append(noted(f"search_word_{name}_p95", reading.percentile(times, 95), "ms"))
        if name == "rare":
            found.append(_beside(rows, ours))
    inbox = reading.timed(lambda: _conversations(WORDS["middling"]), rounds=20)
    return [*found, noted("search_word_conversations", median(inbox), "ms")]


def _beside(rows, ours: float) -> Figure:  # type: ignore[no-untyped-def]
    """As lists are searched without an index; for whoever types the diacritics."""
    word = rows.filter(message_text__icontains="dolomită").order_by("-pk")
    slow = median(reading.timed(lambda: list(word[:PAGE]), rounds=SLOWLY))
    against = f"icontains, in ms: {slow:,.0f}"
    return at_least(
        "search_word_icontains", slow / ours, "×", goal=100, ratio=slow / ours, against=against
    )


def _conversations(text: str) -> object:
    rows = conversation_search.matching(rows=seeded.inbox(), words=text)
    return list(rows.order_by("-last_message_at", "-id")[:PAGE])
