"""Media: bytes in, bytes out, with the token, within five minutes."""

import hashlib
import urllib.error
import urllib.request
from base64 import b64decode

import pytest
import requests

from tests.simulator.bodies import PHONE, body_of, code_of, send, wamid_of
from tests.simulator_process import ACCESS_TOKEN, NUMBER_ID, WABA_ID

APP = "222000000000001"
OAUTH = {"Authorization": f"OAuth {ACCESS_TOKEN}"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4


def upload(sim, data: bytes = PNG, mime_type: str = "image/png") -> tuple[int, dict]:
    answer = requests.post(
        f"{sim.url}/v25.0/{NUMBER_ID}/media",
        headers={"Authorization": f"Bearer {ACCESS_TOKEN}"},
        data={"messaging_product": "whatsapp", "type": mime_type},
        files={"file": ("poză.png", data, mime_type)},
        timeout=5,
    )
    return answer.status_code, answer.json()


def fetch(url: str, token: str = ACCESS_TOKEN) -> tuple[int, bytes]:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_an_upload_comes_back_byte_for_byte(sim):
    media_id = upload(sim)[1]["id"]

    _, described = sim.graph("GET", media_id)

    assert described["sha256"] == hashlib.sha256(PNG).hexdigest()
    assert described["file_size"] == str(len(PNG))
    assert described["mime_type"] == "image/png"
    assert fetch(described["url"]) == (200, PNG)


def test_each_look_gives_a_new_url_on_another_port(sim):
    media_id = upload(sim)[1]["id"]

    first, second = (sim.graph("GET", media_id)[1]["url"] for _ in range(2))

    assert first != second
    assert f":{sim.port}/" not in first


def test_a_url_works_with_the_token_and_for_five_minutes(sim):
    url = sim.graph("GET", upload(sim)[1]["id"])[1]["url"]
    assert fetch(url, token="none")[0] == 404

    sim.clock(offset=299)
    within = fetch(url)[0]
    sim.clock(offset=301)

    assert within == 200
    assert fetch(url)[0] == 404


def test_a_download_can_fail(sim):
    url = sim.graph("GET", upload(sim)[1]["id"])[1]["url"]
    sim.fault("html_502_before", endpoint="downloads", next=1)

    assert fetch(url)[0] == 502
    assert fetch(url) == (200, PNG)


def test_a_deleted_file_is_gone(sim):
    media_id = upload(sim)[1]["id"]

    assert sim.graph("DELETE", media_id) == (200, {"success": True})

    assert code_of(sim.graph("GET", media_id)) == (400, 100)


@pytest.mark.parametrize(
    ("data", "mime_type"),
    [(PNG, "application/zip"), (b"x" * 5_300_000, "image/png"), (b"", "image/png")],
)
def test_a_file_meta_does_not_take_is_refused(sim, data, mime_type):
    assert code_of(upload(sim, data, mime_type)) == (400, 100)


def test_an_upload_can_be_sent_and_a_wrong_kind_fails_later(sim, receiver):
    sim.inbound_text(PHONE, "Bună")
    media_id = upload(sim)[1]["id"]

    picture = wamid_of(send(sim, body_of("image", {"id": media_id, "caption": "Cutia"})))
    video = wamid_of(send(sim, body_of("video", {"id": media_id})))

    sim.wait_until_idle()
    assert receiver.statuses(picture)[0]["status"] == "sent"
    assert receiver.statuses(video)[0]["errors"][0]["code"] == 131053


@pytest.mark.parametrize("kind", ["image", "video", "audio", "document", "sticker"])
def test_media_of_a_customer_can_be_fetched(sim, receiver, kind):
    sim.inbound_media(PHONE, kind)

    sim.wait_until_idle()
    part = receiver.messages()[0][kind]
    status, data = fetch(part["url"])
    assert status == 200
    assert hashlib.sha256(data).digest() == b64decode(part["sha256"])
    assert sim.graph("GET", part["id"])[1]["mime_type"] == part["mime_type"]


def test_a_sample_is_uploaded_in_pieces(sim):
    session = open_upload(sim)

    half = write(sim, session, PNG[:3], at=0).json()
    resumed = requests.get(url_of(sim, session), headers=OAUTH, timeout=5).json()
    whole = write(sim, session, PNG[3:], at=3).json()

    assert half["file_offset"] == resumed["file_offset"] == 3
    assert whole["h"].startswith("4::")


@pytest.mark.parametrize(
    "query",
    [
        f"{APP}/uploads?file_type=image/png&file_name=a.png",
        f"{APP}/uploads?file_length=6&file_type=image/gif&file_name=a.gif",
        f"{APP}/uploads?file_length=6&file_type=image/png",
        f"{APP}/uploads?file_length=0&file_type=image/png&file_name=a.png",
        "1/uploads?file_length=6&file_type=image/png&file_name=a.png",
    ],
)
def test_an_upload_that_is_not_described_is_not_begun(sim, query):
    assert code_of(sim.graph("POST", query)) == (400, 100)


def test_an_upload_is_refused_at_a_wrong_place_or_with_a_bearer(sim):
    session = open_upload(sim)

    skipped = write(sim, session, PNG, at=3)
    bearer = write(sim, session, PNG, at=0, headers={"Authorization": f"Bearer {ACCESS_TOKEN}"})
    more = write(sim, session, PNG + b"x", at=0)
    other = write(sim, session, b"x" * len(PNG), at=0)

    assert [each.status_code for each in (skipped, bearer, more, other)] == [400, 401, 400, 400]


def test_a_session_expires(sim):
    session = open_upload(sim)
    sim.control("POST", "clock", {"advance": 3601})

    late = write(sim, session, PNG, at=0)

    assert late.json()["error"]["error_subcode"] == 33


def test_a_connection_that_breaks_midway_leaves_half_of_the_file(sim):
    session = open_upload(sim)
    sim.control("POST", "faults", {"kind": "reset_midway", "endpoint": "uploads", "next": 1})

    with pytest.raises(requests.ConnectionError):
        write(sim, session, PNG, at=0)

    resumed = requests.get(url_of(sim, session), headers=OAUTH, timeout=5).json()
    assert resumed["file_offset"] == len(PNG) // 2


@pytest.mark.parametrize("kind", ["IMAGE", "DOCUMENT", "VIDEO"])
def test_a_header_takes_the_handle_of_its_own_kind_alone(sim, kind):
    handle = write(sim, open_upload(sim), PNG, at=0).json()["h"]

    def made(name, sample):
        header = {"type": "HEADER", "format": kind, "example": {"header_handle": [sample]}}
        body = {"type": "BODY", "text": f"Un text oarecare, {name}."}
        values = {"name": name, "language": "ro", "category": "UTILITY"}
        values["components"] = [header, body]
        return sim.graph("POST", f"{WABA_ID}/message_templates", values)[0]

    assert made("with_it", handle) == (200 if kind == "IMAGE" else 400)
    assert made("without", "4::never-seen") == 400


def open_upload(sim) -> str:
    query = f"file_length={len(PNG)}&file_type=image/png&file_name=a.png"
    return sim.graph("POST", f"{APP}/uploads?{query}")[1]["id"]


def url_of(sim, session: str) -> str:
    return f"{sim.url}/v25.0/{session}"


def write(sim, session: str, data: bytes, *, at: int, headers=None):
    headers = (headers or OAUTH) | {"file_offset": str(at)}
    return requests.post(url_of(sim, session), data, headers=headers, timeout=5)
