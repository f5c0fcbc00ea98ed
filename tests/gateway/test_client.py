from __future__ import annotations

import io
import json

import pytest
import responses
from responses import matchers

from whatsapp.domain.retry import FailureClass
from whatsapp.errors import ValidationError
from whatsapp.gateway.client import CloudApiGateway
from whatsapp.ports import Credentials, GatewayError, NumberHealth, TemplateDefinition

GRAPH = "https://graph.example/v25.0"
CREDENTIALS = Credentials(phone_number_id="555", waba_id="777", token="secret-token")
BODY = {"type": "BODY", "text": "Bună, {{customer}}!"}
DRAFT = TemplateDefinition(
    name="order_shipped", language="ro", category="UTILITY", components=(BODY,)
)


@pytest.fixture
def meta():
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def gateway(settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "GRAPH_URL": "https://graph.example/"}
    return CloudApiGateway()


def sent_json(meta):
    return json.loads(meta.calls[0].request.body)


def test_upload_is_multipart_with_its_mime_type(gateway, meta):
    meta.post(f"{GRAPH}/555/media", json={"id": "900000000000001"})

    media_id = gateway.upload_media(
        file=io.BytesIO(b"%PDF-demo"),
        size=9,
        mime_type="application/pdf",
        filename="fact.pdf",
        credentials=CREDENTIALS,
    )

    assert media_id == "900000000000001"
    request = meta.calls[0].request
    body = b"".join(request.body)
    assert request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert request.headers["Content-Length"] == str(len(body))
    assert b'name="messaging_product"\r\n\r\nwhatsapp\r\n' in body
    assert b'name="file"; filename="fact.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF-' in body


def test_upload_without_an_id_in_the_answer_is_ambiguous(gateway, meta):
    meta.post(f"{GRAPH}/555/media", json={"ok": 1})

    with pytest.raises(GatewayError) as caught:
        gateway.upload_media(
            file=io.BytesIO(b"x"), size=1, mime_type="a/b", filename="x", credentials=CREDENTIALS
        )

    assert caught.value.failure.failure_class is FailureClass.AMBIGUOUS


def listed(n, **more):
    return {
        "id": str(n),
        "name": f"t{n}",
        "language": "ro",
        "status": "APPROVED",
        "category": "UTILITY",
        "components": [BODY],
        **more,
    }


def page(*templates, after="", following=""):
    paging = {"cursors": {"before": "b", "after": after}} if after else {}
    return {"data": list(templates), "paging": paging | ({"next": following} if following else {})}


def test_templates_of_all_pages_are_listed_by_cursor(gateway, meta):
    url = f"{GRAPH}/777/message_templates"
    away = "https://elsewhere.example/?access_token=secret&after=c2"
    meta.get(
        url,
        json=page(listed(1), after="c1", following=away),
        match=[
            matchers.query_param_matcher(
                {
                    "fields": "id,name,language,status,category,parameter_format,components,"
                    "quality_score,rejected_reason",
                    "limit": "100",
                }
            )
        ],
    )
    second = matchers.query_param_matcher({"after": "c1"}, strict_match=False)
    meta.get(url, json={"data": [listed(2)], "paging": {"next": away}}, match=[second])
    third = matchers.query_param_matcher({"after": "c2"}, strict_match=False)
    meta.get(url, json=page(listed(3), after="c3"), match=[third])

    found = list(gateway.list_templates(credentials=CREDENTIALS))

    assert [template.meta_id for template in found] == ["1", "2", "3"]
    assert len(meta.calls) == 3


def test_listed_template_is_read_tolerantly(gateway, meta):
    strange = listed(
        1,
        language="en-US",
        status="REJECTED",
        category="marketing",
        parameter_format="named",
        quality_score={"score": "YELLOW", "date": 1},
        rejected_reason="ABUSIVE_CONTENT",
    )
    meta.get(
        f"{GRAPH}/777/message_templates",
        json=page(strange, {"id": "2", "rejected_reason": "NONE", "components": None}),
    )

    first, second = gateway.list_templates(credentials=CREDENTIALS)

    assert first == TemplateDefinition(
        name="t1",
        language="en_US",
        category="MARKETING",
        components=(BODY,),
        parameter_format="NAMED",
        meta_id="1",
        status="REJECTED",
        rejected_reason="ABUSIVE_CONTENT",
        quality="YELLOW",
    )
    assert second == TemplateDefinition(
        name="",
        language="",
        category="",
        components=(),
        parameter_format="POSITIONAL",
        meta_id="2",
    )


