"""What else the API tells of templates: problems, versions, samples."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.api.test_templates import BODY, NEW, TEMPLATES, _meta
from tests.factories import TemplateFactory
from whatsapp.models import Template

__all__ = ["_meta"]  # the fixture

pytestmark = pytest.mark.django_db
HEAD = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0])
PNG = HEAD + bytes(40)
PICTURE = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::old"]}}


def file(data=PNG, name="poza.png"):
    return SimpleUploadedFile(name, data, content_type="image/png")


def test_check_tells_refusals_and_warnings_and_keeps_nothing(agent):
    text = "Aveți o ofertă, {{customer}}"
    given = {**NEW, "category": "UTILITY", "components": [{**BODY, "text": text}]}

    response = agent.post(f"{TEMPLATES}/check", given, format="json")

    assert response.status_code == 200
    told = [(p["field"], p["code"], p["is_warning"]) for p in response.json()["problems"]]
    assert told == [("body", "edge", False), ("body", "promotional", True)]
    assert not Template.objects.exists()


def test_check_of_a_sound_template_tells_nothing(agent):
    assert agent.post(f"{TEMPLATES}/check", NEW, format="json").json() == {"problems": []}


def test_check_finds_the_same_text_in_another_template(agent):
    TemplateFactory(name="older", components=[BODY])

    (problem,) = agent.post(f"{TEMPLATES}/check", NEW, format="json").json()["problems"]

    assert (problem["code"], problem["message"].split()[0]) == ("duplicate", "older")


def test_versions_tell_what_was_said_by_whom_and_what_became_of_it(supervisor):
    made = supervisor.post(TEMPLATES, NEW, format="json").json()
    other = {**BODY, "text": "Bună ziua, {{customer}}! Vă așteptăm cu drag în magazin."}
    supervisor.patch(f"{TEMPLATES}/{made['id']}", {"components": [other]}, format="json")
    Template.objects.update(status="REJECTED", rejected_reason="SCAM")

    versions = supervisor.get(f"{TEMPLATES}/{made['id']}/versions").json()["versions"]
    shown = supervisor.get(f"{TEMPLATES}/{made['id']}").json()

    assert [(v["number"], v["source"], v["status"]) for v in versions] == [
        (2, "HERE", "DRAFT"),
        (1, "HERE", "DRAFT"),
    ]
    assert [v["components"] for v in versions] == [[other], [BODY]]
    assert all(v["author"] for v in versions)
    assert shown["rejected_reason"] == "SCAM"
    assert shown["reason_words"].startswith("Meta takes the text for a fraud.")


def test_sample_is_uploaded_and_its_header_makes_a_template(supervisor, outside):
    sample = supervisor.post(f"{TEMPLATES}/samples", {"format": "IMAGE", "file": file()}).json()

    given = {**NEW, "components": [sample["header"], BODY]}
    made = supervisor.post(TEMPLATES, given, format="json")

    assert outside.meta.samples == {sample["handle"]: PNG}
    assert (sample["mime_type"], sample["filename"], sample["size"]) == (
        "image/png",
        "poza.png",
        len(PNG),
    )
    assert made.status_code == 201


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"format": "IMAGE", "file": file(b"no picture")}, 400),
        ({"format": "DOCUMENT", "file": file()}, 400),
        ({"format": "VIDEO", "file": file()}, 400),
        ({"format": "LOCATION", "file": file()}, 400),
        ({"format": "IMAGE", "file": file(PNG + bytes(5 * 1024 * 1024))}, 413),
        ({"format": "IMAGE"}, 400),
    ],
)
def test_file_that_meta_would_refuse_never_leaves(supervisor, outside, given, status):
    response = supervisor.post(f"{TEMPLATES}/samples", given)

    assert response.status_code == status
    assert outside.meta.samples == {}


def test_another_sample_takes_its_place_in_the_header(supervisor, outside):
    row = TemplateFactory(status="REJECTED", components=[PICTURE, BODY])

    response = supervisor.post(f"{TEMPLATES}/{row.pk}/sample", {"file": file()})

    (handle,) = outside.meta.samples
    assert response.status_code == 200
    row.refresh_from_db()
    assert row.components == [{**PICTURE, "example": {"header_handle": [handle]}}, BODY]
    assert row.status == "DRAFT"


def test_template_without_a_file_in_its_header_takes_none(supervisor, outside):
    row = TemplateFactory(components=[BODY])

    assert supervisor.post(f"{TEMPLATES}/{row.pk}/sample", {"file": file()}).status_code == 400
    assert outside.meta.samples == {}
    row.refresh_from_db()
    assert row.status == "APPROVED"


def test_agent_uploads_no_sample(agent, outside):
    response = agent.post(f"{TEMPLATES}/samples", {"format": "IMAGE", "file": file()})

    assert response.status_code == 403
    assert outside.meta.samples == {}
