"""Templates over the API: drafts here, verdicts from Meta."""

from __future__ import annotations

import json

import pytest

from tests.factories import BusinessNumberFactory, TemplateFactory
from whatsapp.api.problems import LONGEST_MESSAGE
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.models import Template
from whatsapp.ports import TemplateDefinition

pytestmark = pytest.mark.django_db
TEMPLATES = "/api/v1/whatsapp/templates"
BODY = {
    "type": "BODY",
    "text": "Bună ziua, {{customer}}! Vă așteptăm în magazin.",
    "example": {"body_text_named_params": [{"param_name": "customer", "example": "Ana"}]},
}
NEW = {"name": "come_back", "language": "ro", "category": "MARKETING", "components": [BODY]}
REFUSED = Failure(failure_class=FailureClass.FATAL_ACCOUNT, code=190, title="Token expired")


@pytest.fixture(autouse=True)
def _meta(outside):
    BusinessNumberFactory()


def test_new_template_is_a_draft_that_meta_has_not_seen(supervisor, outside):
    response = supervisor.post(TEMPLATES, NEW, format="json")

    assert response.status_code == 201
    row = Template.objects.get()
    assert response["Location"] == f"{TEMPLATES}/{row.pk}"
    body = response.json()
    assert body == {
        "id": row.pk,
        "waba_id": "777000000000001",
        "name": "come_back",
        "language": "ro",
        "category": "MARKETING",
        "parameter_format": "NAMED",
        "components": [BODY],
        "parameters": ["customer"],
        "status": "DRAFT",
        "rejected_reason": "",
        "reason_words": "",
        "quality": "",
        "meta_id": "",
        "submitted_at": None,
        "synced_at": None,
        "created_at": body["created_at"],
    }
    assert outside.meta.submitted == []


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"name": ""}, "validation", "name"),
        ({"category": "SPAM"}, "validation", "category"),
        ({"components": []}, "validation", "components"),
        ({"components": ["BODY"]}, "validation", "components"),
        ({"components": [{**BODY, "text": "Bună\0ziua"}]}, "validation", "components"),
        ({"components": [{**BODY, "x": [{"\0": 1}]}]}, "validation", "components"),
        ({"name": "Not A Name"}, "template_validation", "name"),
    ],
)
def test_template_meta_would_refuse_is_not_kept(supervisor, given, code, field):
    response = supervisor.post(TEMPLATES, {**NEW, **given}, format="json")

    assert response.status_code == 400
    error = response.json()["error"]
    assert error["code"] == code
    assert field in (error["details"].get("fields") or [error["details"]["field"]])
    assert not Template.objects.exists()


def test_same_identity_twice_is_refused(supervisor):
    supervisor.post(TEMPLATES, NEW, format="json")

    response = supervisor.post(TEMPLATES, NEW, format="json")

    assert (response.status_code, response.json()["error"]["code"]) == (400, "template_validation")


def test_templates_are_listed_filtered_and_shown(agent):
    approved = TemplateFactory()
    draft = TemplateFactory(name="draft", status="DRAFT")
    TemplateFactory(name="gone", deleted_at="2026-11-01T00:00:00Z")

    def names(query: str) -> list[str]:
        return [row["name"] for row in agent.get(f"{TEMPLATES}?{query}").json()["results"]]

    assert names("") == ["draft", "order_shipped"]
    assert names("status=APPROVED") == ["order_shipped"]
    assert names("name=draft&language=ro&category=UTILITY") == ["draft"]
    assert agent.get(f"{TEMPLATES}/{approved.pk}").json()["parameters"] == [
        "customer",
        "order_number",
    ]
    assert agent.get(f"{TEMPLATES}/{draft.pk}").json()["status"] == "DRAFT"


def test_changing_the_text_makes_it_a_draft_again(supervisor):
    template = TemplateFactory(meta_id="88")

    response = supervisor.patch(f"{TEMPLATES}/{template.pk}", {"components": [BODY]}, format="json")

    assert response.status_code == 200
    assert (response.json()["status"], response.json()["parameters"]) == ("DRAFT", ["customer"])


def test_putting_the_same_content_changes_nothing(supervisor):
    template = TemplateFactory(meta_id="88")
    same = supervisor.get(f"{TEMPLATES}/{template.pk}").json()
    fields = ("name", "language", "category", "components", "parameter_format")

    response = supervisor.put(
        f"{TEMPLATES}/{template.pk}", {name: same[name] for name in fields}, format="json"
    )

    assert response.status_code == 200
    assert response.json()["status"] == "APPROVED"


