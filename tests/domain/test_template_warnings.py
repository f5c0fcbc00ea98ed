"""What Meta may take, but at a price: told, and no reason to refuse."""

import pytest

from whatsapp.domain.customer_texts import BODIES
from whatsapp.domain.template_linter import validate
from whatsapp.domain.template_warnings import promotional_words, warnings

PLAIN = {"type": "BODY", "text": "Comanda a plecat."}


def told(*components, language="ro", category="UTILITY"):
    found = warnings(language=language, category=category, components=components)
    assert all(problem.is_warning for problem in found)
    return [(problem.field, problem.code) for problem in found]


def body(text):
    return {"type": "BODY", "text": text}


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("Aveți o reducere de 10 % și transport gratuit.", "ro", ("reducere", "gratuit")),
        ("Profitați de ofertele noastre!", "ro", ("Profitați", "ofertele")),
        ("Get 10% discount, buy now. Discount!", "en", ("discount", "buy now", "Discount")),
        ("20% kedvezményt adunk, rendeljen most!", "hu", ("kedvezményt", "rendeljen most")),
        ("Black Friday", "en_US", ("Black Friday",)),
        ("Comanda a fost livrată.", "ro", ()),
        ("Your parcel is by the window, feel freely invited to win-ter.", "en", ("win",)),
        ("Your parcel leaves the dealer this winter.", "en", ()),
        ("Ofertă {{reducere}} nouă", "ro", ("Ofertă",)),
        ("Rabatt", "de", ()),
    ],
)
def test_promotional_words_are_found_as_they_are_written(text, language, words):
    assert promotional_words(text, language=language) == words


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("language", ["ro", "en", "hu"])
def test_no_ready_text_reads_as_promotional(name, language):
    assert promotional_words(BODIES[name][language], language=language) == ()


def test_promotion_is_a_warning_of_utility_alone():
    text = body("Aveți o reducere.")

    assert told(text) == [("body", "promotional")]
    assert told(text, category="MARKETING") == []
    assert told(text, category="AUTHENTICATION") == []


def test_promotion_is_found_in_every_part_and_its_words_are_told():
    components = (
        {"type": "HEADER", "format": "TEXT", "text": "Ofertă"},
        PLAIN,
        {"type": "FOOTER", "text": "Livrare gratuită"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Vreau reducerea"}]},
    )

    found = warnings(language="ro", category="UTILITY", components=components)

    assert [(p.field, p.values["words"]) for p in found] == [
        ("header", "Ofertă"),
        ("footer", "gratuită"),
        ("buttons.0", "reducerea"),
    ]
    assert found[0].message == ("Reads as promotional, so Meta may make it MARKETING: Ofertă.")


@pytest.mark.parametrize(
    ("components", "warning"),
    [
        (({"type": "HEADER", "text": "Comanda *nouă*"}, PLAIN), ("header", "header_marks")),
        (({"type": "HEADER", "text": "Comanda 📦"}, PLAIN), ("header", "header_marks")),
        ((body("Unu.\n\n\nDoi."),), ("body", "blank_lines")),
        ((body("🎉" * 11),), ("body", "many_emoji")),
        ((body("Comanda dumneavoastră aşteaptă."),), ("body", "cedilla")),
        ((body("Your OTP is here."),), ("category", "own_category")),
        (
            (
                {
                    "type": "HEADER",
                    "format": "IMAGE",
                    "example": {"header_handle": ["https://scontent.example/x.jpg"]},
                },
                PLAIN,
            ),
            ("header", "listed_sample"),
        ),
    ],
)
def test_what_costs_something_is_told(components, warning):
    assert told(*components) == [warning]


@pytest.mark.parametrize(
    "components",
    [
        (
            {"type": "HEADER", "text": "Comanda {{order_number}}"},
            PLAIN,
        ),
        (body("Unu.\n\nDoi."),),
        (body("🎉" * 10),),
        (body("Comanda dumneavoastră așteaptă, cu țintă."),),
        ({"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::a"]}}, PLAIN),
    ],
)
def test_what_costs_nothing_is_not_told(components):
    assert told(*components) == []


@pytest.mark.parametrize(
    ("button", "warning"),
    [
        ({"type": "QUICK_REPLY", "text": "Da 👍"}, [("buttons.0", "label_emoji")]),
        ({"type": "URL", "text": "Vezi", "url": "https://bit.ly/x"}, [("buttons.0", "short_url")]),
        ({"type": "URL", "text": "Vezi", "url": "https://magazin.ro/x"}, []),
        ({"type": "URL", "text": "Vezi", "url": "https://[x"}, []),
    ],
)
def test_buttons_that_cost_something_are_told(button, warning):
    assert told(PLAIN, {"type": "BUTTONS", "buttons": [button]}) == warning


def test_cedilla_is_a_fault_of_romanian_alone():
    assert told(body("aşteaptă"), language="tr") == []


def test_warning_refuses_nothing():
    text = body("Aveți o reducere.")
    given = {"name": "x", "language": "ro", "category": "UTILITY", "parameter_format": "NAMED"}

    assert validate(**given, components=[text]) == []
