"""Media: bytes in, bytes out, with the token, within five minutes."""

import hashlib
import urllib.error
import urllib.request
from base64 import b64decode

import pytest
import requests

from tests.simulator.bodies import PHONE, body_of, code_of, send, wamid_of
from tests.simulator_process import ACCESS_TOKEN, NUMBER_ID

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
    opened = sim.graph("POST", "222000000000001/uploads?file_length=6&file_type=image/png")[1]["id"]
    url, headers = f"{sim.url}/v25.0/{opened}", {"Authorization": f"OAuth {ACCESS_TOKEN}"}

    half = requests.post(url, b"abc", headers=headers | {"file_offset": "0"}, timeout=5).json()
    resumed = requests.get(url, headers=headers, timeout=5).json()
    whole = requests.post(url, b"def", headers=headers | {"file_offset": "3"}, timeout=5).json()

    assert half["file_offset"] == resumed["file_offset"] == 3
    assert whole["h"].startswith("4::")
