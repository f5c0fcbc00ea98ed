import pytest

from whatsapp.domain.content import (
    Button,
    Buttons,
    Header,
    MediaKind,
    MediaMessage,
    TemplateCall,
    from_json,
    to_json,
)
from whatsapp.domain.content_files import AWAITED, with_file
from whatsapp.errors import ValidationError


def header_of(**file):
    return Header(kind=MediaKind.DOCUMENT, filename="a.pdf", **file)


def test_a_file_gets_its_id():
    kept = to_json(MediaMessage(kind=MediaKind.DOCUMENT, upload=7, caption="A", filename="a.pdf"))

    content = from_json(with_file(kept, media_id="99"))

    assert (content.media_id, content.upload, content.caption) == ("99", 0, "A")


def test_a_header_gets_its_id_and_the_buttons_stay():
    buttons = (Button(id="1", title="Da"),)
    kept = to_json(Buttons(body="?", buttons=buttons, header=header_of(upload=7)))

    content = from_json(with_file(kept, media_id="99"))

    assert content.header == header_of(media_id="99")
    assert content.buttons == buttons


def test_a_templates_header_gets_its_id_and_nothing_else_changes():
    body = {"type": "body", "parameters": [{"type": "text", "text": "0"}]}
    document = {"type": "document", "document": {"id": AWAITED, "filename": "a.pdf"}}
    header = {"type": "header", "parameters": [document]}
    kept = to_json(TemplateCall(name="a", language="ro", components=(header, body)))

    content = from_json(with_file(kept, media_id="99"))

    assert content.components[0]["parameters"][0]["document"] == {
        "id": "99",
        "filename": "a.pdf",
    }
    assert content.components[1] == body


def test_an_id_that_was_bad_is_replaced():
    kept = to_json(
        Buttons(body="?", buttons=(Button(id="1", title="a"),), header=header_of(media_id="98"))
    )

    assert from_json(with_file(kept, media_id="99")).header.media_id == "99"


def test_a_header_has_one_file():
    with pytest.raises(ValidationError):
        header_of(media_id="9", upload=7)