def test_pages_that_turn_in_a_circle_are_no_list(gateway, meta):
    url = f"{GRAPH}/777/message_templates"
    meta.get(url, json=page(listed(1), after="c1", following="https://x.example"))
    meta.get(url, json=page(listed(1), after="c1", following="https://x.example"))

    with pytest.raises(GatewayError):
        list(gateway.list_templates(credentials=CREDENTIALS))


def test_new_template_is_created_and_metas_category_wins(gateway, meta):
    answer = {"id": "880", "status": "PENDING", "category": "MARKETING"}
    meta.post(f"{GRAPH}/777/message_templates", json=answer)

    submitted = gateway.submit_template(DRAFT, credentials=CREDENTIALS)

    assert (submitted.meta_id, submitted.status, submitted.category) == (
        "880",
        "PENDING",
        "MARKETING",
    )
    assert sent_json(meta) == {
        "name": "order_shipped",
        "language": "ro",
        "category": "UTILITY",
        "parameter_format": "NAMED",
        "components": [BODY],
    }


def test_template_with_an_id_is_edited_and_reviewed_again(gateway, meta):
    meta.post(f"{GRAPH}/880", json={"success": True})
    draft = TemplateDefinition(
        name="order_shipped", language="ro", category="UTILITY", components=(BODY,), meta_id="880"
    )

    submitted = gateway.submit_template(draft, credentials=CREDENTIALS)

    assert (submitted.meta_id, submitted.status) == ("880", "PENDING")
    assert sent_json(meta) == {"category": "UTILITY", "components": [BODY]}


def test_refused_template_tells_the_operator_why(gateway, meta):
    error = {
        "message": "Invalid parameter",
        "code": 100,
        "error_subcode": 2388024,
        "error_user_title": "Content in this language already exists",
        "error_user_msg": "There is already Romanian content for this template.",
    }
    meta.post(f"{GRAPH}/777/message_templates", status=400, json={"error": error})

    with pytest.raises(GatewayError) as caught:
        gateway.submit_template(DRAFT, credentials=CREDENTIALS)

    assert caught.value.failure.failure_class is FailureClass.TEMPLATE_PROBLEM
    assert str(caught.value) == (
        "Content in this language already exists (100): "
        "There is already Romanian content for this template."
    )


def test_template_is_deleted_in_one_language(gateway, meta):
    only = matchers.query_param_matcher({"hsm_id": "880", "name": "order_shipped"})
    meta.delete(f"{GRAPH}/777/message_templates", json={"success": True}, match=[only])

    gateway.delete_template(name="order_shipped", meta_id="880", credentials=CREDENTIALS)

    assert len(meta.calls) == 1


def test_template_without_an_id_is_not_deleted_in_every_language(gateway, meta):
    with pytest.raises(ValidationError):
        gateway.delete_template(name="order_shipped", meta_id="", credentials=CREDENTIALS)

    assert len(meta.calls) == 0


def test_health_of_a_number(gateway, meta):
    meta.get(
        f"{GRAPH}/555",
        json={
            "id": "555",
            "display_phone_number": "+40 300 000 000",
            "verified_name": "Demo Trading",
            "quality_rating": "GREEN",
            "status": "CONNECTED",
        },
    )

    health = gateway.check_health(credentials=CREDENTIALS)

    assert health == NumberHealth(
        display_number="+40 300 000 000",
        status="CONNECTED",
        quality="GREEN",
        verified_name="Demo Trading",
    )


def test_expired_token_is_account_trouble(gateway, meta):
    error = {"message": "Session has expired", "code": 190, "error_subcode": 463}
    meta.get(f"{GRAPH}/555", status=401, json={"error": error})

    with pytest.raises(GatewayError) as caught:
        gateway.check_health(credentials=CREDENTIALS)

    assert caught.value.failure.failure_class is FailureClass.FATAL_ACCOUNT
    assert caught.value.details == {"code": 190}


def test_ids_cannot_climb_the_path(gateway, meta):
    meta.get(f"{GRAPH}/..%2F777%3Fx", status=404, json={"error": {"code": 100}})

    with pytest.raises(GatewayError):
        gateway.download_media("../777?x", into=io.BytesIO(), credentials=CREDENTIALS)

    assert meta.calls[0].request.path_url == "/v25.0/..%2F777%3Fx?phone_number_id=555"
