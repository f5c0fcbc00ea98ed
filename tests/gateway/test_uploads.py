"""The form of an upload: exactly as long as announced, and never whole in memory."""

from __future__ import annotations

import io

import pytest

from tests.gateway.conftest import answer
from whatsapp.domain.retry import FailureClass
from whatsapp.gateway.client import CloudApiGateway
from whatsapp.gateway.uploads import BLOCK, FileForm
from whatsapp.ports import Credentials, GatewayError

CREDENTIALS = Credentials(phone_number_id="555", token="token")


class Watched(io.BytesIO):
    """A file that remembers the largest piece anybody asked of it."""

    largest = 0

    def read(self, size=-1):
        self.largest = max(self.largest, len(self.getvalue()) if size is None or size < 0 else size)
        return super().read(size)


def form(file, *, size) -> FileForm:
    return FileForm(file=file, size=size, mime_type="application/pdf", filename="f.pdf")


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_form_is_as_long_as_it_says(size):
    made = form(io.BytesIO(b"x" * size), size=size)

    body = b"".join(made)

    assert len(body) == len(made)
    assert body.count(b"x" * size) >= 1
    assert body.endswith(f"\r\n--{made.content_type.partition('boundary=')[2]}--\r\n".encode())


def test_name_that_would_break_the_header_is_escaped():
    made = FileForm(file=io.BytesIO(b"x"), size=1, mime_type="a/b", filename='a"\r\nX: y.pdf')

    assert b'filename="a%22%0D%0AX: y.pdf"' in b"".join(made)


def test_file_is_read_in_blocks_while_it_leaves(settings, server):
    settings.WHATSAPP = {**settings.WHATSAPP, "GRAPH_URL": server.url}
    server.steps = [answer({"id": "900"})]
    data = b"0123456789abcdef" * (512 * 1024)
    file = Watched(data)

    media_id = CloudApiGateway().upload_media(
        file=file,
        size=len(data),
        mime_type="video/mp4",
        filename="v.mp4",
        credentials=CREDENTIALS,
    )

    [(head, body)] = server.requests
    assert media_id == "900"
    assert data in body
    assert f"content-length: {len(body)}".encode() in head.lower()
    assert b"transfer-encoding" not in head.lower()
    assert file.largest == BLOCK


@pytest.mark.parametrize("size", [8, 12])
def test_file_of_another_size_than_announced_is_no_success(settings, server, size):
    settings.WHATSAPP = {**settings.WHATSAPP, "GRAPH_URL": server.url}
    server.steps = [answer({"id": "900"})]

    with pytest.raises(GatewayError) as caught:
        CloudApiGateway().upload_media(
            file=io.BytesIO(b"0123456789"),
            size=size,
            mime_type="video/mp4",
            filename="v.mp4",
            credentials=CREDENTIALS,
        )

    assert caught.value.failure.failure_class is FailureClass.AMBIGUOUS
