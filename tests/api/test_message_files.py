"""Files sent over the API: as an upload, or by the id Meta gave."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.api.messages import MESSAGES, fields_at_fault
from tests.factories import ConversationFactory
from tests.sending import PDF, nothing_was_written
from whatsapp.models import Media, Message

pytestmark = pytest.mark.django_db


def test_uploaded_file_is_kept_and_waits_for_its_upload(agent):
    conversation = ConversationFactory()
    file = SimpleUploadedFile("factura.pdf", PDF, content_type="text/plain")

    response = agent.post(
        f"{MESSAGES}/media",
        {"conversation": conversation.pk, "kind": "document", "file": file},
        format="multipart",
    )

    assert response.status_code == 202
    media = Media.objects.get()
    assert response.json()["type"] == "DOCUMENT"
    assert response.json()["media"] == {
        "id": media.pk,
        "message": response.json()["id"],
        "mime_type": "application/pdf",
        "filename": "factura.pdf",
        "size": len(PDF),
        "state": "PENDING",
        "error": "",
    }


def test_file_meta_already_has_is_sent_by_its_id(agent):
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/media",
        {"conversation": conversation.pk, "kind": "image", "media_id": "99", "caption": "Uite"},
        format="json",
    )

    assert response.status_code == 202
    assert response.json()["content"]["media_id"] == "99"
    assert response.json()["text"] == "Uite"


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"kind": "image"}, {"media_id"}),
        ({"kind": "hologram", "media_id": "1"}, {"kind"}),
        ({"kind": "image", "media_id": "1", "link": "https://shop.ro/a.png"}, {"media_id"}),
        ({"kind": "audio", "media_id": "1", "caption": "Uite"}, {"caption"}),
        ({"kind": "image", "link": "http://shop.ro/a.png"}, {"link"}),
        ({"kind": "image", "media_id": "1", "filename": "a.png"}, {"filename"}),
        ({"kind": "video", "media_id": "1", "voice": True}, {"voice"}),
    ],
)
def test_file_that_makes_no_sense_is_refused_by_field(agent, given, fields):
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/media", {"conversation": conversation.pk, **given}, format="json"
    )

    assert fields_at_fault(response) == fields
    assert nothing_was_written()


def test_file_of_another_type_than_it_says_is_refused(agent):
    conversation = ConversationFactory()
    file = SimpleUploadedFile("poza.jpg", PDF, content_type="image/jpeg")

    response = agent.post(
        f"{MESSAGES}/media",
        {"conversation": conversation.pk, "kind": "image", "file": file},
        format="multipart",
    )

    assert fields_at_fault(response) == {"file"}
    assert nothing_was_written()


def test_file_too_large_for_the_module_is_not_even_read(settings, agent):
    settings.WHATSAPP = {**settings.WHATSAPP, "MEDIA_MAX_BYTES": 50}
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/media",
        {
            "conversation": conversation.pk,
            "kind": "document",
            "file": SimpleUploadedFile("factura.pdf", PDF),
        },
        format="multipart",
    )

    assert response.status_code == 413
    error = response.json()["error"]
    assert (error["code"], error["details"]) == (
        "media_too_large",
        {"size": len(PDF), "limit": 50},
    )
    assert nothing_was_written()


def test_large_upload_comes_by_a_temporary_file_and_is_kept_whole(agent):
    conversation = ConversationFactory()
    data = PDF + b"0" * (3 * 1024 * 1024)  # beyond what Django keeps in memory

    response = agent.post(
        f"{MESSAGES}/media",
        {
            "conversation": conversation.pk,
            "kind": "document",
            "file": SimpleUploadedFile("catalog.pdf", data, content_type="application/pdf"),
        },
        format="multipart",
    )

    assert response.status_code == 202
    assert response.json()["content"]["filename"] == "catalog.pdf"
    assert Media.objects.get().file.read() == data


def test_file_repeated_under_its_key_is_kept_once(agent):
    conversation = ConversationFactory()

    ids = {
        agent.post(
            f"{MESSAGES}/media",
            {
                "conversation": conversation.pk,
                "kind": "document",
                "file": SimpleUploadedFile("a.pdf", PDF),
            },
            format="multipart",
            headers={"Idempotency-Key": "k-1"},
        ).json()["id"]
        for _ in range(2)
    }

    assert ids == {Message.objects.get().pk}
    assert Media.objects.count() == 1
