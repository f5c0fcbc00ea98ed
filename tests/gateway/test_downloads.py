"""The token goes to Meta's hosts alone, and a file is no larger than allowed."""

from __future__ import annotations

import hashlib
import io
import tracemalloc

import pytest

from tests.gateway.conftest import answer
from whatsapp.domain.retry import FailureClass
from whatsapp.errors import MediaTooLargeError
from whatsapp.gateway import downloads
from whatsapp.gateway.client import CloudApiGateway
from whatsapp.gateway.transport import Bearer, Transport
from whatsapp.ports import Credentials, GatewayError

CREDENTIALS = Credentials(phone_number_id="555", token="secret-token")
FILE = b"\xff\xd8 demo picture"


@pytest.fixture
def media(server):
    """The host that keeps the files: another port than Graph's."""
    other = type(server)()
    yield other
    other.close()


@pytest.fixture
def gateway(settings, server):
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "GRAPH_URL": server.url.replace("127.0.0.1", "localhost"),
        "MEDIA_HOSTS": ("127.0.0.1",),
        "MEDIA_MAX_BYTES": 1000,
    }
    return CloudApiGateway()


def info(url, **more):
    return answer({"id": "900", "mime_type": "image/jpeg", "url": url, **more})


def fetch(gateway):
    """Download into memory; returns what came and the bytes."""
    into = io.BytesIO()
    download = gateway.download_media("900", into=into, credentials=CREDENTIALS)
    return download, into.getvalue()


def failure_of(gateway):
    with pytest.raises(GatewayError) as caught:
        fetch(gateway)
    return caught.value.failure


def test_file_is_fetched_by_a_fresh_address_with_the_token(gateway, server, media):
    server.steps = [info(f"{media.url}/attachments/?mid=900&hash=demo", file_size="17")]
    media.steps = [answer(FILE, headers="Content-Type: image/png\r\n")]

    download, data = fetch(gateway)

    assert (data, download.size) == (FILE, len(FILE))
    assert download.mime_type == "image/jpeg"
    assert download.sha256 == hashlib.sha256(FILE).hexdigest()
    assert server.requests[0][0].startswith(b"GET /v25.0/900?phone_number_id=555 ")
    head = media.requests[0][0]
    assert head.startswith(b"GET /attachments/?mid=900&hash=demo ")
    assert b"Authorization: Bearer secret-token" in head
    assert b"Accept-Encoding: identity" in head


def test_file_of_the_graph_host_itself_is_fetched(gateway, server):
    server.steps = [info(f"{server.url.replace('127.0.0.1', 'LOCALHOST')}/file"), answer(FILE)]

    assert fetch(gateway)[1] == FILE


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.2:{port}/x",
        "http://127.0.0.1.evil.example:{port}/x",
        "http://127.0.0.1@127.0.0.2:{port}/x",
        "http://127.0.0.2:{port}\\@127.0.0.1/x",
        "http://127.0.0.2:{port}#@127.0.0.1/x",
        "http://somebody:secret@127.0.0.1:{port}/x",
        "http://somebody@127.0.0.1:{port}/x",
        "ftp://127.0.0.1:{port}/x",
        "file:///etc/passwd",
        "//127.0.0.1:{port}/x",
        "http://[::1/x",
        "nonsense",
    ],
)
def test_no_other_host_sees_the_token(gateway, server, media, url):
    server.steps = [info(url.format(port=media.port))]

    failure = failure_of(gateway)

    assert failure.failure_class is FailureClass.FATAL_MESSAGE
    assert media.requests == []


def test_token_never_goes_over_plain_http_when_graph_is_encrypted(settings, media):
    settings.WHATSAPP = {**settings.WHATSAPP, "GRAPH_URL": "https://graph.example"}

    with pytest.raises(GatewayError):
        downloads.fetch(
            transport=Transport(),
            info={"url": f"{media.url}/x"},
            auth=Bearer("secret-token"),
            into=io.BytesIO(),
        )

    assert media.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "https://media.example:8443/x",
        "https://media.example:80/x",
        "https://me@media.example/x",
        "http://media.example/x",
        "http://media.example:443/x",
    ],
)
def test_encrypted_hosts_are_asked_at_their_own_port_only(settings, url):
    config = {"GRAPH_URL": "https://graph.example", "MEDIA_HOSTS": ("media.example",)}
    settings.WHATSAPP = {**settings.WHATSAPP, **config}

    with pytest.raises(GatewayError) as caught:
        downloads.fetch(
            transport=Transport(), info={"url": url}, auth=Bearer("t"), into=io.BytesIO()
        )

    assert caught.value.failure.title == "The media's address is not trusted"