def test_template_meta_knows_cannot_be_renamed(supervisor):
    template = TemplateFactory(meta_id="88")

    response = supervisor.patch(f"{TEMPLATES}/{template.pk}", {"name": "other"}, format="json")

    assert response.status_code == 400
    assert set(response.json()["error"]["details"]["fields"]) == {"name"}
    template.refresh_from_db()
    assert (template.name, template.status) == ("order_shipped", "APPROVED")


def test_leaving_the_format_out_of_a_patch_leaves_it_alone(supervisor):
    positional = {
        "type": "BODY",
        "text": "Bună ziua, {{1}}! Vă așteptăm.",
        "example": {"body_text": [["Ana"]]},
    }
    template = TemplateFactory(
        status="DRAFT", meta_id="", parameter_format="POSITIONAL", components=[positional]
    )

    response = supervisor.patch(f"{TEMPLATES}/{template.pk}", {"name": "other"}, format="json")

    assert response.status_code == 200
    assert (response.json()["name"], response.json()["parameter_format"]) == ("other", "POSITIONAL")


def test_draft_is_submitted_and_waits_for_metas_verdict(supervisor, outside):
    template = TemplateFactory(status="DRAFT", meta_id="")

    response = supervisor.post(f"{TEMPLATES}/{template.pk}/submit")

    assert (response.status_code, response.json()["status"]) == (200, "PENDING")
    assert [submitted.name for submitted in outside.meta.submitted] == ["order_shipped"]


def test_metas_refusal_to_take_it_is_answered_and_undone(supervisor, outside):
    template = TemplateFactory(status="DRAFT", meta_id="")
    outside.meta.fail_next(REFUSED, call="submit_template")

    response = supervisor.post(f"{TEMPLATES}/{template.pk}/submit")

    assert response.status_code == 502
    error = response.json()["error"]
    assert (error["code"], error["message"], error["details"]) == (
        "message_send",
        "Token expired (190)",
        {"code": 190},
    )
    template.refresh_from_db()
    assert template.status == "DRAFT"


@pytest.mark.parametrize("strange", ["\ud800", "\0", "x" * 100_000, "ț\udfff" * 5000])
def test_refusal_in_strange_words_is_answered_all_the_same(supervisor, outside, strange):
    template = TemplateFactory(status="DRAFT", meta_id="")
    title = f"Invalid {strange} parameter"
    refused = Failure(failure_class=FailureClass.FATAL_MESSAGE, code=100, title=title)
    outside.meta.fail_next(refused, call="submit_template")

    response = supervisor.post(f"{TEMPLATES}/{template.pk}/submit")

    assert response.status_code == 502
    error = json.loads(response.content.decode())["error"]
    assert error["message"].startswith("Invalid ")
    assert len(error["message"]) <= LONGEST_MESSAGE
    assert "\0" not in error["message"]
    assert error["message"].encode()  # no half letters
    assert error["details"] == {"code": 100}


def test_preview_shows_what_the_customer_would_read(agent):
    template = TemplateFactory()

    response = agent.post(
        f"{TEMPLATES}/{template.pk}/preview",
        {"parameters": {"customer": "Ana", "order_number": "C-1"}},
        format="json",
    )

    text = "Bună ziua, Ana! Comanda C-1 a plecat spre dumneavoastră."
    assert response.status_code == 200
    assert response.json() == {
        "text": text,
        "header": "",
        "body": text,
        "footer": "",
        "buttons": [],
    }


def test_preview_without_a_parameter_names_it(agent):
    template = TemplateFactory()

    response = agent.post(
        f"{TEMPLATES}/{template.pk}/preview", {"parameters": {"customer": "Ana"}}, format="json"
    )

    assert response.status_code == 400
    assert response.json()["error"]["details"] == {"field": "order_number", "reason": "missing"}


def test_sync_takes_over_what_meta_lists(supervisor, outside):
    outside.meta.templates = [
        TemplateDefinition(
            name="made_at_meta",
            language="ro",
            category="UTILITY",
            components=(BODY,),
            meta_id="9",
            status="APPROVED",
        )
    ]

    response = supervisor.post(f"{TEMPLATES}/sync")

    assert response.status_code == 200
    assert response.json() == {"added": 1, "changed": 0, "vanished": 0, "failures": {}}
    assert Template.objects.get().name == "made_at_meta"


def test_deleted_template_is_gone_here_and_at_meta(supervisor, outside):
    template = TemplateFactory(meta_id="88")

    response = supervisor.delete(f"{TEMPLATES}/{template.pk}")

    assert (response.status_code, response.content) == (204, b"")
    assert outside.meta.deleted == [("order_shipped", "88")]
    assert supervisor.get(f"{TEMPLATES}/{template.pk}").status_code == 404
