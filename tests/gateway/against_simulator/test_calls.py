"""Our other calls by our reading of Meta's pages against the simulator's."""

from __future__ import annotations

import io

import pytest

from tests.gateway.against_simulator.sending import PHONE, outgoing
from tests.gateway.conftest import answer
from whatsapp.domain.content import MediaKind, MediaMessage, Text
from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.retry import FailureClass
from whatsapp.gateway import signature, updates
from whatsapp.ports import Credentials, GatewayError, TemplateDefinition

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


def test_uploaded_file_comes_back_whole(gateway, simulator, credentials):
    simulator.inbound_text(PHONE, "Bună")
    media_id = gateway.upload_media(
        file=io.BytesIO(PNG),
        size=len(PNG),
        mime_type="image/png",
        filename="poză.png",
        credentials=credentials,
    )

    gateway.send(
        outgoing(MediaMessage(kind=MediaKind.IMAGE, media_id=media_id)), credentials=credentials
    )
    into = io.BytesIO()
    download = gateway.download_media(media_id, into=into, credentials=credentials)

    assert into.getvalue() == PNG
    assert download.mime_type == "image/png"


def test_template_lives_through_our_calls(gateway, simulator, credentials):
    draft = TemplateDefinition(
        name="order_thanks",
        language="ro",
        category="UTILITY",
        components=(
            {
                "type": "BODY",
                "text": "Bună, {{customer}}, mulțumim pentru comanda de astăzi.",
                "example": {
                    "body_text_named_params": [{"param_name": "customer", "example": "Ana"}]
                },
            },
        ),
    )

    submitted = gateway.submit_template(draft, credentials=credentials)
    listed = {t.name: t for t in gateway.list_templates(credentials=credentials)}
    gateway.delete_template(name="order_thanks", meta_id=submitted.meta_id, credentials=credentials)

    assert submitted.status in ("PENDING", "APPROVED")
    assert listed["order_thanks"].meta_id == submitted.meta_id
    assert listed["order_thanks"].components[0]["text"] == draft.components[0]["text"]
    after = {t.name for t in gateway.list_templates(credentials=credentials)}
    assert "order_thanks" not in after


def test_number_is_healthy(gateway, credentials):
    assert gateway.check_health(credentials=credentials).status == "CONNECTED"


def test_wrong_token_is_account_trouble(gateway, credentials):
    wrong = Credentials(phone_number_id=credentials.phone_number_id, token="wrong-token")

    with pytest.raises(GatewayError) as caught:
        gateway.check_health(credentials=wrong)

    assert caught.value.failure.failure_class is FailureClass.FATAL_ACCOUNT


def test_signed_statuses_of_our_message_are_read(gateway, simulator, credentials, server):
    server.steps = [answer(b"")] * 20
    simulator.reset(webhook_url=f"{server.url}/hook", read_after=0.01)
    simulator.inbound_text(PHONE, "Bună")

    gateway.send(outgoing(Text(body="Da"), callback_data="uuid:1"), credentials=credentials)
    simulator.read(PHONE)
    simulator.wait_until_idle()

    posts = [(head, body) for head, body in server.requests if head.startswith(b"POST")]
    found = [
        updates.parse(field=item.field, payload=item.payload)
        for _, body in posts
        for item in updates.split(body)
    ]
    assert all(is_signed(head, body) for head, body in posts)
    assert found[0].text == "Bună"
    statuses = {one.status for one in found[1:]}
    assert statuses >= {MessageStatus.SENT, MessageStatus.DELIVERED}
    assert {one.callback_data for one in found[1:]} == {"uuid:1"}


def is_signed(head, body):
    headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    header = headers[b"x-hub-signature-256"].decode()
    return signature.is_valid(body=body, header=header, secrets=("test-app-secret",))


@pytest.mark.parametrize(
    ("kind", "expected", "accepted"),
    [
        ("http_429", FailureClass.SLOW_ACCOUNT, 0),
        ("130429", FailureClass.SLOW_NUMBER, 0),
        ("131056", FailureClass.SLOW_PAIR, 0),
        ("131057", FailureClass.REFUSED, 0),
        ("131047", FailureClass.WINDOW_CLOSED, 0),
        ("token_expired", FailureClass.FATAL_ACCOUNT, 0),
        ("server_error_before", FailureClass.AMBIGUOUS, 0),
        ("server_error_after", FailureClass.AMBIGUOUS, 1),
        ("empty_500_before", FailureClass.AMBIGUOUS, 0),
        ("html_502_after", FailureClass.AMBIGUOUS, 1),
        ("hang_before", FailureClass.AMBIGUOUS, 0),
        ("hang_after", FailureClass.AMBIGUOUS, 1),
        ("reset_before", FailureClass.AMBIGUOUS, 0),
        ("reset_after", FailureClass.AMBIGUOUS, 1),
    ],
)
def test_fault_is_classed_and_asked_once(gateway, simulator, credentials, kind, expected, accepted):
    simulator.inbound_text(PHONE, "Bună")
    simulator.fault(kind, next=1)

    with pytest.raises(GatewayError) as caught:
        gateway.send(outgoing(Text(body="Da")), credentials=credentials)

    assert caught.value.failure.failure_class is expected
    assert len(simulator.requests()) == 1
    assert len(simulator.ledger(callback="u:1")) == accepted