def redirect(url):
    return answer(b"", status="302 Found", headers=f"Location: {url}\r\n")


def test_redirect_among_metas_hosts_is_followed(gateway, server, media):
    server.steps = [info(f"{media.url}/a")]
    media.steps = [redirect("/b"), answer(FILE)]

    assert fetch(gateway)[1] == FILE
    assert media.requests[1][0].startswith(b"GET /b ")


def test_redirect_elsewhere_is_not_followed(gateway, server, media):
    server.steps = [info(f"{media.url}/a")]
    media.steps = [redirect(f"http://127.0.0.2:{media.port}/b"), answer(FILE)]

    failure = failure_of(gateway)

    assert failure.failure_class is FailureClass.FATAL_MESSAGE
    assert len(media.requests) == 1


def test_redirects_end(gateway, server, media):
    server.steps = [info(f"{media.url}/a")]
    media.steps = [redirect("/a")] * 9

    failure_of(gateway)

    assert len(media.requests) == 3


def test_file_announced_as_too_large_is_not_asked_for(gateway, server, media):
    server.steps = [info(f"{media.url}/a", file_size="1001")]

    with pytest.raises(MediaTooLargeError):
        fetch(gateway)

    assert media.requests == []


@pytest.mark.parametrize("chunked", [False, True])
def test_file_that_comes_too_large_is_dropped(gateway, server, media, chunked):
    def endless(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.sendall((b"1000\r\n" + b"x" * 4096 + b"\r\n") * 64)
        return True

    server.steps = [info(f"{media.url}/a")]
    media.steps = [endless if chunked else answer(b"x" * 1001)]

    with pytest.raises(MediaTooLargeError):
        fetch(gateway)


def test_file_of_exactly_the_limit_is_taken(gateway, server, media):
    server.steps = [info(f"{media.url}/a", file_size="1000")]
    media.steps = [answer(b"x" * 1000)]

    assert fetch(gateway)[0].size == 1000


def test_large_file_is_never_in_memory_as_a_whole(gateway, settings, server, media, tmp_path):
    megabytes = 24

    def large(connection):
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {megabytes * 2**20}\r\n\r\n"
        connection.sendall(head.encode())
        for _ in range(megabytes):
            connection.sendall(b"x" * 2**20)
        return True

    settings.WHATSAPP = {**settings.WHATSAPP, "MEDIA_MAX_BYTES": megabytes * 2**20}
    server.steps = [info(f"{media.url}/a")]
    media.steps = [large]

    tracemalloc.start()
    with (tmp_path / "file").open("wb") as into:
        download = gateway.download_media("900", into=into, credentials=CREDENTIALS)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (tmp_path / "file").stat().st_size == download.size == megabytes * 2**20
    assert peak < 4 * 2**20  # the server's own megabyte is in it


def test_file_cut_short_is_no_file(gateway, server, media):
    def cut(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nxxx")
        return True

    server.steps = [info(f"{media.url}/a")]
    media.steps = [cut]

    assert failure_of(gateway).failure_class is FailureClass.AMBIGUOUS


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("403 Forbidden", FailureClass.FATAL_ACCOUNT),
        ("404 Not Found", FailureClass.AMBIGUOUS),  # the address is used up: a fresh one may do
        ("503 Later", FailureClass.AMBIGUOUS),
    ],
)
def test_refused_file_says_so(gateway, server, media, status, expected):
    server.steps = [info(f"{media.url}/a")]
    media.steps = [answer(b"<html>", status=status)]

    assert failure_of(gateway).failure_class is expected


def test_media_without_an_address_is_no_file(gateway, server):
    server.steps = [answer({"id": "900"})]

    assert failure_of(gateway).failure_class is FailureClass.AMBIGUOUS
