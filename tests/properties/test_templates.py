"""What the linter passes, Meta takes; what Meta refuses, the linter tells.

Meta is the simulator here, which has its own reading of Meta's pages.
"""

from __future__ import annotations

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tests.properties.drawing import drawn
from whatsapp.domain.template_linter import validate
from whatsapp.simulator.errors import GraphError
from whatsapp.simulator.template_rules import check_new

WORDS = st.sampled_from(
    [
        *[
            "Comanda",
            "dvs.",
            "a",
            "plecat",
            "azi",
            "–",
            "don't",
            "{{1}}",
            "{{2}}",
            "{{3}}",
            "{{customer}}",
            "{{order_no}}",
        ],
        *["{{", "}}", "{{}}", "{{0}}", "{{Customer}}"],
        *("{{a b}}", "\n", "\t", "x" * 30),
    ]
)
TEXTS = st.lists(WORDS, max_size=14).map(" ".join) | st.lists(WORDS, max_size=6).map("".join)
SAMPLES = st.sampled_from(["Ana", "", " ", "SO-1", "a\nb"])
NAMES = st.sampled_from(["customer", "order_no", "1", "2", "Customer"])


def lists(each, **sizes):
    return st.lists(each, max_size=3, **sizes)


EXAMPLES = st.fixed_dictionaries(
    {},
    optional={
        "body_text": lists(SAMPLES) | lists(lists(SAMPLES), min_size=1),
        "header_text": lists(SAMPLES),
        "body_text_named_params": lists(
            st.fixed_dictionaries({"param_name": NAMES, "example": SAMPLES})
        ),
        "header_text_named_params": lists(
            st.fixed_dictionaries({"param_name": NAMES, "example": SAMPLES})
        ),
        "header_handle": st.sampled_from([["4::x"], [""], []]),
    },
)
URLS = st.sampled_from(
    [
        *[
            "https://a.example/",
            "https://a.example/{{1}}",
            "https://a.example/{{1}}/x",
            "a.example",
        ],
        *["https://a.example/{{x}}", "https://a.example/{{1}}{{2}}"],
        *("https://a.example/a b", ""),
    ]
)
BUTTONS = st.fixed_dictionaries(
    {"type": st.sampled_from(["URL", "PHONE_NUMBER", "QUICK_REPLY", "COPY_CODE", "OTP", "FLOW"])},
    optional={
        "text": st.sampled_from(["Da", "Nu", "Vezi", "", "x" * 26, "{{1}}"]),
        "url": URLS,
        "phone_number": st.sampled_from(["+40312345678", "", "suna", "+" + "1" * 21]),
        "example": st.sampled_from(["TEN", ["TEN"], [], "x" * 21]),
        "otp_type": st.sampled_from(["COPY_CODE", "ONE_TAP", "OTHER"]),
    },
)
HEADERS = st.fixed_dictionaries(
    {"type": st.just("HEADER")},
    optional={
        "format": st.sampled_from(["TEXT", "IMAGE", "LOCATION", "GIF", "DOCUMENT"]),
        "text": TEXTS,
        "example": EXAMPLES,
    },
)
BODIES = st.fixed_dictionaries({"type": st.just("BODY"), "text": TEXTS, "example": EXAMPLES})
FOOTERS = st.fixed_dictionaries(
    {"type": st.just("FOOTER"), "text": TEXTS},
    optional={"code_expiration_minutes": st.integers(0, 91)},
)
ROWS = st.fixed_dictionaries({"type": st.just("BUTTONS"), "buttons": st.lists(BUTTONS, max_size=4)})
TEMPLATES = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["order_shipped", "Order", ""]) | st.just("order"),
        "language": st.sampled_from(["ro", "en_US", "ro_RO", "romanian"]),
        "category": st.sampled_from(["UTILITY", "MARKETING", "AUTHENTICATION", "NEWS"]),
        "parameter_format": st.sampled_from(["NAMED", "POSITIONAL"]),
        "components": st.tuples(
            st.lists(HEADERS, max_size=1),
            st.lists(BODIES, min_size=1, max_size=1) | st.lists(BODIES, max_size=2),
            st.lists(FOOTERS, max_size=1),
            st.lists(ROWS, max_size=1),
        ).map(lambda parts: [one for part in parts for one in part]),
    }
)


SOUND_TEXT = "Bună ziua, {{customer}}! Comanda {{order_no}} a plecat azi din depozitul nostru."
SOUND_SAMPLES = [
    {"param_name": "customer", "example": "Ana"},
    {"param_name": "order_no", "example": "SO-1"},
]


def nearly_sound(parts):
    """A sound template with one or two parts of chance: most are sound, or have one fault."""
    header, footer, buttons = parts
    body = {
        "type": "BODY",
        "text": SOUND_TEXT,
        "example": {"body_text_named_params": SOUND_SAMPLES},
    }
    return {
        "name": "order_shipped",
        "language": "ro",
        "category": "UTILITY",
        "parameter_format": "NAMED",
        "components": [*header, body, *footer, *buttons],
    }


def parts_of(sound, chance):
    """Nothing, a sound part, or one of chance."""
    return st.sampled_from([[], [sound], [sound]]) | st.lists(chance, max_size=1)


NEARLY = st.tuples(
    parts_of({"type": "HEADER", "format": "TEXT", "text": "Comanda"}, HEADERS),
    parts_of({"type": "FOOTER", "text": "Magazinul nostru"}, FOOTERS),
    parts_of({"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Da"}]}, ROWS),
).map(nearly_sound)


@settings(**drawn(usually=300), suppress_health_check=list(HealthCheck))
@given(NEARLY | TEMPLATES)
def test_what_meta_refuses_the_linter_tells(template):
    problems, refusal = validate(**template), refusal_of(template)

    event("refused" if refusal else "told alone" if problems else "taken")
    assert problems or not refusal, f"the linter passes what is refused: {refusal}"


def refusal_of(template):
    try:
        check_new(template)
    except GraphError as error:
        return str(error)
    return ""
