import pytest

from whatsapp.domain.template import required_params
from whatsapp.domain.template_texts import with_texts

SAMPLE = {"body_text_named_params": [{"param_name": "customer", "example": "Ana"}]}
BODY = {"type": "BODY", "text": "Bună, {{customer}}!", "example": SAMPLE}
HEADER = {"type": "HEADER", "format": "TEXT", "text": "Comandă"}
PICTURE = {"type": "HEADER", "format": "IMAGE"}
FOOTER = {"type": "FOOTER", "text": "Cypher"}
BUTTONS = {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Da"}]}


@pytest.mark.parametrize(
    ("known", "told", "parts"),
    [
        ([BODY], {"BODY": "Salut, {{customer}}!"}, [{**BODY, "text": "Salut, {{customer}}!"}]),
        ([BODY], {"BODY": "Salut, {{name}}!"}, [{"type": "BODY", "text": "Salut, {{name}}!"}]),
        ([HEADER, BODY, FOOTER], {"BODY": BODY["text"]}, [BODY]),
        ([PICTURE, BODY], {"BODY": BODY["text"]}, [PICTURE, BODY]),
        ([PICTURE, BODY], {"BODY": BODY["text"], "HEADER": "Comandă"}, None),
        ([BODY, BUTTONS], {"BODY": BODY["text"]}, [BODY, BUTTONS]),
        ([BODY], {"FOOTER": "Cypher"}, [BODY, FOOTER]),
        (
            [BODY, BUTTONS],
            {"BUTTONS": [{"type": "URL", "url": "https://shop.example/{{1}}"}]},
            [
                BODY,
                {
                    "type": "BUTTONS",
                    "buttons": [{"type": "URL", "url": "https://shop.example/{{1}}"}],
                },
            ],
        ),
        ([], {}, []),
    ],
)
def test_texts_take_their_places(known, told, parts):
    expected = [HEADER, BODY] if parts is None else parts

    assert with_texts(known, told) == expected


def test_new_variables_are_what_a_send_needs():
    told = {"BODY": "Salut, {{name}}, {{day}}!", "BUTTONS": [{"type": "URL", "url": "x/{{1}}"}]}

    assert required_params(with_texts([BODY], told)).keys == ("name", "day", "button.0")
