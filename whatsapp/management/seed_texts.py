"""What seeded people say: three languages, words as often as a shop hears them, by the dice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from random import Random
from typing import NamedTuple

LANGUAGES = ("ro", "hu", "en")
_SHARES = (0.70, 0.88, 1.0)  # of conversations, one on top of the other
_NAMES_THING = 0.3  # of the customers' messages


def _words(text: str) -> list[str]:
    return text.split()


_FIRST = _words(
    "Ana Andrei Maria Ion Elena Mihai Ioana Ștefan Cristina Gheorghe Raluca Vlad Ilona László "
    "Zsófia István Éva Béla Katalin Gábor Țvetana Sânziana Bogdan Mădălina"
)
_LAST = _words(
    "Popescu Ionescu Stănescu Dumitrescu Mureșan Țurcanu Brâncoveanu Nagy Kovács Szabó Tóth "
    "Horváth Molnár Lupu Rusu Câmpeanu Șerban Văcărescu Gheorghiu Bălan Fülöp Kőrösi Popa Marin"
)
# The first are spoken of most, the last hardly ever
_THINGS = _words(
    "cablu bec priză lampă ventilator întrerupător prelungitor baterie încărcător senzor doză "
    "siguranță contor panou releu motor pompă filtru garnitură robinet țeavă cot mufă adaptor "
    "transformator proiector plafonieră veioză aplică lustră dimmer termostat calorifer convector "
    "boiler centrală hotă aspirator bormașină șurubelniță clește ciocan ruletă nivelă flex "
    "fierăstrău polizor compresor generator invertor acumulator redresor multimetru cositor pistol "
    "silicon vopsea pensulă trafaletă glet adeziv gresie faianță parchet plintă ușă balama "
    "broască yală cilindru lacăt lanț scripete palan macara troliu roabă lopată hârleț greblă "
    "foarfecă stropitoare furtun aspersor motocoasă drujbă tocător despicător butuc șindrilă "
    "burlan jgheab dolomită"
)
_WEIGHTS = list(accumulate(1 / (rank + 1) ** 1.1 for rank in range(len(_THINGS))))


class Phrases(NamedTuple):
    """The sentences of a language; ``{order}`` and ``{name}`` are filled in."""

    notices: Sequence[str]
    asked: Sequence[str]
    answered: Sequence[str]
    thanked: Sequence[str]
    about: str


_PHRASES: Mapping[str, Phrases] = {
    "ro": Phrases(
        notices=(
            "Bună ziua, {name}! Am confirmat comanda {order}. Vă anunțăm când pleacă.",
            "Bună ziua, {name}! Comanda {order} a plecat spre dumneavoastră prin curier.",
            "Bună ziua, {name}! Comanda {order} a fost livrată. Vă mulțumim!",
        ),
        asked=(
            "Bună ziua, unde este comanda mea?",
            "Când ajunge coletul? Curierul nu m-a sunat.",
            "Aș vrea să schimb adresa de livrare pentru {order}.",
            "Mai aveți pe stoc?",
            "Cât costă transportul la Cluj?",
            "Vreau să returnez produsul, nu merge.",
            "Ce garanție are?",
            "Îmi puteți trimite factura pe firmă?",
            "Pot plăti cu cardul la livrare?",
            "Am primit alt produs decât cel comandat.",
            "Se poate ridica din magazin sâmbătă?",
            "Aveți o ofertă pentru cantitate mai mare?",
            "Coletul a venit deteriorat, ce facem?",
            "La ce oră închideți?",
            "Bună, e gata comanda {order}?",
            "Anulați vă rog comanda, am greșit modelul.",
        ),
        answered=(
            "Bună ziua, {name}! Verific imediat și revin.",
            "Comanda {order} ajunge mâine între orele 10 și 14.",
            "Da, este pe stoc. Doriți să o punem deoparte?",
            "Am trimis factura pe email.",
            "Ne pare rău pentru neplăcere. Trimitem curierul să ridice produsul.",
            "Garanția este de 24 de luni, cu factura.",
            "Am schimbat adresa. Mai putem ajuta cu ceva?",
            "Transportul este gratuit peste 300 lei.",
        ),
        thanked=("Mulțumesc!", "Ok, mulțumesc frumos", "Perfect 👍", "Bine, aștept.", "Super"),
        about="Este vorba de {thing}.",
    ),
    "hu": Phrases(
        notices=(
            "Jó napot, {name}! A {order} rendelését visszaigazoltuk.",
            "Jó napot, {name}! A {order} rendelése úton van a futárral.",
            "Jó napot, {name}! A {order} rendelését kézbesítettük. Köszönjük!",
        ),
        asked=(
            "Jó napot, hol van a rendelésem?",
            "Mikor érkezik a csomag?",
            "Szeretném módosítani a szállítási címet.",
            "Van még raktáron?",
            "Mennyi a szállítás Kolozsvárra?",
            "Mennyi a jótállás?",
            "Sérülten érkezett a csomag.",
        ),
        answered=(
            "Jó napot, {name}! Utánanézek és jelentkezem.",
            "A {order} rendelés holnap érkezik 10 és 14 óra között.",
            "Igen, van raktáron.",
            "Elnézést kérünk a kellemetlenségért.",
        ),
        thanked=("Köszönöm!", "Rendben, köszönöm szépen", "Szuper 👍"),
        about="Erről van szó: {thing}.",
    ),
    "en": Phrases(
        notices=(
            "Hello {name}! We have confirmed order {order}.",
            "Hello {name}! Order {order} is on its way with the courier.",
            "Hello {name}! Order {order} has been delivered. Thank you!",
        ),
        asked=(
            "Hi, where is my order?",
            "When will the parcel arrive?",
            "Can I change the delivery address?",
            "Is it still in stock?",
            "I would like to return it, please.",
            "Could you send me the invoice?",
        ),
        answered=(
            "Hello {name}! Let me check and come back to you.",
            "Order {order} arrives tomorrow between 10 and 14.",
            "Yes, it is in stock.",
            "We are sorry for the trouble.",
        ),
        thanked=("Thank you!", "Great, thanks", "Perfect 👍"),
        about="It is about the {thing}.",
    ),
}


class Voice:
    """Says things by the dice it is given: the same dice say the same."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice

    def name(self) -> str:
        return f"{self._dice.choice(_FIRST)} {self._dice.choice(_LAST)}"

    def language(self) -> str:
        thrown = self._dice.random()
        return next(
            language for language, share in zip(LANGUAGES, _SHARES, strict=True) if thrown < share
        )

    def notice(self, *, language: str, name: str, order: str) -> str:
        return self._dice.choice(_PHRASES[language].notices).format(name=name, order=order)

    def question(self, *, language: str, order: str) -> str:
        """What a customer asks, at times by the name of a thing."""
        phrases = _PHRASES[language]
        text = self._dice.choice(phrases.asked).format(order=order)
        if self._dice.random() < _NAMES_THING:
            (thing,) = self._dice.choices(_THINGS, cum_weights=_WEIGHTS)
            text = f"{text} {phrases.about.format(thing=thing)}"
        return text

    def answer(self, *, language: str, name: str, order: str) -> str:
        return self._dice.choice(_PHRASES[language].answered).format(name=name, order=order)

    def thanks(self, *, language: str) -> str:
        return self._dice.choice(_PHRASES[language].thanked)
