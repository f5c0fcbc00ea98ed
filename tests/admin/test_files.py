"""Customers' files: downloads for agents, never pages of ours."""

import pytest
from django.core.files.base import ContentFile

from tests.factories import ConversationFactory, MessageFactory
from whatsapp.models import Media

pytestmark = pytest.mark.django_db
PAGE = b"<html><script>alert(1)</script></html>"


@pytest.fixture
def media(db) -> Media:
    message = MessageFactory(received=True, message_type="DOCUMENT")
    row = Media(
        message=message,
        number=message.number,
        media_id="1",
        mime_type="text/html",
        filename='factură "nouă".html',
        state="READY",
    )
    row.file.save("x", ContentFile(PAGE))
    return row


def test_file_comes_as_plain_bytes_to_keep(agent, at, media):
    answer = agent.get(at("desk_file", media.message.conversation, media))

    assert b"".join(answer.streaming_content) == PAGE
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"].startswith("private")


def test_picture_keeps_its_type_so_that_the_thread_can_show_it(agent, at, media):
    media.mime_type = "image/png"
    media.save()

    answer = agent.get(at("desk_file", media.message.conversation, media))
    page = agent.get(at("conversation_change", media.message.conversation)).content.decode()

    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"].startswith("attachment")
    assert f'<img src="{at("desk_file", media.message.conversation, media)}"' in page


def test_file_is_for_who_may_read_conversations(outsider, client, at, media):
    address = at("desk_file", media.message.conversation, media)

    assert outsider.get(address).status_code == 403
    assert client.get(address)["Location"].startswith("/admin/login/")


def test_file_is_found_in_its_own_conversation_only(agent, at, media):
    assert agent.get(at("desk_file", ConversationFactory(), media)).status_code == 404


def test_file_that_is_not_here_yet_is_not_found(agent, at, media):
    media.file = ""
    media.save()

    assert agent.get(at("desk_file", media.message.conversation, media)).status_code == 404


@pytest.mark.parametrize(
    ("wanted", "given", "told"),
    [
        ("bytes=6-12", PAGE[6:13], f"bytes 6-12/{len(PAGE)}"),
        ("bytes=6-", PAGE[6:], f"bytes 6-{len(PAGE) - 1}/{len(PAGE)}"),
        ("bytes=-7", PAGE[-7:], f"bytes {len(PAGE) - 7}-{len(PAGE) - 1}/{len(PAGE)}"),
        ("bytes=0-99999", PAGE, f"bytes 0-{len(PAGE) - 1}/{len(PAGE)}"),
    ],
)
def test_player_jumps_within_a_file(agent, at, media, wanted, given, told):
    answer = agent.get(
        at("desk_file", media.message.conversation, media), headers={"range": wanted}
    )

    assert b"".join(answer.streaming_content) == given
    assert (answer.status_code, answer["Content-Range"]) == (206, told)
    assert answer["Content-Length"] == str(len(given))
    assert answer["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("wanted", ["bytes=99-", "bytes=9-3", "bytes=-", "bytes=-0", "lines=1-2"])
def test_strange_part_is_the_whole_file(agent, at, media, wanted):
    answer = agent.get(
        at("desk_file", media.message.conversation, media), headers={"range": wanted}
    )

    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, PAGE)


@pytest.mark.parametrize("name", ["a.pdf\n", "\n", "\u202egpj.exe\r\n"])
def test_name_that_no_header_takes_keeps_nobody_from_the_file(agent, at, media, name):
    Media.objects.update(filename=name)

    answer = agent.get(at("desk_file", media.message.conversation, media))

    assert answer.status_code == 200
    assert not {"\n", "\r", "\u202e"} & set(answer["Content-Disposition"])
