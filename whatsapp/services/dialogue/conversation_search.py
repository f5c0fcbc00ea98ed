"""Find conversations by what people remember: a name, a number, something that was said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Q, Value

from whatsapp import wiring
from whatsapp.domain.phone import digits
from whatsapp.models import Contact, Message
from whatsapp.models.conversation import ConversationQuerySet
from whatsapp.models.words import Fold, Person
from whatsapp.services.dialogue import message_search, search_words
from whatsapp.services.dialogue.search_words import Wanted
from whatsapp.services.dialogue.veiled_words import Reads

SHORTEST_NUMBER = 4  # digits; less would match nearly every phone
MOST_HITS = 500  # of the newest messages that hold the words; and of people
_WITHIN, _BEGINNING = 3, 2  # letters that are looked for inside of names, and where one begins


def matching(
    *, rows: ConversationQuerySet, words: str, reads: Reads | None = None
) -> ConversationQuerySet:
    """Keep those whose person or messages hold the words, without regard to case and diacritics.

    Of the messages in these rows the newest 500 that hold them count, of people 500.
    An order's number is found in the notice that told it, an edited message by each of its
    wordings, a deleted one by none. ``reads`` is how who asks is shown a text, where numbers are
    veiled: what is veiled finds no message, and no digits find a person, since part after part they
    would tell the number.
    """
    wanted = search_words.wanted(text=words)
    spoken = _spoken(rows, wanted, reads) if wanted.is_there or wanted.begun else ()
    people = _people(search_words.typed(text=words), by_phone=reads is None)
    return rows.filter(Q(contact__in=people) | Q(pk__in=set(spoken)))


def _spoken(rows: ConversationQuerySet, wanted: Wanted, reads: Reads | None) -> list[int]:
    said = Message.objects.standing().filter(conversation__in=rows.order_by().values("pk"))
    found = said.values_list("conversation_id", flat=True)
    return message_search.answering(rows=found, wanted=wanted, limit=MOST_HITS, reads=reads)


def _people(text: str, *, by_phone: bool) -> list[int]:
    """Find contacts by name as WhatsApp and the ERP have it, and by part of their number."""
    words = [word for word in search_words.in_text(text=text) if len(word) >= _BEGINNING]
    if not by_phone:
        # ² and ½ too: folded, they are digits
        words = [word for word in words if not any(map(str.isnumeric, word))]
    number = digits(text).lstrip("0") if by_phone else ""  # 0722… is +40722…
    match = Q(person__contains=number) if len(number) >= SHORTEST_NUMBER else Q()
    if not (match and text.isdecimal()):
        match |= _named(words)
    if not match:
        return []
    people = Contact.objects.alias(person=Person("profile_name", "username", "phone", "wa_id"))
    found = people.filter(match).order_by("-pk").values_list("pk", flat=True)[:MOST_HITS]
    return [*found, *_customers(" ".join(words))]


def _customers(text: str) -> Iterable[int]:
    """Contacts of the ERP's customers who are called so; a number is no name."""
    if not any(map(str.isalpha, text)):
        return ()
    found = wiring.customer_directory().search(text, limit=MOST_HITS)
    theirs = Contact.objects.filter(customer__in=list(found)).order_by("-pk")
    return theirs.values_list("pk", flat=True)[:MOST_HITS]


def _named(words: Sequence[str]) -> Q:
    match = Q()
    for word in words:
        part = word if len(word) >= _WITHIN else f" {word}"
        match &= Q(person__contains=Fold(Value(part)))
    return match
